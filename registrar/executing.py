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
from registrar.core.state import Leaving
from registrar.model.changes import SetBinding, SetExtension, SetLock
from registrar.model.events import BindingEvent, Cause, CommandEvent, EventType
from registrar.model.policy import Protocol
from registrar.slices import Slices
from registrar.store.commit import GroupCommit
from registrar.store.errors import StoreError
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
            together = await self._slices.run(self._prepared(execution, event))
            self._to_change.change_together(together, now, waiting)
            error = await waiting.answer
            if error is not None:
                await self._slices.run(let_go(together.leaving))
            await self._slices.run(let_go(together.removals))
            del together
        await self._telling.told()
        if error is not None:
            words = str(error)
            told = f"NOT EXECUTED\nTHE CHANGE COULD NOT BE STORED\n{words[:1].upper()}{words[1:]}."
            return Execution(False, told, exit_status=1)
        return execution

    def _prepared(self, execution: Execution, event: CommandEvent) -> Piecewise[Together]:
        """Return all that an execution changes, as it is when this is over."""
        state, settings = self._to_change.state, execution.changes
        draft = (yield from state.draft(settings)) if len(settings) > MANY else None
        unlocked = [SetLock(lock.key, None) for lock in execution.unlock]
        erased: set[str] = set()
        for piece in in_pieces(settings):
            erased.update([change.number for change in piece if isinstance(change, SetExtension) and not change[1]])
            yield PAUSE
        leaving: Leaving = {}
        removals: list[SetBinding] = []

        def gather(numbers: Iterable[str]) -> None:
            for number in numbers:
                cause = Cause.ERASED if number in erased else Cause.OPERATOR
                bound = [*state.bindings_of(Protocol.SIP, number).values()]
                bound += state.bindings_of(Protocol.H323, number).values()
                if bound:
                    leaving[number] = [BindingEvent(EventType.UNREGISTERED, binding, cause) for binding in bound]
                    removals.extend([SetBinding(binding.key, None) for binding in bound])
                else:
                    leaving.pop(number, None)

        touched = self._to_change.touched = set[str]()
        try:
            for numbers in in_pieces(execution.unregister):
                gather(numbers)
                yield PAUSE
        finally:
            self._to_change.touched = None
        if touched:  # what registered or left during the pauses
            gather(touched.intersection(execution.unregister))
        return Together(settings, draft, leaving, removals, unlocked, event)
