"""What a fleet counted: how logons ended, how long they took, what went over the wire."""

from array import array
from collections import Counter
from typing import Any, Final

from registrar.phones.phone import Phone, State

PERCENTILES: Final = (50, 90, 99)


class Tally:
    """Counts of one fleet."""

    def __init__(self) -> None:
        self.sent = 0
        self.received = 0
        self.lost = 0
        """Datagrams lost on purpose, or because a socket took no more."""
        self.repeated = 0
        self.words: Counter[str] = Counter()
        """What the registrar said to those it did not register, and what failed."""
        self.registered = self.refused = self.prompted = self.failed = 0
        """Logons by where they ended."""
        self.seconds = array("d")
        """How long each logon took that ended registered."""

    def settled(self, phone: Phone, seconds: float) -> None:
        """Count a logon that came to an end."""
        state = phone.state
        if state is State.REGISTERED:
            self.registered += 1
            self.seconds.append(seconds)
            return
        self.words[phone.words] += 1
        self.refused += state is State.REFUSED
        self.prompted += state is State.PROMPTING
        self.failed += state is State.FAILED

    def percentiles(self) -> dict[str, float]:
        """Return how long logons took, in milliseconds; empty when none ended registered."""
        if not self.seconds:
            return {}
        ordered = sorted(self.seconds)
        last = len(ordered) - 1
        found = {f"p{percent}": ordered[round(last * percent / 100)] * 1000 for percent in PERCENTILES}
        return {name: round(value, 3) for name, value in {**found, "max": ordered[-1] * 1000}.items()}

    def report(self, seconds: float, processor: float) -> dict[str, Any]:
        """Return everything, for JSON: ``seconds`` it took and ``processor`` seconds of this process."""
        registered = self.registered
        return {
            "registered": registered,
            "refused": self.refused,
            "prompted": self.prompted,
            "failed": self.failed,
            "seconds": round(seconds, 3),
            "per_second": round(registered / seconds, 1) if seconds else 0.0,
            "processor_us_each": round(processor / registered * 1e6, 1) if registered else None,
            "latency_ms": self.percentiles(),
            "sent": self.sent,
            "received": self.received,
            "repeated": self.repeated,
            "lost": self.lost,
            "words": dict(self.words.most_common(20)),
        }
