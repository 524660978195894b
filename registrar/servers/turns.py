"""Datagrams that wait, a queue for each source address; sources take turns, so that one that floods delays itself.

A source address may be a lie, and there are more addresses than places. So those that have proven that they are there
(``registrar.servers.proven``) wait apart from all others, and both kinds are served in turn: however many addresses a
flood is written from, whoever is known has half of what is served. Strangers share the other half; where there are
too many of them, those that have waited longest make room, so that who is served is answered soon.
"""

from collections import deque
from collections.abc import Callable, Container

from registrar.model.flow import Address

SOURCE_DATAGRAMS = 10_000
"""That wait of one source: a lab's whole fleet may come from one, and come at once."""
SOURCE_OCTETS = 8 * 1024 * 1024
OCTETS = 32 * 1024 * 1024
"""Of all known sources together, and of all strangers."""
SOURCES = 4096
"""Known ones that wait, and strangers."""

Datagram = tuple[bytes, Address]


class _Queue:
    __slots__ = ("datagrams", "octets")

    def __init__(self) -> None:
        self.datagrams: deque[Datagram] = deque()
        self.octets = 0


class _Waiting:
    """Of one kind of sources."""

    def __init__(self) -> None:
        self.queues: dict[str, _Queue] = {}
        self.turn: deque[str] = deque()
        """The sources of whom something waits, the next one first."""
        self.octets = 0

    def put(self, data: bytes, address: Address) -> int:
        """Let a datagram wait, behind those of its source; return how many were dropped for it, or itself."""
        source = address[0]
        octets = len(data)
        queue = self.queues.get(source)
        if queue is not None and (len(queue.datagrams) >= SOURCE_DATAGRAMS or queue.octets >= SOURCE_OCTETS):
            return 1
        dropped = 0
        while self.turn and (self.octets + octets > OCTETS or (queue is None and len(self.queues) >= SOURCES)):
            self.take()
            dropped += 1
            queue = self.queues.get(source)
        if queue is None:
            queue = self.queues[source] = _Queue()
            self.turn.append(source)
        queue.datagrams.append((data, address))
        queue.octets += octets
        self.octets += octets
        return dropped

    def take(self) -> Datagram:
        source = self.turn.popleft()
        queue = self.queues[source]
        datagram = queue.datagrams.popleft()
        queue.octets -= len(datagram[0])
        self.octets -= len(datagram[0])
        if queue.datagrams:
            self.turn.append(source)
        else:
            del self.queues[source]
        return datagram


class Turns:
    """Waiting datagrams in bounded memory; what does not fit is dropped, as UDP may."""

    def __init__(self, known: Container[str] = (), dropped: Callable[[], None] = lambda: None) -> None:
        """``known`` are the addresses that are no lies; ``dropped`` is called for each datagram that is dropped."""
        self._known = known
        self._tell = dropped
        self._of_known = _Waiting()
        self._of_strangers = _Waiting()
        self._strangers_next = False

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._of_known.turn or self._of_strangers.turn)

    def put(self, data: bytes, address: Address) -> None:
        """Let a datagram wait for its turn."""
        waiting = self._of_known if address[0] in self._known else self._of_strangers
        for _ in range(waiting.put(data, address)):
            self._tell()

    def take(self) -> Datagram:
        """Return the oldest datagram of the source whose turn it is. Raises ``IndexError`` when nothing waits."""
        known, strangers = self._of_known, self._of_strangers
        self._strangers_next = not self._strangers_next
        if not known.turn or (strangers.turn and self._strangers_next):
            return strangers.take()
        return known.take()

    def clear(self) -> None:
        """Drop everything."""
        self._of_known, self._of_strangers = _Waiting(), _Waiting()
