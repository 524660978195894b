"""The service node: memory and store never part, and nothing is told that is not stored."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registrar.core.limits import Limits
from registrar.core.state import State
from registrar.metrics import Tally
from registrar.model.changes import Change, SetBinding, SetExtension, SetLicence, SetRac
from registrar.model.events import BindingEvent, Cause, CommandEvent, Event, EventType, RefusalEvent, StoreEvent
from registrar.model.extension import Extension, Rac
from registrar.model.outcome import Outcome
from registrar.model.policy import Policy, Protocol
from registrar.model.reason import Reason
from registrar.policy.classify import SHIPPED
from registrar.store.commit import GroupCommit
from registrar.store.errors import StoreError
from registrar.store.prepared import Prepared
from registrar.store.store import Store
from registrar.store.vault import Vault
from registrar.system import System
from tests.bench import LICENCE
from tests.lab import MITEL, NOW, TCP_5060, TLS_5061, attempt, contact, flow
from tests.sip.road import binding
from tests.strategies import contents

FULL = StoreError("the disk is full: make room")
FIRST: list[Change] = [
    SetLicence(LICENCE),
    SetRac("12345", Rac("12345", "4711")),
    SetExtension("12345", Extension("12345", 1, 1, security_exception=False)),
    SetExtension("12347", Extension("12347", 1, 1)),
]


class Flaky:
    """A store in memory that refuses the next writes when told to."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.fails = 0

    async def prepare(self, changes: Sequence[Change]) -> Prepared:
        return await self.store.prepare(changes)

    async def write(self, changes: Sequence[Change], prepared: Prepared | None = None) -> None:
        if self.fails:
            self.fails -= 1
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            raise FULL
        await self.store.write(changes, prepared)


class Node:
    """A system over a flaky store, and what it published."""

    def __init__(self, store: Store, loaded: list[Change], durable: bool = True, limits: Limits = Limits()) -> None:  # noqa: B008
        self.store = store
        self.disk = Flaky(store)
        self.commit = GroupCommit(self.disk, linger=0)
        self.system = System(loaded, self.commit, token=lambda: "token", durable=durable, limits=limits)
        self.events: list[Event] = []
        self.system.bus.subscribe(self.events.append)
        self._cseq = 0

    @classmethod
    async def start(cls, durable: bool = True, limits: Limits = Limits()) -> "Node":  # noqa: B008
        store = await Store.open("sqlite://", Vault(bytes(32)), first=FIRST)
        return cls(store, await store.load(), durable, limits)

    async def register(self, number: str, pin: str | None = None, expires: int = 3600, contacts: int = 1) -> Outcome:
        """Let a secure terminal register over TLS; return what it is answered, once it may be."""
        self._cseq += 1
        wanted = [contact(f"sip:{number}@127.0.0.1:{port}", expires) for port in range(contacts)]
        asked = attempt(number, *wanted, pin=pin, terminal=MITEL, on=TLS_5061, cseq=self._cseq)
        outcome = self.system.register(asked, NOW)
        if not outcome.accepted or outcome.stored:
            return outcome
        answered: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.system.after_commit(
            lambda error: answered.set_result(outcome if error is None else self.system.not_stored(asked, outcome, NOW))
        )
        return await answered

    def types(self) -> list[EventType]:
        return [event.subject.type for event in self.events]


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    started = await Node.start()
    yield started
    await started.store.close()


async def test_a_registration_is_stored_before_it_is_answered(node: Node) -> None:
    outcome = await node.register("12345", "4711")
    assert outcome.accepted
    assert [each.number for each in State(await node.store.load()).all_bindings()] == ["12345"]
    assert node.types() == [EventType.REGISTERED]


async def test_a_registration_that_cannot_be_stored_is_refused_and_forgotten(node: Node) -> None:
    node.disk.fails = 1
    outcome = await node.register("12345", "4711")
    assert (outcome.accepted, outcome.reason, outcome.bindings) == (False, Reason.STORE_FAILED, ())
    assert list(node.system.state.all_bindings()) == []
    assert EventType.REGISTERED not in node.types()
    (failed,) = [event.subject for event in node.events if isinstance(event.subject, StoreEvent)]
    assert failed.detail == str(FULL)
    (refused,) = [event.subject for event in node.events if isinstance(event.subject, RefusalEvent)]
    assert refused.outcome.reason is Reason.STORE_FAILED
    assert (await node.register("12345", "4711")).accepted


async def test_a_refresh_that_cannot_be_stored_leaves_the_registration_as_it_was(node: Node) -> None:
    before = await node.register("12347", expires=600)
    node.disk.fails = 1
    assert not (await node.register("12347", expires=3600)).accepted
    assert tuple(node.system.state.all_bindings()) == before.bindings
    node.disk.fails = 1
    assert not (await node.register("12347", expires=0)).accepted
    assert tuple(node.system.state.all_bindings()) == before.bindings


