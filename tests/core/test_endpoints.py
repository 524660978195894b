"""H.323 endpoints: found by identifier and by alias, one live endpoint for a number, names that nobody else has."""

from hypothesis import given
from hypothesis import strategies as st

from registrar.core.endpoints import held_alias
from registrar.core.limits import Limits
from registrar.core.register import Registration, register
from registrar.core.state import State
from registrar.model.attempt import Attempt
from registrar.model.binding import Alias, Contact, Endpoint
from registrar.model.changes import SetBinding
from registrar.model.events import Cause, EventType
from registrar.model.flow import Listener, Transport
from registrar.model.outcome import Outcome
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.terminal import Terminal
from registrar.policy.decide import decide
from tests.lab import NOW, attempt

RAS = Listener(Protocol.H323, Transport.UDP, "127.0.0.1", 1719)
LOGON = Outcome(
    True,
    decide(Policy.NONE, Protocol.H323, TerminalClass.INSECURE, True, False, False),
    Terminal("phone", TerminalClass.INSECURE, "third party", ""),
)


def phone(identifier: str, number: str = "12345", *names: str, expires: int = 300) -> Attempt:
    aliases: list[Alias] = [("dialledDigits", number), *(("h323-ID", name) for name in names)]
    endpoint = Endpoint(tuple(aliases), ("127.0.0.1", 1720), ("127.0.0.1", 40000))
    contact = Contact(f"h323:{number}@127.0.0.1:1720", expires, instance=identifier, key=identifier, endpoint=endpoint)
    return attempt(number, contact, on=RAS, call_id="")


class Node:
    def __init__(self) -> None:
        self.state = State()
        self.inverses: list[SetBinding] = []

    def register(self, asked: Attempt, now: float = NOW) -> Registration:
        bindings = self.state.bindings_of(Protocol.H323, asked.number)
        registration = register(asked, LOGON, bindings, Limits(), "", now)
        for change in registration.changes:
            inverse = self.state.apply(change)
            assert isinstance(inverse, SetBinding)
            self.inverses.append(inverse)
        return registration

    def held(self, asked: Attempt, replace: bool = False, now: float = NOW) -> str:
        bindings = self.state.bindings_of(Protocol.H323, asked.number)
        return held_alias(asked, bindings, self.state.endpoints, replace, now)


def test_an_endpoint_is_found_by_its_identifier_and_by_its_aliases() -> None:
    node = Node()
    node.register(phone("one", "12345", "Anna"))
    (binding,) = node.state.endpoint("one")
    assert node.state.called("12345") is node.state.called("Anna") is binding
    assert node.state.endpoint("two") == ()
    assert node.state.called("Bo") is None


def test_an_endpoint_may_hold_several_numbers_the_first_stays_in_front() -> None:
    node = Node()
    for number in ("12345", "12346", "12345"):
        node.register(phone("one", number), NOW + 1)
    assert [binding.number for binding in node.state.endpoint("one")] == ["12345", "12346"]
    node.register(phone("one", "12345", expires=0), NOW + 2)
    assert [binding.number for binding in node.state.endpoint("one")] == ["12346"]


def test_a_number_that_a_live_endpoint_holds_is_held() -> None:
    node = Node()
    node.register(phone("one"))
    assert node.held(phone("two")) == "12345"
    assert node.held(phone("one")) == ""
    assert node.held(phone("two", "12346")) == ""
    assert node.held(phone("two"), now=NOW + 301) == ""
    assert node.held(phone("two"), replace=True) == ""


def test_a_name_that_an_endpoint_holds_is_held_and_does_not_change_hands() -> None:
    node = Node()
    node.register(phone("one", "12345", "Anna"))
    asked = phone("two", "12346", "Bo", "Anna")
    assert node.held(asked) == node.held(asked, replace=True) == "Anna"
    node.register(phone("one", "12345", "Berta"))
    assert node.held(asked) == ""
    assert node.state.called("Anna") is None


def test_a_removal_holds_nothing_up() -> None:
    node = Node()
    node.register(phone("one"))
    assert node.held(phone("two", expires=0)) == ""


def test_the_endpoint_that_registers_takes_the_place_of_the_other() -> None:
    node = Node()
    node.register(phone("one", "12345", "Anna"))
    registration = node.register(phone("two"))
    assert [(event.type, event.cause) for event in registration.events] == [
        (EventType.REGISTERED, None),
        (EventType.UNREGISTERED, Cause.REPLACED),
    ]
    assert node.state.endpoint("one") == ()
    assert node.state.called("Anna") is None
    lapsed = node.register(phone("three"), NOW + 301)
    assert lapsed.events[-1].cause is Cause.EXPIRED


STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["1", "2"]), st.sampled_from(["", "x", "y"]), st.booleans()),
    max_size=12,
)


@given(STEPS, st.integers(0, 20))
def test_what_is_taken_back_leaves_the_index_as_it_was(steps: list[tuple[str, str, str, bool]], kept: int) -> None:
    def run(node: Node, some: list[tuple[str, str, str, bool]]) -> None:
        for identifier, number, name, present in some:
            asked = phone(identifier, number, *([name] if name else []), expires=300 if present else 0)
            if not node.held(asked, replace=True):
                node.register(asked)

    node, expected = Node(), Node()
    run(node, steps[:kept])
    run(expected, steps[:kept])
    node.inverses.clear()
    run(node, steps[kept:])
    for inverse in reversed(node.inverses):
        node.state.apply(inverse)
    for identifier in "abc":
        assert set(node.state.endpoint(identifier)) == set(expected.state.endpoint(identifier))
    for alias in ("1", "2", "x", "y"):  # which of its endpoint's numbers stands in front does not matter
        assert endpoint_called(node, alias) == endpoint_called(expected, alias)


def endpoint_called(node: Node, alias: str) -> str:
    binding = node.state.called(alias)
    return binding.contact.key if binding is not None else ""
