"""Operators' lines are carried out: long ones in slices, and of those that change something one at a time."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol as Interface

from registrar.commands.effects import Refusal, Settle, Surroundings
from registrar.commands.node import Execution, Node
from registrar.commands.run import Asked, advance, masked, read
from registrar.core.piecewise import PAUSE, Piecewise, in_pieces
from registrar.core.state import State
from registrar.model.binding import BindingKey
from registrar.model.changes import Change, SetBinding, SetExtension, SetLock
from registrar.model.events import BindingEvent, Cause, CommandEvent, EventType, Subject
from registrar.model.policy import Protocol
from registrar.slices import Slices
from registrar.store.commit import Done, GroupCommit
from registrar.store.errors import StoreError
from registrar.telling import Telling


class Changed(Interface):
    """The service node, as far as a line changes it."""

    state: State
    surroundings: Surroundings
    touched: set[str] | None
    """Numbers whose bindings change are put in here, while there is something to put them in."""

    def node(self, now: float) -> Node:
        """Return what a command sees."""
        ...

    def change(self, changes: Iterable[Change], events: Sequence[Subject], now: float, done: Done) -> None:
        """Make the changes at once, store them, tell the events, then say that it is done."""
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

    def __init__(self, system: Changed, commit: GroupCommit, slices: Slices, telling: Telling) -> None:
        self._system = system
        self._commit = commit
        self._slices = slices
        self._telling = telling
        self._changing = asyncio.Lock()
        """Of the lines that change something one is carried out at a time: what it has found out stays true."""

    async def execute(self, line: str, now: float) -> Execution:
        """Carry out an operator's line; what it changed is stored when this returns."""
        asked = read(line)
        if isinstance(asked, Execution):
            return asked
        if not asked.changes:
            return await self._carry_out(asked, line, now)
        async with self._changing:
            return await self._carry_out(asked, line, now)

    async def _carry_out(self, asked: Asked, line: str, now: float) -> Execution:
        begun = asked.carry_out(self._system.node(now), now)
        if isinstance(begun, Execution):
            return await self._finish(line, begun, now)
        step = await self._slices.run(advance(begun))
        while not isinstance(step, Execution):
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
        leaving = await self._slices.run(self._leaving(execution)) if execution.unregister else {}
        events: list[Subject] = [*leaving.values(), CommandEvent(EventType.COMMAND, masked(line), execution.printout)]
        waiting = _Waiting()
        with self._slices.uncollected():
            changes = (
                *execution.changes,
                *[SetBinding(key, None) for key in leaving],
                *[SetLock(lock.key, None) for lock in execution.unlock],
            )
            self._system.change(changes, events, now, waiting)
        error = await waiting.answer
        await self._telling.told()
        if error is not None:
            words = str(error)
            told = f"NOT EXECUTED\nTHE CHANGE COULD NOT BE STORED\n{words[:1].upper()}{words[1:]}."
            return Execution(False, told, exit_status=1)
        return execution

    def _leaving(self, execution: Execution) -> Piecewise[dict[BindingKey, BindingEvent]]:
        """Return what is to be told of the bindings that an execution removes, by their keys, as they are now."""
        system = self._system
        erased = {change.number for change in execution.changes if isinstance(change, SetExtension) and not change[1]}
        leaving: dict[BindingKey, BindingEvent] = {}

        def gather(number: str) -> None:
            cause = Cause.ERASED if number in erased else Cause.OPERATOR
            for protocol in Protocol:
                for binding in system.state.bindings_of(protocol, number).values():
                    leaving[binding.key] = BindingEvent(EventType.UNREGISTERED, binding, cause)

        touched = system.touched = set[str]()
        try:
            for piece in in_pieces(execution.unregister):
                for number in piece:
                    gather(number)
                yield PAUSE
        finally:
            system.touched = None
        late = touched.intersection(execution.unregister) if touched else touched
        if late:  # what registered or left during the pauses
            for key in [key for key in leaving if key[1] in late]:
                del leaving[key]
            for number in late:
                gather(number)
        return leaving
