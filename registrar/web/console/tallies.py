"""What is counted of a system to be shown: registrations by port and kind, refusals, messages a second."""

from collections import Counter
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


def tallies(system: System, now: float) -> Tallies:
    """Count what there is."""
    counts: dict[int, int] = {}
    listeners: dict[int, Listener] = {}
    policy = system.state.policy
    downgraded = stale = 0
    for binding in system.state.all_bindings():
        if binding.expires_at > now:
            listener, decision = binding.flow.listener, binding.decision
            place = id(listener)  # its own hash is slow, and there are few
            counts[place] = counts.get(place, 0) + 1
            listeners[place] = listener
            downgraded += decision.downgraded
            stale += decision.policy is not policy
    by_port: Counter[PortKey] = Counter()
    for place, listener in listeners.items():
        by_port[listener.port, listener.transport] += counts[place]
    total = sum(counts.values())
    encrypted = sum(counts[place] for place, listener in listeners.items() if listener.secure)
    recent = [refusal for refusal in system.refusals() if now - refusal.last_at <= RECENT]
    refused = sum(refusal.times for refusal in recent)
    return Tallies(total, encrypted, total - encrypted, downgraded, stale, by_port, len(recent), refused)


def rates(system: System, now: float) -> dict[PortKey, float]:
    """Messages a second received on each port, over the last ten seconds or what the trace still holds of them."""
    earliest, counts = system.trace.received_since(now - RATE)
    span = max(now - earliest, 0.5)
    return {(listener.port, listener.transport): count / span for listener, count in counts.items()}
