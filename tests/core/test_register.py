"""RFC 3261 section 10.3, steps 6 to 8: what a registration does to the bindings."""

from hypothesis import given
from hypothesis import strategies as st

from registrar.core.limits import Limits
from registrar.core.register import Registration, register
from registrar.core.state import State
from registrar.model.attempt import Action, Attempt
from registrar.model.binding import Bindings, Contact
from registrar.model.events import Cause, EventType
from registrar.model.outcome import Outcome
from registrar.model.policy import Policy, PortCheck, Protocol, TerminalClass
from registrar.model.reason import Reason
from registrar.model.terminal import Terminal
from registrar.policy.decide import decide
from tests.lab import NOW, attempt, contact

LIMITS = Limits(min_expires=60, max_contacts=3)
LOGON = Outcome(
    True,
    decide(Policy.NONE, Protocol.SIP, TerminalClass.INSECURE, True, False, False, PortCheck.STANDARD),
    Terminal("softphone", TerminalClass.INSECURE, "third party", ""),
)


class Number:
    """The bindings of one number, registered step by step."""

    def __init__(self) -> None:
        self.state = State()

    @property
    def bindings(self) -> Bindings:
        return self.state.bindings_of(Protocol.SIP, "12345")

    @property
    def uris(self) -> list[str]:
        return [binding.contact.uri for binding in self.bindings.values()]

    def register(self, asked: Attempt, now: float = NOW) -> Registration:
        registration = register(asked, LOGON, self.bindings, LIMITS, "", now)
        for change in registration.changes:
            self.state.apply(change)
        return registration


def reason(registration: Registration) -> Reason | None:
    assert registration.changes == ()
    return registration.outcome.reason


def test_a_first_contact_is_bound_for_the_time_it_asks() -> None:
    number = Number()
    registration = number.register(attempt("12345", contact("sip:a@h", 600)))
    assert [event.type for event in registration.events] == [EventType.REGISTERED]
    (binding,) = registration.outcome.bindings
    assert (binding.registered_at, binding.expires_at) == (NOW, NOW + 600)


def test_expires_header_serves_contacts_without_their_own_and_the_default_serves_the_rest() -> None:
    number = Number()
    number.register(attempt("12345", contact("sip:a@h"), contact("sip:b@h", 120), expires=240))
    number.register(attempt("12345", contact("sip:c@h"), call_id="other"))
    assert [binding.expires_at - NOW for binding in number.bindings.values()] == [240, 120, 3600]


def test_a_longer_wish_is_shortened_to_the_maximum() -> None:
    number = Number()
    number.register(attempt("12345", contact("sip:a@h", 2**32 - 1)))
    assert [binding.expires_at - NOW for binding in number.bindings.values()] == [LIMITS.max_expires]


def test_a_brief_interval_is_refused_with_the_minimum_and_binds_nothing() -> None:
    number = Number()
    registration = number.register(attempt("12345", contact("sip:a@h", 600), contact("sip:b@h", 59)))
    assert reason(registration) is Reason.INTERVAL_TOO_BRIEF
    assert registration.outcome.min_expires == 60
    assert number.uris == []


def test_a_refresh_keeps_the_first_time_and_moves_the_end() -> None:
    number = Number()
    number.register(attempt("12345", contact("sip:a@h", 600), cseq=1))
    registration = number.register(attempt("12345", contact("sip:a@h", 600), cseq=2), NOW + 300)
    assert [event.type for event in registration.events] == [EventType.REFRESHED]
    (binding,) = number.bindings.values()
    assert (binding.registered_at, binding.refreshed_at, binding.expires_at) == (NOW, NOW + 300, NOW + 900)


def test_a_contact_that_lapsed_is_registered_anew_not_refreshed() -> None:
    number = Number()
    number.register(attempt("12345", contact("sip:a@h", 60), cseq=1))
    registration = number.register(attempt("12345", contact("sip:a@h", 60), cseq=2), NOW + 61)
    assert [event.type for event in registration.events] == [EventType.REGISTERED]


def test_cseq_must_rise_within_a_call_id_and_the_whole_request_fails() -> None:
    number = Number()
    number.register(attempt("12345", contact("sip:a@h"), cseq=5))
    for cseq in (4, 5):
        asked = attempt("12345", contact("sip:new@h"), contact("sip:a@h", 0), cseq=cseq)
        assert reason(number.register(asked)) is Reason.OUT_OF_ORDER
    assert number.uris == ["sip:a@h"]
    number.register(attempt("12345", contact("sip:a@h", 0), cseq=1, call_id="after a reboot"))
    assert number.uris == []


def test_zero_expiry_removes_that_contact_alone() -> None:
    number = Number()
    number.register(attempt("12345", contact("sip:a@h"), contact("sip:b@h")))
    registration = number.register(attempt("12345", contact("sip:a@h", 0), cseq=2))
    assert number.uris == ["sip:b@h"]
    assert [(event.type, event.cause) for event in registration.events] == [(EventType.UNREGISTERED, Cause.TERMINAL)]


