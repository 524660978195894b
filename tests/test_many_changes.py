"""Lines that change very much: one at a time, all or nothing, and told in slices in the order in which it happened."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from registrar.commands.effects import Settle, WriteBackup
from registrar.commands.run import Execution, advance, execute
from registrar.core.piecewise import PAUSE, at_once
from registrar.core.state import State
from registrar.model.binding import Binding
from registrar.model.changes import SetBinding, SetLicence, SetPolicy
from registrar.model.events import BindingEvent, Cause, CommandEvent, Event, EventType
from registrar.model.policy import Policy, Protocol
from registrar.slices import SLICE
from registrar.store.errors import StoreError
from registrar.store.prepared import Prepared
from registrar.store.store import Store
from registrar.store.vault import Vault
from tests.bench import Bench
from tests.lab import TCP_5060, attempt, contact, flow
from tests.servers.playbook import LICENCE, Phone, Playbook
from tests.strategies import contents
from tests.web.test_many import bound

MANY = 400
SPAN = f"100000..{100_000 + MANY - 1}"
LAST = str(100_000 + MANY - 1)


@pytest.fixture(autouse=True, params=["at once", "beforehand"])
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What very many changes are written down beforehand or not."""
    monkeypatch.setattr("registrar.executing.LARGE", 10**9 if request.param == "at once" else 10)


async def node(*, durable: bool = True) -> Playbook:
    """A node with many extensions, each registered; a slice of its is over after two looks at the clock."""
    book = await Playbook(durable=durable).execute(f"extension -i -d {SPAN} --csp 1 --lim 1 --security-exception no")
    for index in range(MANY):
        binding = bound(index)
        book.system._changing._apply(SetBinding(binding.key, binding))
    ticks = iter(range(10**9))
    book.system.slices.clock = lambda: next(ticks) * SLICE / 2
    return book


def left(book: Playbook) -> list[Binding]:
    """What is there for whoever asks of a number."""
    state = book.system.state
    return [
        binding for index in range(MANY) for binding in state.bindings_of(Protocol.SIP, str(100_000 + index)).values()
    ]


async def test_a_line_that_changes_something_waits_until_the_one_before_is_carried_out() -> None:
    book = await node()
    await book.execute(f"auth_code -i -d {SPAN} --auth-code 4711")
    setting = asyncio.create_task(book.system.execute("sec_policy -set 1", book.now))
    await asyncio.sleep(0)
    excepting = await book.system.execute(f"extension -c -d {LAST} --security-exception yes", book.now)
    assert (await setting).executed
    assert not excepting.executed
    assert not book.system.state.exceptions


async def test_a_print_waits_for_nobody() -> None:
    book = await node()
    erasing = asyncio.create_task(book.system.execute(f"extension -e -d {SPAN}", book.now))
    await asyncio.sleep(0)
    assert "100000" in (await book.system.execute("extension -p -d 100000", book.now)).printout
    assert not erasing.done()
    assert (await erasing).executed


