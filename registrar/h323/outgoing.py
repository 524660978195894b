"""Requests of the gatekeeper's own, repeated more and more seldom until they are answered or their time is over."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Final

from registrar.model.flow import Flow

INTERVAL: Final = 3.0
"""Seconds to the second copy (H.225.0 table 27: 3 s for URQ and IRQ); to each further one twice as long."""
LONGEST_INTERVAL: Final = 300.0
"""Seconds between copies at most."""
BATCH: Final = 500
"""Messages sent at a time: unregistering a floor of phones must not flood the network."""
LONGEST_DELAY: Final = 60.0
"""Seconds that a peer may ask to wait; RIP's delay is a minute at most (H.225.0 section 7.18)."""
LAST: Final = 65535
"""requestSeqNum goes from 1 to this and begins anew."""

Peer = tuple[object, ...]
Allowed = Callable[[int], bool]
"""Whether a message of so many octets may be sent to the peer, asked before each copy; where not, it is over."""


class _Pending:
    __slots__ = ("allowed", "due", "flow", "interval", "octets", "sequence", "until")

    def __init__(self, flow: Flow, sequence: int, octets: bytes, allowed: Allowed, until: float, due: float) -> None:
        self.flow = flow
        self.sequence = sequence
        self.octets = octets
        self.allowed = allowed
        self.until = until
        """When no further copy is sent."""
        self.due = due
        self.interval = 0.0
        """Seconds since the copy before, 0 while there was none."""


class Outgoing:
    """What waits for an answer, by peer and requestSeqNum. Times are POSIX seconds."""

    def __init__(self) -> None:
        self._count = 0
        self._pending: dict[Peer, dict[int, _Pending]] = {}
        self._queue: list[tuple[float, int, _Pending]] = []
        """By the time they are due; what is not pending any more is passed over."""

    def __bool__(self) -> bool:
        return bool(self._pending)

    def __len__(self) -> int:
        return sum(map(len, self._pending.values()))

    def send(self, flow: Flow, build: Callable[[int], bytes], allowed: Allowed, seconds: float, now: float) -> None:
        """Send a request with the next ``tick``, and again for so many seconds; ``build`` makes it for a number."""
        sequence = self._count % LAST + 1
        pending = _Pending(flow, sequence, build(sequence), allowed, now + seconds, now)
        self._pending.setdefault(_peer(flow), {})[sequence] = pending
        self._push(pending)

    def answered(self, flow: Flow, sequence: int) -> None:
        """Forget the request that the peer answered."""
        pending = self._find(flow, sequence)
        if pending is not None:
            self._forget(pending)

    def delayed(self, flow: Flow, sequence: int, seconds: float, now: float) -> None:
        """Wait longer for a peer that says it is busy (RIP)."""
        pending = self._find(flow, sequence)
        if pending is not None:
            pending.due = max(pending.due, now + min(seconds, LONGEST_DELAY))

    def forget(self, flow: Flow) -> None:
        """Forget every request to the peer: it registered anew, or cannot be reached any more."""
        self._pending.pop(_peer(flow), None)

    def tick(self, now: float) -> list[tuple[Flow, bytes]]:
        """Return what is to be sent now."""
        sent: list[tuple[Flow, bytes]] = []
        while self._queue and self._queue[0][0] <= now and len(sent) < BATCH:
            _, _, pending = heappop(self._queue)
            if self._find(pending.flow, pending.sequence) is not pending:
                continue
            if pending.due <= now:
                over = pending.interval and now > pending.until
                if over or not pending.allowed(len(pending.octets)):
                    self._forget(pending)
                    continue
                pending.interval = min(2 * pending.interval, LONGEST_INTERVAL) or INTERVAL
                pending.due = now + pending.interval
                sent.append((pending.flow, pending.octets))
            self._push(pending)
        return sent

    def _push(self, pending: _Pending) -> None:
        self._count += 1
        heappush(self._queue, (pending.due, self._count, pending))

    def _find(self, flow: Flow, sequence: int) -> _Pending | None:
        requests = self._pending.get(_peer(flow))
        return requests.get(sequence) if requests is not None else None

    def _forget(self, pending: _Pending) -> None:
        peer = _peer(pending.flow)
        requests = self._pending[peer]
        del requests[pending.sequence]
        if not requests:
            del self._pending[peer]


def _peer(flow: Flow) -> Peer:
    return flow.address, flow.connection
