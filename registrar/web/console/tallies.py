"""What is counted of a system to be shown: registrations by port and kind, refusals, messages a second."""

from collections import Counter
from typing import NamedTuple

from registrar.model.flow import Listener, Transport
from registrar.model.policy import Policy
from registrar.system import System
from registrar.trace.recorder import Kind

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
    by_port: Counter[PortKey] = Counter()
    policy: Policy = system.state.policy
    encrypted = downgraded = stale = total = 0
    for binding in system.state.all_bindings():
        if binding.expires_at <= now:
            continue
        total += 1
        listener, decision = binding.flow.listener, binding.decision
        by_port[listener.port, listener.transport] += 1
        encrypted += listener.secure
        downgraded += decision.downgraded
        stale += decision.policy is not policy
    recent = [refusal for refusal in system.refusals() if now - refusal.last_at <= RECENT]
    return Tallies(
        total,
        encrypted,
        total - encrypted,
        downgraded,
        stale,
        by_port,
        len(recent),
        sum(refusal.times for refusal in recent),
    )


def rates(system: System, now: float) -> dict[PortKey, float]:
    """Messages a second received on each port, over the last ten seconds or what the trace still holds of them."""
    counted: Counter[PortKey] = Counter()
    oldest = now
    for record in system.trace.newest_first():
        if now - record.time > RATE:
            oldest = now - RATE
            break
        oldest = record.time
        if record.kind is Kind.RECEIVED:
            counted[record.flow.listener.port, record.flow.listener.transport] += 1
    whole = system.trace.oldest_id == 1 or now - oldest >= RATE
    span = RATE if whole else max(now - oldest, 0.5)
    return {port: count / span for port, count in counted.items()}
