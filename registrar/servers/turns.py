"""Datagrams that wait, a queue for each source address; sources take turns, so that one that floods delays itself."""

from collections import deque

from registrar.model.flow import Address

SOURCE_DATAGRAMS = 10_000
"""That wait of one source: a lab's whole fleet may come from one, and come at once."""
SOURCE_OCTETS = 8 * 1024 * 1024
OCTETS = 64 * 1024 * 1024
"""Of all sources together."""
SOURCES = 4096

Datagram = tuple[bytes, Address]


class _Queue:
    __slots__ = ("datagrams", "octets")

    def __init__(self) -> None:
        self.datagrams: deque[Datagram] = deque()
        self.octets = 0


class Turns:
    """Waiting datagrams in bounded memory; what does not fit is dropped, as UDP may."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}
        self._turn: deque[str] = deque()
        """The sources of whom something waits, the next one first."""
        self._octets = 0
        self.dropped = 0

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._turn)

    def put(self, data: bytes, address: Address) -> None:
        """Let a datagram wait, behind those of its source."""
        source = address[0]
        queue = self._queues.get(source)
        octets = len(data)
        if (
            self._octets + octets > OCTETS
            or (queue is None and len(self._queues) >= SOURCES)
            or (queue is not None and (len(queue.datagrams) >= SOURCE_DATAGRAMS or queue.octets >= SOURCE_OCTETS))
        ):
            self.dropped += 1
            return
        if queue is None:
            queue = self._queues[source] = _Queue()
            self._turn.append(source)
        queue.datagrams.append((data, address))
        queue.octets += octets
        self._octets += octets

    def take(self) -> Datagram:
        """Return the oldest datagram of the source whose turn it is. Raises ``IndexError`` when nothing waits."""
        source = self._turn.popleft()
        queue = self._queues[source]
        datagram = queue.datagrams.popleft()
        queue.octets -= len(datagram[0])
        self._octets -= len(datagram[0])
        if queue.datagrams:
            self._turn.append(source)
        else:
            del self._queues[source]
        return datagram

    def clear(self) -> None:
        """Drop everything."""
        self._queues.clear()
        self._turn.clear()
        self._octets = 0
