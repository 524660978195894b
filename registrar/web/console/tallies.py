"""What is counted of a system to be shown: registrations by port and kind, refusals, messages a second.

Looking costs as little with a million registrations as with ten: the system counts them as they come and go, and of the
trace only what is new is read.
"""

from collections import Counter, deque
from typing import NamedTuple

from registrar.model.flow import Listener, Transport
from registrar.system import System

RECENT = 300.0
"""Seconds within which a refusal counts as recent."""
RATE = 10.0
"""Seconds over which messages are counted for a rate."""

PortKey = tuple[int, Transport]


class Tallies(NamedTuple):
    """How things stand."""

    registrations: int
    encrypted: int
    plain: int
    downgraded: int
    stale: int
    """Accepted under another policy than the one in force."""
    by_port: Counter[PortKey]
    refusals: int
    """In the last five minutes, identical ones counted once."""
    refused: int
    """The same, each time counted."""

    def on(self, listener: Listener) -> int:
        """Registrations that came in on the port."""
        return self.by_port[listener.port, listener.transport]


class Census:
    """Counts of the registrations there are, and of what was refused lately."""

    def __init__(self, system: System) -> None:
        self._system = system

    def look(self, now: float) -> Tallies:
        """Return how things stand."""
        policy = self._system.state.policy.value
        by_port: Counter[PortKey] = Counter()
        total = downgraded = stale = encrypted = 0
        for (port, transport, promised, then), count in self._system.state.roll.counts.items():
            by_port[port, Transport(transport)] += count
            total += count
            downgraded += count * promised
            stale += count * (then != policy)
            encrypted += count * (transport == Transport.TLS.value)
        recent = [refusal for refusal in self._system.refusals() if now - refusal.last_at <= RECENT]
        refused = sum(refusal.times for refusal in recent)
        return Tallies(total, encrypted, total - encrypted, downgraded, stale, by_port, len(recent), refused)


class Rates:
    """Messages a second received on each port, over the last ten seconds or what is known of them."""

    def __init__(self, system: System) -> None:
        self._trace = system.trace
        self._read = 0
        self._looked = 0.0
        self._readings: deque[tuple[float, dict[Listener, int]]] = deque(maxlen=1000)
        """Since when, and what came in from then to the next reading."""

    def look(self, now: float) -> dict[PortKey, float]:
        """Return the rates."""
        if self._trace.oldest_id > self._read + 1:  # records went unread
            self._readings.clear()
            self._looked = 0.0
        earliest, counts = self._trace.received_since(now - RATE, self._read)
        self._readings.append((max(earliest, self._looked), counts))
        self._read, self._looked = self._trace.last_id, now
        while self._readings[0][0] < now - RATE:
            self._readings.popleft()
        span = max(now - self._readings[0][0], 0.5)
        found: Counter[PortKey] = Counter()
        for _, reading in self._readings:
            for listener, count in reading.items():
                found[listener.port, listener.transport] += count
        return {port: count / span for port, count in found.items()}
