"""Group commit: everything in order, nothing told before it is stored, everything taken back from the end."""

import asyncio
from collections.abc import Sequence

import pytest

from registrar.model.changes import Change, SetPolicy
from registrar.model.policy import Policy
from registrar.store.commit import Done, GroupCommit
from registrar.store.errors import StoreError
from registrar.store.prepared import Prepared

CHANGE = SetPolicy(Policy.EXC_EXT)
FULL = StoreError("the disk is full: make room")


class Disk:
    """A store whose writes end when the test says so."""

    def __init__(self) -> None:
        self.written: list[list[Change]] = []
        self.beforehand: list[list[Change]] = []
        self.prepared: list[Prepared | None] = []
        self.writes: asyncio.Queue[asyncio.Future[None]] = asyncio.Queue()

    async def prepare(self, changes: Sequence[Change]) -> Prepared:
        self.beforehand.append(list(changes))
        return Prepared()

    async def write(self, changes: Sequence[Change], prepared: Prepared | None = None) -> None:
        self.written.append(list(changes))
        self.prepared.append(prepared)
        ends = asyncio.get_running_loop().create_future()
        self.writes.put_nowait(ends)
        await ends

    async def end(self, error: Exception | None = None) -> None:
        ends = await self.writes.get()
        if error is None:
            ends.set_result(None)
        else:
            ends.set_exception(error)


class Told:
    """What callers were told, in the order they were told."""

    def __init__(self) -> None:
        self.order: list[tuple[str, StoreError | None]] = []

    def about(self, name: str) -> Done:
        return lambda error: self.order.append((name, error))


async def test_what_comes_in_while_a_batch_is_written_is_the_next_batch() -> None:
    disk, told = Disk(), Told()
    commit = GroupCommit(disk, linger=0)
    commit.submit([CHANGE], told.about("a"))
    await asyncio.sleep(0)
    commit.submit([CHANGE], told.about("b"))
    commit.submit([CHANGE], told.about("c"))
    assert told.order == []
    assert commit.pending
    await disk.end()
    await disk.end()
    await commit.flush()
    assert told.order == [("a", None), ("b", None), ("c", None)]
    assert [len(batch) for batch in disk.written] == [1, 2]
    assert not commit.pending


async def test_a_failure_takes_everything_pending_with_it_from_the_last_to_the_first() -> None:
    disk, told = Disk(), Told()
    commit = GroupCommit(disk, linger=0)
    commit.submit([CHANGE], told.about("a"))
    commit.submit([CHANGE], told.about("b"))
    await asyncio.sleep(0)
    commit.submit([CHANGE], told.about("built on b"))
    await disk.end(FULL)
    await commit.flush()
    assert told.order == [("built on b", FULL), ("b", FULL), ("a", FULL)]
    assert len(disk.written) == 1


async def test_after_a_failure_the_next_change_is_written() -> None:
    disk, told = Disk(), Told()
    commit = GroupCommit(disk, linger=0)
    for name, error in (("a", FULL), ("b", None)):
        commit.submit([CHANGE], told.about(name))
        await disk.end(error)
        await commit.flush()
    assert told.order == [("a", FULL), ("b", None)]


async def test_a_question_without_changes_waits_for_what_it_may_rest_on() -> None:
    disk, told = Disk(), Told()
    commit = GroupCommit(disk, linger=0)
    commit.submit([], told.about("nothing pending"))
    assert told.order == [("nothing pending", None)]
    commit.submit([CHANGE], told.about("a"))
    commit.submit([], told.about("after a"))
    assert told.order == [("nothing pending", None)]
    await disk.end(FULL)
    await commit.flush()
    assert told.order[1:] == [("after a", FULL), ("a", FULL)]


async def test_a_fault_of_the_program_fails_the_batch_and_is_reported() -> None:
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
    disk, told = Disk(), Told()
    commit = GroupCommit(disk, linger=0)
    fault = KeyError("a bug")
    commit.submit([CHANGE], told.about("a"))
    await disk.end(fault)
    await commit.flush()
    ((name, error),) = told.order
    assert name == "a"
    assert isinstance(error, StoreError)
    assert reported == [fault]
    commit.submit([CHANGE], told.about("b"))
    await disk.end()
    await commit.flush()
    assert told.order[1:] == [("b", None)]


@pytest.mark.parametrize("error", [None, FULL])
async def test_a_fault_in_one_answer_does_not_take_the_others(error: StoreError | None) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    disk, told = Disk(), Told()
    commit = GroupCommit(disk, linger=0)

    def faulty(_error: StoreError | None) -> None:
        raise KeyError("a bug")

    commit.submit([CHANGE], told.about("a"))
    commit.submit([CHANGE], faulty)
    commit.submit([CHANGE], told.about("c"))
    await disk.end(error)
    await commit.flush()
    assert sorted(name for name, _ in told.order) == ["a", "c"]


async def test_it_is_full_at_its_limit_whether_waiting_or_being_written() -> None:
    disk, told = Disk(), Told()
    commit = GroupCommit(disk, linger=0, limit=2)
    commit.submit([CHANGE], told.about("a"))
    await asyncio.sleep(0)
    full = [commit.full]
    commit.submit([CHANGE], told.about("b"))
    full.append(commit.full)
    await disk.end()
    await disk.end()
    await commit.flush()
    full.append(commit.full)
    assert full == [False, True, False]


async def test_what_was_prepared_is_the_first_of_its_transaction() -> None:
    disk, told = Disk(), Told()
    commit = GroupCommit(disk, linger=0)
    beforehand = await commit.prepare([CHANGE, CHANGE])
    other = SetPolicy(Policy.NONE)
    commit.submit([CHANGE], told.about("before"))
    commit.submit([other], told.about("line"), beforehand)
    commit.submit([CHANGE], told.about("behind"))
    await disk.end()
    await disk.end()
    await commit.flush()
    assert disk.beforehand == [[CHANGE, CHANGE]]
    assert disk.written == [[CHANGE], [other, CHANGE]]
    assert disk.prepared == [None, beforehand]
    assert told.order == [("before", None), ("line", None), ("behind", None)]


async def test_what_was_prepared_fails_with_what_was_before_it() -> None:
    disk, told = Disk(), Told()
    commit = GroupCommit(disk, linger=0)
    commit.submit([CHANGE], told.about("before"))
    commit.submit([], told.about("line"), await commit.prepare([CHANGE]))
    await disk.end(FULL)
    await commit.flush()
    assert told.order == [("line", FULL), ("before", FULL)]
    assert len(disk.written) == 1
