"""What happened is told in the order in which it happened; of very much at once in slices."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence

from registrar.bus import Bus
from registrar.core.piecewise import PAUSE, PIECE, Piecewise
from registrar.model.events import Subject
from registrar.slices import Slices


class Telling:
    """The way of events to the bus."""

    def __init__(self, bus: Bus, slices: Slices) -> None:
        self._bus = bus
        self._slices = slices
        self._untold: deque[tuple[Iterator[Subject], float]] = deque()
        """Events that wait until those before them are published."""
        self._task: asyncio.Task[None] | None = None

    def tell(self, events: Sequence[Subject], now: float) -> None:
        """Publish the events; very many, or some while others wait, behind those before and in slices."""
        if self._task is None and len(events) <= PIECE:
            for event in events:
                self._bus.publish(event, now)
            return
        self._queue(iter(events), now)

    def tell_some(self, events: Iterator[Subject], count: int, now: float) -> None:
        """Publish events that are made as they are told: so many of them."""
        if count <= PIECE:
            self.tell(list(events), now)
        else:
            self._queue(events, now)

    async def told(self) -> None:
        """Return when everything is published."""
        if self._task is not None:
            await asyncio.shield(self._task)

    def _queue(self, events: Iterator[Subject], now: float) -> None:
        self._untold.append((events, now))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._slices.run(self._publish()), name="events")

    def _publish(self) -> Piecewise[None]:
        while self._untold:
            events, now = self._untold[0]
            try:
                for event in events:
                    self._bus.publish(event, now)
                    yield PAUSE
            except Exception as fault:  # of one who is told: the others are told of what follows
                loop = asyncio.get_running_loop()
                loop.call_exception_handler({"message": "telling of an event", "exception": fault})
                continue
            self._untold.popleft()
        self._task = None
