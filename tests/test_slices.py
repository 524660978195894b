"""Long work holds nothing up: slices by the clock, one at a time, and whatever is in a hurry goes first."""

import asyncio
import gc

import pytest

from registrar.core.piecewise import PAUSE, Piecewise, at_once
from registrar.slices import SLICE, STAYS, Slices


class Clock:
    """Time that goes on with the work alone: a quarter of a slice for each piece."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def work(self, name: str, pieces: int, done: list[str]) -> Piecewise[str]:
        for _ in range(pieces):
            self.now += SLICE / 4
            done.append(name)
            yield PAUSE
        return name


def runs(done: list[str]) -> list[tuple[str, int]]:
    """How often each name stands there before another does."""
    found: list[tuple[str, int]] = []
    for name in done:
        again = bool(found) and found[-1][0] == name
        found[-1:] = [(name, found[-1][1] + 1)] if again else [*found[-1:], (name, 1)]
    return found


async def test_others_have_a_turn_after_every_slice_and_what_comes_of_the_work_is_returned() -> None:
    clock, done = Clock(), list[str]()
    slices = Slices(clock)

    async def other() -> None:
        while len(done) < 40:
            done.append("other")
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    assert await slices.run(clock.work("long", 12, done)) == "long"
    await beside
    assert all(many <= 5 for name, many in runs(done) if name == "long")
    assert sum(name == "long" for name in done) == 12
    assert len([name for name, _ in runs(done) if name == "long"]) >= 3


async def test_long_works_take_turns_so_that_nobody_waits_for_more_than_one_slice() -> None:
    clock, done = Clock(), list[str]()
    slices = Slices(clock)

    async def other() -> None:
        while "end" not in done:
            done.append("other")
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    await asyncio.gather(*(slices.run(clock.work(name, 12, done)) for name in "abc"))
    done.append("end")
    await beside
    between = "".join("." if name == "other" else name for name in done if name != "end").split(".")
    assert max(map(len, between)) <= 5
    assert done.index("b") < len(done) - 1 - done[::-1].index("a")


async def test_a_slice_gives_way_to_what_is_in_a_hurry_but_not_for_ever() -> None:
    clock, done, asked = Clock(), list[str](), list[int]()

    def hurry() -> bool:
        asked.append(len(done))
        return len(asked) <= 3

    await Slices(clock, hurry).run(clock.work("long", 8, done))
    assert asked.count(asked[0]) == 4
    await asyncio.wait_for(Slices(clock, lambda: True).run(clock.work("long", 8, done)), 10)


async def test_no_garbage_is_looked_for_meanwhile_and_afterwards_as_before() -> None:
    seen = []

    def work() -> Piecewise[None]:
        seen.append(gc.isenabled())
        yield PAUSE
        raise RuntimeError("broken")

    assert gc.isenabled()
    with pytest.raises(RuntimeError):
        await Slices().run(work())
    assert gc.isenabled()
    assert seen == [False]


async def test_what_stays_of_long_work_is_no_garbage_to_be_looked_at() -> None:
    kept: list[object] = []

    def work() -> Piecewise[None]:
        for number in range(STAYS + 10_000):
            kept.append((number, []))
            yield PAUSE

    before = gc.get_freeze_count()
    try:
        await Slices().run(work())
        assert gc.get_freeze_count() >= before + STAYS
    finally:
        gc.unfreeze()


async def test_who_goes_away_in_the_middle_leaves_the_turn_to_others() -> None:
    clock, done = Clock(), list[str]()
    slices = Slices(clock)
    gone = asyncio.create_task(slices.run(clock.work("gone", 1000, done)))
    await asyncio.sleep(0)
    gone.cancel()
    assert await asyncio.wait_for(slices.run(clock.work("next", 8, done)), 10) == "next"
    assert gc.isenabled()


def test_work_can_be_done_at_once() -> None:
    assert at_once(Clock().work("all", 3, [])) == "all"
