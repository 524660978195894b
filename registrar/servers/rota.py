"""Whose turn it is: what waits, a queue for each source address, one of each in turn."""

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Rota(Generic[T]):
    """Waiting things of many sources; whoever puts them bounds how many."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[T]] = {}
        self._turn: deque[str] = deque()
        """The sources of whom something waits, the next one first."""

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._turn)

    def put(self, source: str, thing: T) -> None:
        """Let a thing wait, behind those of its source."""
        queue = self._queues.get(source)
        if queue is None:
            queue = self._queues[source] = deque()
            self._turn.append(source)
        queue.append(thing)

    def take(self) -> T:
        """Return the oldest thing of the source whose turn it is. Raises ``IndexError`` when nothing waits."""
        source = self._turn.popleft()
        queue = self._queues[source]
        thing = queue.popleft()
        if queue:
            self._turn.append(source)
        else:
            del self._queues[source]
        return thing
