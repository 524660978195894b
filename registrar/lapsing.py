"""Bindings end by themselves: when their time is over, and with the connection they came over. Very many in slices."""

import asyncio
from collections.abc import Iterable
from typing import Final

from registrar.changing import Changing
from registrar.core.piecewise import PAUSE, PIECE, Piecewise, in_pieces
from registrar.model.binding import Binding, BindingKey
from registrar.model.changes import SetBinding
from registrar.model.events import Cause
from registrar.model.flow import Flow
from registrar.slices import Slices

AT_ONCE: Final = 4 * PIECE
"""Bindings removed in one piece: more than are told at once, so their events go in slices too."""

MANY: Final = 10_000
"""Bindings that are watched at once."""


class Lapsing:
    """Removes what has ended."""

    def __init__(self, changing: Changing, slices: Slices) -> None:
        self._changing = changing
        self._slices = slices
        self._lapsing = False
        """Whether so much has expired that the rest goes in slices."""
        self._closed: list[Flow] = []
        """Connections that ended while it was not known whether bindings that left over them are to return."""
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self, bindings: list[SetBinding]) -> None:
        """Watch what was stored; very many in slices, a start does not wait. The list is empty afterwards."""
        if len(bindings) <= MANY:
            self._changing.expiry.fill(bindings)
            bindings.clear()
        else:
            self._begin(self._watch_on(bindings))

    def tick(self, now: float) -> None:
        """Remove what has expired; called about once a second."""
        if self._closed and not self._changing.undecided:
            closed, self._closed = self._closed, []
            for flow in closed:
                self.flow_closed(flow, now)
        if not self._lapsing and self._lapse(now):
            self._lapsing = True
            self._begin(self._lapse_on(now))

    def flow_closed(self, flow: Flow, now: float) -> None:
        """Remove the outbound bindings of a connection that is gone: they can be reached no more (RFC 5626)."""
        if self._changing.undecided:
            self._closed.append(flow)
            return
        keys = self._changing.flows.take(flow.connection)
        if len(keys) <= AT_ONCE:
            self._close(keys, flow, now)
        else:
            self._begin(self._close_on(keys, flow, now))

    def lapsed(self, now: float) -> Piecewise[int]:
        """Count the bindings that have expired and are still there."""
        many = 0
        for piece in in_pieces(self._changing.expiry.ending(now)):
            many += sum(binding.expires_at <= now for binding in self._there(piece))
            yield PAUSE
        return many

    def _watch_on(self, bindings: list[SetBinding]) -> Piecewise[None]:
        while bindings:
            self._changing.expiry.fill(bindings[-PIECE:])
            del bindings[-PIECE:]
            yield PAUSE

    def _there(self, keys: Iterable[BindingKey]) -> list[Binding]:
        return [binding for binding in map(self._changing.binding, keys) if binding is not None]

    def _lapse(self, now: float) -> bool:
        """Remove some of what has expired; return whether there may be more."""
        if self._changing.undecided:  # bindings that are about to leave are not looked for, and would not be again
            return False
        keys = self._changing.expiry.take(now, AT_ONCE)
        due = [binding for binding in self._there(keys) if binding.expires_at <= now]
        self._changing.remove(due, Cause.EXPIRED, now)
        return len(keys) == AT_ONCE

    def _lapse_on(self, now: float) -> Piecewise[None]:
        try:
            while self._lapse(now):
                yield PAUSE
        finally:
            self._lapsing = False

    def _close(self, keys: Iterable[BindingKey], flow: Flow, now: float) -> None:
        closed = [binding for binding in self._there(keys) if binding.flow == flow]
        self._changing.remove(closed, Cause.FLOW_CLOSED, now)

    def _close_on(self, keys: Iterable[BindingKey], flow: Flow, now: float) -> Piecewise[None]:
        for piece in in_pieces(keys, AT_ONCE):
            self._close(piece, flow, now)
            yield PAUSE

    def _begin(self, work: Piecewise[None]) -> None:
        task = asyncio.get_running_loop().create_task(self._slices.run(work), name="what has ended")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