async def test_what_registers_while_the_registrations_of_a_line_are_gathered_goes_as_well() -> None:
    book = await node()
    assert len(left(book)) == MANY
    erasing = asyncio.create_task(book.system.execute(f"extension -e -d {SPAN}", book.now))
    while book.system._changing.touched is None:  # noqa: ASYNC110 - a turn of the loop is what is counted
        await asyncio.sleep(0)
    for turn in range(MANY // 100):
        await asyncio.sleep(0)
        assert book.system._changing.touched is not None
        late = attempt("100000", contact(f"sip:100000@127.0.0.9:{turn}"), call_id=f"late-{turn}", expires=600)
        assert book.system.register(late, book.now).accepted
        assert len(left(book)) == MANY + turn + 1
    while left(book):  # noqa: ASYNC110 - a turn of the loop is what is counted
        await asyncio.sleep(0)
    assert (await erasing).executed
    assert list(book.system.state.all_bindings()) == []
    gone = [event.subject for event in book.system.bus.since(0) if event.subject.type is EventType.UNREGISTERED]
    assert len(gone) == len(set(gone)) == MANY + MANY // 100


async def test_events_of_very_many_are_told_in_slices_and_in_order() -> None:
    book = await node()
    told: list[Event | str] = []
    book.system.bus.subscribe(told.append)
    unregistering = asyncio.create_task(book.system.execute("extension_unregistration -d all", book.now))
    while len(left(book)):  # noqa: ASYNC110 - a turn of the loop is what is counted
        await asyncio.sleep(0)
    again = asyncio.create_task(Phone(book, LAST, pin="", call_id="again").register())
    while not unregistering.done():
        told.append("a turn")
        await asyncio.sleep(0)
    assert (await unregistering).executed
    await again
    assert told.count("a turn") > 20
    subjects = [each.subject for each in told if isinstance(each, Event)]
    numbers = [each.binding.number for each in subjects if isinstance(each, BindingEvent)]
    assert numbers == [str(100_000 + index) for index in range(MANY)] + [LAST]
    assert [type(each) for each in subjects].index(CommandEvent) == MANY
    longest = max(len(part) for part in "".join("." if each == "a turn" else "e" for each in told).split("."))
    assert longest <= 10


async def test_a_fault_of_one_who_is_told_keeps_nobody_from_being_told_what_follows() -> None:
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context.get("exception")))
    book = await node()

    def at_fault(event: Event) -> None:
        if isinstance(event.subject, BindingEvent) and event.subject.binding.number == LAST:
            raise ValueError("a fault of one who is told")

    leave = book.system.bus.subscribe(at_fault)
    assert (await book.system.execute("extension_unregistration -d all", book.now)).executed
    leave()
    assert [type(fault) for fault in faults] == [ValueError]
    told = book.system.bus.last_id
    assert (await book.system.execute("sec_policy -remove", book.now)).executed
    assert book.system.bus.last_id == told + 1
    subjects = [event.subject for event in book.system.bus.since(0)]
    assert [subject.line for subject in subjects if isinstance(subject, CommandEvent)][-2:] == [
        "extension_unregistration -d all",
        "sec_policy -remove",
    ]


async def test_what_left_together_and_could_not_be_stored_is_all_there_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registrar.lapsing.AT_ONCE", 2 * MANY)
    book = await node()
    before = left(book)
    book.memory.broken = True
    book.memory.open.clear()
    unregistering = asyncio.create_task(book.system.execute("extension_unregistration -d all", book.now))
    while len(left(book)):  # noqa: ASYNC110 - a turn of the loop is what is counted
        await asyncio.sleep(0)
    assert book.system.register(attempt(LAST, contact(f"sip:{LAST}@127.0.0.9")), book.now).accepted
    assert [binding.contact.uri for binding in left(book)] == [f"sip:{LAST}@127.0.0.9"]
    book.system.tick(max(each.expires_at for each in before) + 2)
    book.memory.open.set()
    assert not (await unregistering).executed
    assert left(book) == before
    assert sorted(each.number for each in book.system.state.all_bindings()) == [each.number for each in before]
    assert all(event.subject.type is not EventType.UNREGISTERED for event in book.system.bus.since(0))
    book.memory.broken = False
    book.system.tick(max(each.expires_at for each in before) + 4)
    assert left(book) == []


async def test_what_cannot_be_written_down_beforehand_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registrar.executing.LARGE", 10)
    book = await node()
    before, held = left(book), contents(book.system.state)

    async def full(changes: object) -> Prepared:
        raise StoreError("the disk is full: make room")

    monkeypatch.setattr(book.memory, "prepare", full)
    execution = await book.system.execute(f"extension -e -d {SPAN}", book.now)
    assert execution.printout == "NOT EXECUTED\nTHE CHANGE COULD NOT BE STORED\nThe disk is full: make room."
    assert (left(book), contents(book.system.state)) == (before, held)
    assert book.system._changing.touched is None
    told = [event.subject.type for event in book.system.bus.since(0)]
    assert told[-1] is EventType.STORE_FAILED


