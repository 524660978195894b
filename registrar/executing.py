"""Operators' lines are carried out: long ones in slices, and of those that change something one at a time."""

import asyncio
from collections.abc import Iterable
from typing import Final
from typing import Protocol as Interface

from registrar.changing import Changing, Together
from registrar.commands.effects import Refusal, Settle, Surroundings
from registrar.commands.node import Execution, Node
from registrar.commands.run import Asked, advance, masked, read
from registrar.core.piecewise import PAUSE, Piecewise, in_pieces, let_go
from registrar.core.state import Leaving, State
from registrar.model.changes import Change, SetBinding, SetExtension, SetLock, SetPatterns, Setting
from registrar.model.events import BindingEvent, Cause, CommandEvent, EventType
from registrar.model.policy import Protocol
from registrar.slices import Slices
from registrar.store.commit import GroupCommit
from registrar.store.errors import StoreError
from registrar.store.prepared import LARGE
from registrar.telling import Telling

MANY: Final = 1024
"""Settings that are changed beside the others, piece by piece, and put in their places at one moment."""


class Seen(Interface):
    """The service node, as a line meets it."""

    surroundings: Surroundings

    def node(self, now: float) -> Node:
        """Return what a command sees."""
        ...


class _Waiting:
    """Waits for a commit; whoever waits may have gone away when it is done."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[StoreError | None] = asyncio.get_running_loop().create_future()

    def __call__(self, error: StoreError | None) -> None:
        if not self.answer.done():
            self.answer.set_result(error)


class Executing:
    """The way of operators' lines."""

    def __init__(self, system: Seen, changing: Changing, commit: GroupCommit, slices: Slices, telling: Telling) -> None:
        self._system = system
        self._to_change = changing
        self._commit = commit
        self._slices = slices
        self._telling = telling
        self._changing = asyncio.Lock()
        """Of the lines that change something one is carried out at a time: what it has found out stays true."""
        self._under_way: set[asyncio.Task[Execution]] = set()

    async def execute(self, line: str, now: float) -> Execution:
        """Carry out an operator's line; what it changed is stored when this returns.

        One that changes something is carried out to its end, whoever asked may go away.
        """
        asked = read(line)
        if isinstance(asked, Execution):
            return asked
        if not asked.changes:
            return await self._carry_out(asked, line, now)
        task = asyncio.get_running_loop().create_task(self._in_turn(asked, line, now), name="a line")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _in_turn(self, asked: Asked, line: str, now: float) -> Execution:
        async with self._changing:
            return await self._carry_out(asked, line, now)

    async def _carry_out(self, asked: Asked, line: str, now: float) -> Execution:
        begun = asked.carry_out(self._system.node(now), now)
        if isinstance(begun, Execution):
            return await self._finish(line, begun, now)
        step = await self._slices.run(advance(begun))
        while not isinstance(step, Execution):
            with self._slices.uncollected():
                done = await (self._settle() if isinstance(step, Settle) else self._system.surroundings.perform(step))
            step = await self._slices.run(advance(begun, done))
        return await self._finish(line, step, now)

    async def _settle(self) -> Refusal | None:
        """Wait until everything changed so far is stored."""
        waiting = _Waiting()
        self._commit.submit((), waiting)
        error = await waiting.answer
        return None if error is None else Refusal("THE CHANGES BEFORE COULD NOT BE STORED", (f"{error}.",))

    async def _finish(self, line: str, execution: Execution, now: float) -> Execution:
        """Store, apply and publish what an execution changes."""
        if not execution.change:
            return execution
        waiting = _Waiting()
        event = CommandEvent(EventType.COMMAND, masked(line), execution.printout)
        with self._slices.uncollected():
            try:
                together, removals = await self._prepared(execution, event)
            except StoreError as error:
                self._to_change.not_stored(error, now)
                return _not_executed(error)
            self._to_change.change_together(together, now, waiting)
            failed = await waiting.answer
            if failed is not None:
                await self._slices.run(let_go(together.leaving))
            del together
            await self._slices.run(let_go(removals))
        await self._telling.told()
        return execution if failed is None else _not_executed(failed)

    async def _prepared(self, execution: Execution, event: CommandEvent) -> tuple[Together, list[SetBinding]]:
        """Return all that an execution changes, as it is when this is over, and what takes its bindings away.

        Very much is written down by then. Raises ``StoreError``.
        """
        state, settings = self._to_change.state, execution.changes
        draft = await self._slices.run(state.draft(settings)) if len(settings) > MANY else None
        unlocked = [SetLock(lock.key, None) for lock in execution.unlock]
        departures, prepared = _Departures(state), None
        await self._slices.run(departures.erase(settings))
        touched = self._to_change.touched = set[str]()
        try:
            removals = await self._slices.run(departures.all_of(execution.unregister))
            stored: list[Change] = [*settings, *unlocked, *(removals if self._to_change.durable else ())]
            if len(stored) > LARGE:
                prepared = await self._to_change.prepare(stored)
                stored = [change for change in settings if isinstance(change, SetPatterns)]
        finally:
            self._to_change.touched = None
        if touched:  # what registered or left meanwhile
            late = departures.gather(touched.intersection(execution.unregister))
            stored += late if self._to_change.durable else ()
        leaving = departures.leaving
        return Together(settings, draft, leaving, len(removals), unlocked, event, stored, prepared), removals


class _Departures:
    """Gathers the bindings of numbers, to take them away and to tell of it."""

    def __init__(self, state: State) -> None:
        self.leaving: Leaving = {}
        self._state = state
        self._erased: set[str] = set()

    def erase(self, settings: Iterable[Setting]) -> Piecewise[None]:
        """Take note of the numbers that the settings erase."""
        for piece in in_pieces(settings):
            self._erased.update([each.number for each in piece if isinstance(each, SetExtension) and not each[1]])
            yield PAUSE

    def all_of(self, numbers: Iterable[str]) -> Piecewise[list[SetBinding]]:
        """Take the bindings of the numbers, each as they are when its turn comes; return what removes them."""
        removals: list[SetBinding] = []
        for some in in_pieces(numbers):
            removals += self.gather(some)
            yield PAUSE
        return removals

    def gather(self, numbers: Iterable[str]) -> list[SetBinding]:
        """Take the bindings of the numbers as they are now; return what removes them."""
        state, leaving = self._state, self.leaving
        removals: list[SetBinding] = []
        for number in numbers:
            cause = Cause.ERASED if number in self._erased else Cause.OPERATOR
            bound = [*state.bindings_of(Protocol.SIP, number).values()]
            bound += state.bindings_of(Protocol.H323, number).values()
            if bound:
                leaving[number] = [BindingEvent(EventType.UNREGISTERED, binding, cause) for binding in bound]
                removals += [SetBinding(binding.key, None) for binding in bound]
            else:
                leaving.pop(number, None)
        return removals


def _not_executed(error: StoreError) -> Execution:
    words = str(error)
    told = f"NOT EXECUTED\nTHE CHANGE COULD NOT BE STORED\n{words[:1].upper()}{words[1:]}."
    return Execution(False, told, exit_status=1)