def test_removing_what_is_not_there_changes_nothing_and_is_accepted() -> None:
    registration = Number().register(attempt("12345", contact("sip:a@h", 0)))
    assert registration.outcome.accepted
    assert registration.changes == ()


def test_a_star_removes_all_unless_one_of_them_is_newer() -> None:
    number = Number()
    number.register(attempt("12345", contact("sip:a@h"), cseq=9))
    number.register(attempt("12345", contact("sip:b@h"), call_id="other phone"))
    old = attempt("12345", action=Action.REMOVE_ALL, cseq=9)
    assert reason(number.register(old)) is Reason.OUT_OF_ORDER
    number.register(attempt("12345", action=Action.REMOVE_ALL, cseq=10))
    assert number.uris == []


def test_a_query_lists_what_is_current_and_changes_nothing() -> None:
    number = Number()
    number.register(attempt("12345", contact("sip:a@h", 60), contact("sip:b@h", 600)))
    registration = number.register(attempt("12345", cseq=2), NOW + 61)
    assert [binding.contact.uri for binding in registration.outcome.bindings] == ["sip:b@h"]
    assert registration.changes == ()


def test_an_instance_with_a_reg_id_keeps_one_binding_when_its_address_changes() -> None:
    number = Number()
    number.register(attempt("12345", contact("sip:a@old", instance="<urn:uuid:1>", reg_id=1)))
    number.register(attempt("12345", contact("sip:a@new", instance="<urn:uuid:1>", reg_id=1), cseq=2))
    number.register(attempt("12345", contact("sip:a@two", instance="<urn:uuid:1>", reg_id=2), cseq=3))
    assert number.uris == ["sip:a@new", "sip:a@two"]


def test_too_many_contacts_replace_the_oldest_of_the_same_instance_else_are_refused() -> None:
    number = Number()
    phone = "<urn:uuid:phone>"
    for port in (1, 2, 3):
        number.register(attempt("12345", contact(f"sip:a@h:{port}", instance=phone), call_id=f"boot {port}"))
    registration = number.register(attempt("12345", contact("sip:a@h:4", instance=phone), call_id="boot 4"))
    assert number.uris == ["sip:a@h:2", "sip:a@h:3", "sip:a@h:4"]
    assert Cause.REPLACED in [event.cause for event in registration.events]
    stranger = attempt("12345", contact("sip:b@h"), call_id="stranger")
    assert reason(number.register(stranger)) is Reason.TOO_MANY_CONTACTS
    assert number.uris == ["sip:a@h:2", "sip:a@h:3", "sip:a@h:4"]


def test_lapsed_contacts_make_room_first() -> None:
    number = Number()
    for port in (1, 2, 3):
        number.register(attempt("12345", contact(f"sip:a@h:{port}", 60), call_id=f"{port}"))
    number.register(attempt("12345", contact("sip:b@h"), call_id="later"), NOW + 61)
    assert "sip:b@h" in number.uris


contacts = st.lists(
    st.builds(
        contact,
        st.sampled_from([f"sip:{user}@h" for user in "abcde"]),
        st.sampled_from([None, 0, 59, 60, 600, 10**9]),
    ),
    max_size=5,
)
requests = st.lists(
    st.tuples(contacts, st.sampled_from(["x", "y"]), st.integers(1, 6), st.integers(0, 200)), max_size=12
)


@given(requests)
def test_whatever_is_asked_a_refusal_changes_nothing_and_the_limit_holds(
    asked: list[tuple[list[Contact], str, int, int]],
) -> None:
    number = Number()
    now = NOW
    for some, call_id, cseq, pause in asked:
        now += pause
        before = dict(number.bindings)
        registration = number.register(attempt("12345", *some, call_id=call_id, cseq=cseq), now)
        if not registration.outcome.accepted:
            assert number.bindings == before
        else:
            assert all(binding.expires_at > now for binding in registration.outcome.bindings)
        assert len(number.bindings) <= LIMITS.max_contacts
        assert number.state.binding_count == len(number.bindings)


@given(requests)
def test_every_change_can_be_taken_back(asked: list[tuple[list[Contact], str, int, int]]) -> None:
    number = Number()
    for some, call_id, cseq, _ in asked:
        before = dict(number.bindings)
        registration = register(
            attempt("12345", *some, call_id=call_id, cseq=cseq), LOGON, number.bindings, LIMITS, "", NOW
        )
        inverses = [number.state.apply(change) for change in registration.changes]
        after = dict(number.bindings)
        for inverse in reversed(inverses):
            number.state.apply(inverse)
        assert number.bindings == before
        for change in registration.changes:
            number.state.apply(change)
        assert number.bindings == after