async def test_memory_and_database_agree_when_phones_register_all_the_time(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path / 'registrar.db'}", Vault(bytes(32)), first=[SetLicence(LICENCE)])
    book = Playbook(store, loaded=await store.load())
    await book.execute(f"extension -i -d {SPAN} --csp 1 --lim 1 --security-exception no")
    changed, gone = f"extension -c -d {SPAN} --lim 3", "extension_unregistration -d all"
    for line in (changed, gone, f"extension -e -d {SPAN}"):
        carried_out, index = asyncio.create_task(book.system.execute(line, book.now)), 0
        while not carried_out.done() or index < MANY:
            number = str(100_000 + index % MANY)
            late = attempt(number, contact(f"sip:{number}@127.0.0.1:{1024 + index}"), call_id=f"{line} {index}")
            book.system.register(late, book.now)
            await asyncio.sleep(0)
            index += 1
        assert (await carried_out).executed
    await book.settle()
    await store.close()
    again = await Store.open(f"sqlite:///{tmp_path / 'registrar.db'}", Vault(bytes(32)))
    assert contents(State(await again.load())) == contents(book.system.state)
    await again.close()


async def test_going_back_lets_everything_else_have_its_turn_and_takes_nothing_that_comes_meanwhile() -> None:
    book = await node()
    before = left(book)
    book.memory.broken = True
    book.memory.open.clear()
    unregistering = asyncio.create_task(book.system.execute("extension_unregistration -d all", book.now))
    while len(left(book)):  # noqa: ASYNC110 - a turn of the loop is what is counted
        await asyncio.sleep(0)
    answers: list[bool] = []

    def come(index: int, host: str) -> None:
        number = str(100_000 + index)
        late = attempt(number, contact(f"sip:{number}@{host}"), call_id=host)
        assert book.system.register(late, book.now).accepted
        book.system.after_commit(lambda error: answers.append(error is None))

    for index in range(MANY):
        come(index, "127.0.0.9")
    assert len(left(book)) == MANY
    await asyncio.sleep(0)
    book.memory.open.set()
    while not answers:  # noqa: ASYNC110 - a turn of the loop is what is counted
        await asyncio.sleep(0)
    turns = [len(answers)]
    while not unregistering.done():
        if len(turns) == 3:
            come(0, "127.0.0.10")  # has nothing to return to yet
            come(MANY - 1, "127.0.0.10")  # it is all back
            book.memory.broken = False
        await asyncio.sleep(0)
        turns.append(len(answers))
    assert len(turns) > MANY // 64
    assert max(after - some for some, after in pairwise(turns)) <= 64
    assert answers == [False] * (MANY + 2)
    assert not (await unregistering).executed
    assert left(book) == before
    come(0, "127.0.0.11")
    await book.settle()
    assert answers[-1]
    assert [change.key[1] for change in book.memory.stored if isinstance(change, SetBinding)] == ["100000"]


async def test_a_connection_that_ends_while_its_bindings_leave_takes_them_with_it_when_they_return() -> None:
    book = await node()
    over = flow(TCP_5060, connection=7)
    outbound = contact(f"sip:{LAST}@127.0.0.1", 3600, instance="<urn:uuid:1>", reg_id=1)
    assert book.system.register(attempt(LAST, outbound, on=over), book.now).accepted
    await book.settle()
    book.memory.broken = True
    book.memory.open.clear()
    unregistering = asyncio.create_task(book.system.execute("extension_unregistration -d all", book.now))
    while len(left(book)):  # noqa: ASYNC110 - a turn of the loop is what is counted
        await asyncio.sleep(0)
    book.system.flow_closed(over, book.now)
    book.system.tick(book.now)
    book.memory.open.set()
    assert not (await unregistering).executed
    assert len(left(book)) == MANY + 1
    book.memory.broken = False
    book.system.tick(book.now)
    assert len(left(book)) == MANY
    assert not [binding for binding in left(book) if binding.contact.reg_id]


async def test_in_memory_alone_who_registers_while_bindings_leave_stays_beside_those_that_return() -> None:
    book = await node(durable=False)
    before = left(book)
    book.memory.broken = True
    book.memory.open.clear()
    book.commit.submit([SetPolicy(Policy.NONE)], lambda error: None)
    unregistering = asyncio.create_task(book.system.execute("extension_unregistration -d all", book.now))
    while len(left(book)):  # noqa: ASYNC110 - a turn of the loop is what is counted
        await asyncio.sleep(0)
    new = contact(f"sip:{LAST}@127.0.0.9")
    assert book.system.register(attempt(LAST, new), book.now).stored
    book.memory.open.set()
    assert not (await unregistering).executed
    assert {binding.key for binding in left(book)} == {binding.key for binding in before} | {("sip", LAST, new.key)}


