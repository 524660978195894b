"""Lines that change very much: one at a time, all or nothing, and told in slices in the order in which it happened."""

import asyncio

from registrar.commands.effects import Settle, WriteBackup
from registrar.commands.run import Execution, advance, execute
from registrar.core.piecewise import PAUSE, at_once
from registrar.model.binding import Binding
from registrar.model.changes import SetBinding
from registrar.model.events import BindingEvent, CommandEvent, Event, EventType
from registrar.slices import SLICE
from tests.bench import Bench
from tests.lab import attempt, contact
from tests.servers.playbook import Phone, Playbook
from tests.web.test_many import bound

MANY = 400
SPAN = f"100000..{100_000 + MANY - 1}"
LAST = str(100_000 + MANY - 1)


async def node() -> Playbook:
    """A node with many extensions, each registered; a slice of its is over after two looks at the clock."""
    book = await Playbook().execute(f"extension -i -d {SPAN} --csp 1 --lim 1 --security-exception no")
    for index in range(MANY):
        binding = bound(index)
        book.system._apply(SetBinding(binding.key, binding))
    ticks = iter(range(10**9))
    book.system.slices.clock = lambda: next(ticks) * SLICE / 2
    return book


def left(book: Playbook) -> list[Binding]:
    return list(book.system.state.all_bindings())


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
    turns = 0
    while len(left(book)) >= MANY:
        await asyncio.sleep(0)
        turns += 1
        if turns in (2, 3):
            late = attempt("100000", contact(f"sip:100000@127.0.0.9:{turns}"), call_id=f"late-{turns}", expires=600)
            assert book.system.register(late, book.now).accepted
            assert len(left(book)) == MANY + turns - 1
    assert left(book) == []
    assert turns > 3
    assert (await erasing).executed
    gone = [event.subject for event in book.system.bus.since(0) if event.subject.type is EventType.UNREGISTERED]
    assert len(gone) == len(set(gone)) == MANY + 2


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


def test_a_backup_is_of_one_moment_whatever_changes_while_it_is_gathered() -> None:
    bench = Bench()
    bench.run(f"extension -i -d {SPAN} --csp 1 --lim 1")
    settings = tuple(bench.state.settings())
    begun = execute("data_backup", bench.node, bench.now)
    assert not isinstance(begun, Execution)
    work = advance(begun)
    assert next(work) is PAUSE
    bench.run(f"extension -e -d {LAST}")
    assert isinstance(at_once(work), Settle)
    effect = at_once(advance(begun))
    assert isinstance(effect, WriteBackup)
    assert effect.settings == settings
