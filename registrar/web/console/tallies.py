"""What is counted of a system to be shown: registrations by port and kind, refusals, messages a second.

Both counts are kept up by reading only what happened since the last look, so that looking costs as little with
100,000 registrations as with ten.
"""

from collections import Counter, deque
from typing import NamedTuple

from registrar.model.binding import Binding
from registrar.model.events import BindingEvent, CommandEvent, EventType, StoreEvent
from registrar.model.flow import Listener, Transport
from registrar.system import System

RECENT = 300.0
"""Seconds within which a refusal counts as recent."""
RATE = 10.0
"""Seconds over which messages are counted for a rate."""

PortKey = tuple[int, Transport]


Mark = tuple[int, str, bool, int]
"""What a registration is counted by: port, transport, whether it is downgraded, the policy it was accepted under."""


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
    """Counts of the registrations there are."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._read = -1
        """The last event that is counted; -1 before the first count."""
        self._marks: dict[tuple[str, str, str], Mark] = {}
        self._counts: Counter[Mark] = Counter()

    def look(self, now: float) -> Tallies:
        """Return how things stand."""
        self._update()
        policy = self._system.state.policy.value
        by_port: Counter[PortKey] = Counter()
        downgraded = stale = encrypted = 0
        for (port, transport, promised, then), count in self._counts.items():
            by_port[port, Transport(transport)] += count
            downgraded += count * promised
            stale += count * (then != policy)
            encrypted += count * (transport == Transport.TLS.value)
        total = len(self._marks)
        recent = [refusal for refusal in self._system.refusals() if now - refusal.last_at <= RECENT]
        refused = sum(refusal.times for refusal in recent)
        return Tallies(total, encrypted, total - encrypted, downgraded, stale, by_port, len(recent), refused)

    def _update(self) -> None:
        bus = self._system.bus
        if self._read < 0 or self._read + 1 < bus.oldest_id:
            self._count()
            return
        for event in bus.since(self._read):
            subject = event.subject
            if isinstance(subject, BindingEvent):
                if subject.type is EventType.UNREGISTERED:
                    self._remove(subject.binding)
                else:
                    self._put(subject.binding)
            elif isinstance(subject, (CommandEvent, StoreEvent)):  # of what a command replaced, or was taken back
                self._count()
                return
        self._read = bus.last_id

    def _count(self) -> None:
        self._marks.clear()
        self._counts.clear()
        for binding in self._system.state.all_bindings():
            self._put(binding)
        self._read = self._system.bus.last_id

    def _put(self, binding: Binding) -> None:
        listener, decision = binding.flow.listener, binding.decision
        key, mark = (
            binding.key,
            (listener.port, listener.transport._value_, decision.downgraded, decision.policy._value_),
        )
        before = self._marks.get(key)
        if before == mark:
            return
        if before is not None:
            self._counts[before] -= 1
        self._marks[key] = mark
        self._counts[mark] += 1

    def _remove(self, binding: Binding) -> None:
        mark = self._marks.pop(binding.key, None)
        if mark is not None:
            self._counts[mark] -= 1


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