async def test_very_much_that_expires_in_one_second_goes_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registrar.lapsing.AT_ONCE", 70)
    book = await node()
    ends = max(binding.expires_at for binding in left(book)) + 2
    book.system.tick(ends)
    some = len(left(book))
    assert 0 < some < MANY
    book.system.tick(ends + 1)
    assert len(left(book)) == some
    assert at_once(book.system.lapsed(ends)) == some
    turns = 0
    while book.system.state.binding_count:
        await asyncio.sleep(0)
        turns += 1
    assert turns > 1
    for _ in range(MANY):
        await asyncio.sleep(0)
    gone = [event.subject for event in book.system.bus.since(0) if isinstance(event.subject, BindingEvent)]
    assert sorted(each.binding.number for each in gone) == [str(100_000 + index) for index in range(MANY)]
    assert {each.cause for each in gone} == {Cause.EXPIRED}


async def test_a_connection_that_very_many_came_over_takes_them_with_it() -> None:
    book = await node()
    over = flow(TCP_5060, connection=7)
    for index in range(MANY):
        number = str(100_000 + index)
        outbound = contact(f"sip:{number}@127.0.0.1", 3600, instance=f"<urn:uuid:{number}>", reg_id=1)
        assert book.system.register(attempt(number, outbound, on=over, call_id=number), book.now).accepted
    assert len(left(book)) == 2 * MANY
    book.system.flow_closed(over, book.now)
    moved = contact(f"sip:{LAST}@127.0.0.1", 3600, instance=f"<urn:uuid:{LAST}>", reg_id=1)
    elsewhere = flow(TCP_5060, connection=8)
    assert book.system.register(attempt(LAST, moved, on=elsewhere, call_id="moved"), book.now).accepted
    while len(left(book)) > MANY + 1:  # noqa: ASYNC110 - a turn of the loop is what is counted
        await asyncio.sleep(0)
    assert [binding.number for binding in left(book) if binding.contact.reg_id] == [LAST]


@pytest.mark.parametrize("stored", [True, False])
async def test_very_many_settings_change_at_one_moment(monkeypatch: pytest.MonkeyPatch, stored: bool) -> None:
    monkeypatch.setattr("registrar.executing.MANY", 10)
    book = await node()
    await book.execute(f"auth_code -i -d {SPAN} --auth-code 4711", f"extension -p -d {SPAN}", "extension -p")
    state, before, seen = book.system.state, contents(book.system.state), set[tuple[int, int, int]]()
    book.memory.broken = not stored
    erasing = asyncio.create_task(book.system.execute(f"extension -e -d {SPAN}", book.now))
    while not erasing.done():
        there = sum(str(100_000 + index) in state.extensions for index in range(MANY))
        seen.add((there, len(left(book)), state.users[1]))
        await asyncio.sleep(0)
    assert (await erasing).executed == stored
    others = len(before["extensions"]) - MANY
    assert seen == {(MANY, MANY, MANY + others), (0, 0, others)}
    assert contents(state)["extensions"] == ({} if stored else before["extensions"])
    if not stored:
        assert contents(state) == before
    assert contents(state) == contents(State([*state.settings(), *(SetBinding(each.key, each) for each in left(book))]))


def test_a_backup_is_of_one_moment_whatever_changes_while_it_is_gathered() -> None:
    bench = Bench()
    bench.run(f"extension -i -d {SPAN} --csp 1 --lim 1")
    settings = list(bench.state.settings())
    begun = execute("data_backup", bench.node, bench.now)
    assert not isinstance(begun, Execution)
    work = advance(begun)
    assert next(work) is PAUSE
    bench.run(f"extension -e -d {LAST}")
    assert isinstance(at_once(work), Settle)
    effect = at_once(advance(begun))
    assert isinstance(effect, WriteBackup)
    assert effect.settings == settings
