"""Long work goes on in slices, one of them at a time, and everything else has its turn between two."""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from registrar.core.piecewise import Piecewise

T = TypeVar("T")

SLICE: Final = 0.003
"""Seconds of work at a stretch. A registration that is challenged and stored waits for three of them at worst."""
PATIENCE: Final = 20
"""Milliseconds that a slice gives way to whatever is in a hurry."""
STAYS: Final = 50_000
"""Objects that stay when long work ends, beyond which the garbage collector is not to look at them."""


class Slices:
    """Does pieces of work as long as a slice lasts.

    Long works at the same time take turns slice by slice: ten of them hold nothing up for longer than one.
    """

    def __init__(
        self, clock: Callable[[], float] = time.perf_counter, hurry: Callable[[], bool] = lambda: False
    ) -> None:
        """``hurry`` tells whether something else needs the processor now.

        A thread does, which writes to the store: between two slices it would get the interpreter for a moment only.
        """
        self.clock = clock
        self._hurry = hurry
        self._turn = asyncio.Lock()
        self._running = 0

    async def run(self, work: Piecewise[T]) -> T:
        """Return what comes of the work."""
        with self.uncollected():
            while True:
                async with self._turn:
                    end = self.clock() + SLICE
                    try:
                        while self.clock() < end:
                            next(work)
                    except StopIteration as done:
                        result: T = done.value
                        return result
                    await self.give_way()  # before the turn goes to the next

    async def give_way(self) -> None:
        """Let everything else have its turn."""
        await asyncio.sleep(0)
        for _ in range(PATIENCE):
            if not self._hurry():
                break
            await asyncio.sleep(0.001)

    @contextmanager
    def uncollected(self) -> Iterator[None]:
        """Look for no garbage: of 50,000 things made at a stretch a look takes 20 ms, and nearly all are in use."""
        if not self._running and not gc.isenabled():
            yield
            return
        self._running += 1
        gc.disable()
        try:
            yield
        finally:
            self._running -= 1
            if not self._running:
                if gc.get_count()[0] > STAYS:
                    gc.freeze()
                gc.enable()
