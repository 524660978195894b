"""Whose turn it is: what waits, a queue for each source address, one of each in turn, within bounds."""

import sys
from collections import deque
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Bounds(NamedTuple):
    """How much may wait; nothing is bounded where whoever puts it there sees to that."""

    things_of_source: int = sys.maxsize
    octets_of_source: int = sys.maxsize
    octets: int = sys.maxsize
    sources: int = sys.maxsize


class _Queue(Generic[T]):
    __slots__ = ("octets", "things")

    def __init__(self) -> None:
        self.things: deque[tuple[T, int]] = deque()
        self.octets = 0


class Rota(Generic[T]):
    """Waiting things of many sources."""

    def __init__(self, bounds: Bounds = Bounds()) -> None:  # noqa: B008 - immutable
        self.octets = 0
        """Of all that waits."""
        self._bounds = bounds
        self._queues: dict[str, _Queue[T]] = {}
        self._turn: deque[str] = deque()
        """The sources of whom something waits, the next one first."""

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._turn)

    def __contains__(self, source: str) -> bool:
        return source in self._queues

    def waiting(self, source: str) -> int:
        """Return how much of a source waits."""
        queue = self._queues.get(source)
        return len(queue.things) if queue is not None else 0

    def __len__(self) -> int:
        """How many sources wait."""
        return len(self._turn)

    def put(self, source: str, thing: T, octets: int = 0) -> int:
        """Let a thing wait, behind those of its source; return how many were dropped for it, or itself.

        Where there are too many octets, what would have its turn next has waited longest and makes room. Where too
        many sources wait, no other joins them: in the time of a flood that must cost least of all.
        """
        bounds = self._bounds
        queue = self._queues.get(source)
        if queue is None:
            if len(self._turn) >= bounds.sources:
                return 1
        elif len(queue.things) >= bounds.things_of_source or queue.octets >= bounds.octets_of_source:
            return 1
        dropped = 0
        while self.octets + octets > bounds.octets and self._turn:
            self.take()
            dropped += 1
        queue = self._queues.get(source)
        if queue is None:
            queue = self._queues[source] = _Queue()
            self._turn.append(source)
        queue.things.append((thing, octets))
        queue.octets += octets
        self.octets += octets
        return dropped

    def take(self) -> T:
        """Return the oldest thing of the source whose turn it is. Raises ``IndexError`` when nothing waits."""
        source = self._turn.popleft()
        queue = self._queues[source]
        thing, octets = queue.things.popleft()
        queue.octets -= octets
        self.octets -= octets
        if queue.things:
            self._turn.append(source)
        else:
            del self._queues[source]
        return thing
