"""Things in their order, for pages: a page costs what it shows, wherever it is.

Nothing of it is kept until somebody looks. Then the order is made in pieces, because sorting a million at once takes a
quarter of a second in which no phone is answered, and kept up from there.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any, Final, Generic, TypeVar

from registrar.core.piecewise import PAUSE, PIECE, Piecewise, in_pieces, let_go

T = TypeVar("T", bound=tuple[Any, ...])

CHUNK: Final = 512
"""Things in a list as it is made; it is split when there are twice as many."""
SAMPLES: Final = 4096
"""Things at most that tell where the others go."""


class Ordered(Generic[T]):
    """Things in ascending order, in lists of some hundred; each is there once."""

    def __init__(self) -> None:
        self._chunks: list[list[T]] = []
        self._lasts: list[T] = []
        """The last of each list."""
        self._length = 0

    @classmethod
    def of(cls, things: list[T]) -> Piecewise["Ordered[T]"]:
        """Put things in order that are all different. The list is empty afterwards."""
        ordered = yield from cls._as_they_come(things)
        if ordered is None:
            ordered = yield from cls._by_heaps(things)
        yield from let_go(things)
        return ordered

    @classmethod
    def _as_they_come(cls, things: list[T]) -> Piecewise["Ordered[T] | None"]:
        """Put things in order that nearly are: what was registered first stands in front, ranges count on."""
        ordered = cls()
        for start in range(0, len(things), CHUNK):
            chunk = sorted(things[start : start + CHUNK])
            if ordered._lasts and chunk[0] < ordered._lasts[-1]:
                return None
            ordered._append(chunk)
            yield PAUSE
        return ordered

    @classmethod
    def _by_heaps(cls, things: list[T]) -> Piecewise["Ordered[T]"]:
        """Put things into heaps by where they stand among some, then each heap in order."""
        ordered = cls()
        between = sorted(things[:: max(CHUNK // 4, len(things) // SAMPLES)])[::4]
        heaps: list[list[T]] = [[] for _ in range(len(between) + 1)]
        while things:
            for thing in things[-PIECE:]:
                heaps[bisect_right(between, thing)].append(thing)
            del things[-PIECE:]
            yield PAUSE
        for heap in heaps:
            heap.sort()
            for start in range(0, len(heap), CHUNK):
                ordered._append(heap[start : start + CHUNK])
            yield PAUSE
        return ordered

    def _append(self, chunk: list[T]) -> None:
        self._chunks.append(chunk)
        self._lasts.append(chunk[-1])
        self._length += len(chunk)

    def copy(self) -> "Ordered[T]":
        """Return another with the same things."""
        other: Ordered[T] = Ordered()
        other._chunks, other._lasts = [chunk.copy() for chunk in self._chunks], self._lasts.copy()
        other._length = self._length
        return other

    def let_go(self) -> Piecewise[None]:
        """Forget everything: of a million at once that takes long as well."""
        while self._chunks:
            self._length -= len(self._chunks.pop())
            self._lasts.pop()
            yield PAUSE

    def __len__(self) -> int:
        return self._length

    def add(self, thing: T) -> None:
        """Put a thing in its place, unless it is there."""
        chunks, lasts = self._chunks, self._lasts
        at = bisect_left(lasts, thing)
        if at == len(lasts):
            if not chunks:
                chunks.append([])
                lasts.append(thing)
            at = len(chunks) - 1
            lasts[at] = thing
        chunk = chunks[at]
        place = bisect_left(chunk, thing)
        if place < len(chunk) and chunk[place] == thing:
            return
        chunk.insert(place, thing)
        self._length += 1
        if len(chunk) > 2 * CHUNK:
            chunks.insert(at + 1, chunk[CHUNK:])
            del chunk[CHUNK:]
            lasts.insert(at, chunk[-1])

    def discard(self, thing: T) -> None:
        """Take a thing out, if it is there."""
        at = bisect_left(self._lasts, thing)
        if at == len(self._lasts):
            return
        chunk = self._chunks[at]
        place = bisect_left(chunk, thing)
        if chunk[place] != thing:
            return
        del chunk[place]
        self._length -= 1
        if not chunk:
            del self._chunks[at], self._lasts[at]
        elif place == len(chunk):
            self._lasts[at] = chunk[-1]

    def before(self, place: Any) -> int:
        """Return how many come before a place, which is as a thing or the beginning of one."""
        at = bisect_left(self._lasts, place)
        chunks = self._chunks
        return sum(map(len, chunks[:at])) + (bisect_left(chunks[at], place) if at < len(chunks) else 0)

    def part(self, start: int, stop: int) -> list[T]:
        """Return the things from the one place to before the other, counted from 0."""
        start, stop = max(0, start), min(stop, self._length)
        found: list[T] = []
        ends = accumulate(map(len, self._chunks))
        for chunk, end in zip(self._chunks, ends, strict=True):
            if end > start:
                first = end - len(chunk)
                if first >= stop:
                    break
                found += chunk[max(0, start - first) : stop - first]
        return found

    def page(self, offset: int, limit: int, *, down: bool = False) -> list[T]:
        """Return ``limit`` things after ``offset`` others; ``down`` counts from the end."""
        if not down:
            return self.part(offset, offset + limit)
        return self.part(self._length - offset - limit, self._length - offset)[::-1]

    def walk(self, *, down: bool = False) -> Iterator[list[T]]:
        """Yield everything, some at a time. What is put in or taken out meanwhile is met or not, all else once."""
        if not self._chunks:
            return
        step = self._preceding if down else self._following
        met = self._chunks[-1][-PIECE:][::-1] if down else self._chunks[0][:PIECE]
        while met:
            yield met
            met = step(met[-1])

    def _following(self, thing: T) -> list[T]:
        at = bisect_right(self._lasts, thing)
        if at == len(self._lasts):
            return []
        chunk = self._chunks[at]
        place = bisect_right(chunk, thing)
        return chunk[place : place + PIECE]

    def _preceding(self, thing: T) -> list[T]:
        at = bisect_left(self._lasts, thing)
        place = bisect_left(self._chunks[at], thing) if at < len(self._chunks) else 0
        if not place:
            at -= 1
            if at < 0:
                return []
            place = len(self._chunks[at])
        return self._chunks[at][max(0, place - PIECE) : place][::-1]


class Kept(Generic[T]):
    """An order that is made when somebody looks, and kept up from then on."""

    def __init__(self, everything: Callable[[], Piecewise[list[T]]]) -> None:
        """``everything`` gathers what there is; what changes while it does is told by ``add`` and ``discard``."""
        self.followed = False
        """Whether somebody has looked: what comes and goes is to be told from then on."""
        self._everything = everything
        self._order: Ordered[T] | None = None
        self._making: Piecewise[None] | None = None
        self._meanwhile: list[tuple[T, bool]] = []

    def add(self, thing: T) -> None:
        """There is one more."""
        if self._order is not None:
            self._order.add(thing)
        elif self._making is not None:
            self._meanwhile.append((thing, True))

    def discard(self, thing: T) -> None:
        """One is gone."""
        if self._order is not None:
            self._order.discard(thing)
        elif self._making is not None:
            self._meanwhile.append((thing, False))

    def look(self) -> Piecewise[Ordered[T]]:
        """Return the order, made first if need be; whoever looks meanwhile helps to make it."""
        while self._order is None:
            if self._making is None:
                self._making, self.followed = self._made(), True
            next(self._making, None)
            yield PAUSE
        return self._order

    def copy(self) -> Ordered[T] | None:
        """Return another order like the one that is kept, if there is one."""
        return self._order.copy() if self._order is not None else None

    def replace(self, order: Ordered[T] | None) -> Ordered[T] | None:
        """Keep another order, or make it when somebody looks again; return the one before."""
        before, self._order = self._order, order
        self._making = None
        return before

    def _made(self) -> Piecewise[None]:
        self._meanwhile = []
        order = yield from Ordered.of((yield from self._everything()))
        while self._meanwhile:
            late, self._meanwhile = self._meanwhile, []
            for piece in in_pieces(late):
                for thing, there in piece:
                    (order.add if there else order.discard)(thing)
                yield PAUSE
        self._order, self._making = order, None