async def test_a_command_that_cannot_be_stored_is_not_executed(node: Node) -> None:
    node.disk.fails = 1
    execution = await node.system.execute("extension -e -d 12347", NOW)
    assert (execution.executed, execution.exit_status) == (False, 1)
    assert execution.printout == "NOT EXECUTED\nTHE CHANGE COULD NOT BE STORED\nThe disk is full: make room."
    assert "12347" in node.system.state.extensions
    assert node.types() == [EventType.STORE_FAILED]
    assert (await node.system.execute("extension -e -d 12347", NOW)).executed


async def test_whoever_asked_may_go_away_before_the_answer(node: Node) -> None:
    asked = asyncio.create_task(node.system.execute("extension -e -d 12347", NOW))
    await asyncio.sleep(0)
    asked.cancel()
    later = await node.system.execute("extension_profile -i --csp 7 --csp-name seven", NOW)
    assert later.executed
    assert "12347" not in State(await node.store.load()).extensions


STEPS = st.one_of(
    st.tuples(st.just("register"), st.sampled_from(["12345", "12347"]), st.sampled_from([0, 600]), st.integers(1, 3)),
    st.tuples(
        st.just("execute"),
        st.sampled_from(
            [
                "extension -i -d 20000..20002 --csp 1 --lim 1 --security-exception yes",
                "extension -e -d 12347",
                "extension -i -d 12347 --csp 1 --lim 1",
                "extension -c -d 12345 --security-exception yes",
                "auth_code -i -d 12347 --auth-code 1234",
                "auth_code -e -d 12347",
                "sec_policy -set 2",
                "sec_policy -remove",
                "extension_profile -i --csp 7 --csp-name seven",
                "extension_unregistration -d all",
                "terminal_type -i --pattern baresip --class secure",
                "terminal_type -e --pattern baresip",
            ]
        ),
    ),
    st.tuples(st.just("fail"), st.integers(0, 2)),
    st.tuples(st.just("a turn of the loop")),
    st.tuples(st.just("all is written")),
)


@given(st.lists(STEPS, max_size=25))
@settings(max_examples=120, deadline=None)
def test_memory_and_store_are_the_same_whenever_nothing_is_pending(steps: list[tuple[Any, ...]]) -> None:
    async def play() -> None:
        node = await Node.start()
        contents(node.system.state)  # its orders are kept up from now on
        told: list[asyncio.Task[Any]] = []
        for step in steps:
            if step[0] == "register":
                _, number, expires, contacts = step
                told.append(asyncio.create_task(node.register(number, "4711", expires, contacts)))
            elif step[0] == "execute":
                told.append(asyncio.create_task(node.system.execute(step[1], NOW)))
            elif step[0] == "fail":
                node.disk.fails = step[1]
            elif step[0] == "a turn of the loop":
                await asyncio.sleep(0)
            else:
                await node.commit.flush()
        await asyncio.gather(*told)
        await node.commit.flush()
        stored, memory = State(await node.store.load()), node.system.state
        assert contents(stored) == contents(memory)
        assert node.system.classifier.patterns == (*memory.patterns, *SHIPPED)
        await node.store.close()

    asyncio.run(play())


async def test_bindings_in_memory_alone_are_answered_at_once_and_commands_stored_all_the_same() -> None:
    node = await Node.start(durable=False)
    asked = attempt("12347", contact(), terminal=MITEL, on=TCP_5060)
    assert node.system.register(asked, NOW).stored
    await node.system.execute("extension -i -d 20000 --csp 1 --lim 1", NOW)
    stored = State(await node.store.load())
    assert "20000" in stored.extensions
    assert list(stored.all_bindings()) == []
    await node.store.close()


async def test_bindings_of_an_earlier_durable_run_are_not_taken_into_memory_alone() -> None:
    store = await Store.open("sqlite://", Vault(bytes(32)), first=FIRST)
    bound = binding()
    await store.write([SetBinding(bound.key, bound)])
    node = Node(store, await store.load(), durable=False)
    assert list(node.system.state.all_bindings()) == []
    await store.close()


async def test_what_expires_goes_from_the_store_too(node: Node) -> None:
    await node.register("12347", expires=600)
    node.system.tick(NOW + 599)
    await node.commit.flush()
    assert node.types() == [EventType.REGISTERED]
    node.system.tick(NOW + 601)
    await node.commit.flush()
    assert list(State(await node.store.load()).all_bindings()) == []
    last = node.events[-1].subject
    assert isinstance(last, BindingEvent)
    assert (last.type, last.cause) == (EventType.UNREGISTERED, Cause.EXPIRED)


async def test_what_was_registered_before_a_restart_expires_after_it(node: Node) -> None:
    await node.register("12347", expires=600)
    await node.commit.flush()
    again = Node(node.store, await node.store.load())
    again.system.tick(NOW + 599)
    await again.commit.flush()
    assert again.system.state.binding_count == 1
    again.system.tick(NOW + 601)
    await again.commit.flush()
    assert again.system.state.binding_count == 0
    assert list(State(await node.store.load()).all_bindings()) == []


async def test_what_expires_while_the_store_fails_is_taken_up_again(node: Node) -> None:
    await node.register("12347", expires=600)
    node.disk.fails = 1
    node.system.tick(NOW + 601)
    await node.commit.flush()
    assert node.system.state.binding_count == 1
    node.system.tick(NOW + 602)
    await node.commit.flush()
    assert node.system.state.binding_count == 0
    assert list(State(await node.store.load()).all_bindings()) == []


async def test_a_registration_goes_with_the_connection_it_came_over(node: Node) -> None:
    over = flow(TCP_5060, connection=7)
    outbound = contact("sip:12347@127.0.0.1", 3600, instance="<urn:uuid:1>", reg_id=1)
    node.system.register(attempt("12347", outbound, on=over), NOW)
    node.system.register(attempt("12347", contact("sip:12347@127.0.0.1:9", 3600), on=over, call_id="2"), NOW)
    node.system.flow_closed(flow(TCP_5060, connection=8), NOW)
    assert node.system.state.binding_count == 2
    node.system.flow_closed(over, NOW)
    (left,) = node.system.state.bindings_of(Protocol.SIP, "12347").values()
    assert left.contact.reg_id == 0
    await node.commit.flush()


async def test_an_overloaded_node_says_so_before_its_queue_grows() -> None:
    store = await Store.open("sqlite://", Vault(bytes(32)), first=FIRST)
    commit = GroupCommit(store, limit=3)
    system = System(await store.load(), commit, token=lambda: "token")
    outcomes = [
        system.register(attempt("12347", contact(f"sip:12347@127.0.0.1:{port}", 60), call_id=str(port)), NOW)
        for port in range(5)
    ]
    assert [outcome.reason for outcome in outcomes] == [None, None, None, Reason.OVERLOADED, Reason.OVERLOADED]
    await commit.flush()
    await store.close()


async def test_an_operator_command_is_told_with_its_pin_masked(node: Node) -> None:
    await node.system.execute("auth_code -c -d 12345 --auth-code 90210573", NOW)
    (event,) = node.events
    assert isinstance(event.subject, CommandEvent)
    assert event.subject.line == "auth_code -c -d 12345 --auth-code ****"


async def test_erasing_an_extension_unregisters_its_terminals_in_the_same_commit(node: Node) -> None:
    await node.register("12347")
    await node.system.execute("extension -e -d 12347", NOW)
    causes = [event.subject.cause for event in node.events if isinstance(event.subject, BindingEvent)]
    assert causes == [None, Cause.ERASED]
    assert list(State(await node.store.load()).all_bindings()) == []


async def test_challenges_are_counted_but_are_no_events(node: Node) -> None:
    outcome = await node.register("12345")
    assert outcome.reason is Reason.PIN_REQUIRED
    assert node.events == []
    assert _refused(node.system.tally) == {"PIN_REQUIRED": 1}


async def test_a_lock_is_told_once() -> None:
    node = await Node.start(limits=Limits(lockout_failures=2))
    for call in ("a", "b", "c"):
        node.system.register(attempt("12345", pin="wrong", terminal=MITEL, on=TLS_5061, call_id=call), NOW)
    assert node.types().count(EventType.LOCKED) == 1
    assert _refused(node.system.tally) == {"WRONG_PIN": 2, "LOCKED_OUT": 1}
    await node.store.close()


async def test_a_policy_change_leaves_registrations_alone(node: Node) -> None:
    await node.system.execute("extension -c -d 12347 --security-exception no", NOW)
    before = await node.register("12347")
    await node.system.execute("auth_code -i -d 12347 --auth-code 1", NOW)
    assert (await node.system.execute("sec_policy -set 1", NOW)).executed
    assert tuple(node.system.state.all_bindings()) == before.bindings
    assert node.system.state.policy is Policy.ALL_SECURE


def _refused(tally: Tally) -> dict[str, int]:
    families = {family.name: family for family in tally.families()}
    samples = families["registrar_registrations_refused"].samples
    return {sample.labels["reason"]: int(sample.value) for sample in samples if sample.name.endswith("_total")}
