"""Counts for Prometheus: plain numbers on the hot path, metric families only when somebody asks."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from registrar.model.events import EventType
from registrar.model.outcome import Outcome
from registrar.model.policy import Protocol

if TYPE_CHECKING:
    from prometheus_client.core import Metric

BOUNDS: Final[tuple[float, ...]] = (
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
)
"""Seconds: the upper bounds of the classes that answers are counted in."""
REFUSED: Final = "refused"


class Tally:
    """What happened since the start."""

    def __init__(self) -> None:
        self._accepted: dict[tuple[str, bool, str], int] = {}
        self._refused: dict[tuple[str, str, str], int] = {}
        self._wire: Counter[str] = Counter()
        self._store_failures = 0
        self._dropped: Counter[str] = Counter()
        self._withheld: Counter[str] = Counter()
        self._handshakes: Counter[tuple[str, str]] = Counter()
        self._answered = {protocol._value_: [0] * (len(BOUNDS) + 1) for protocol in Protocol}
        self._seconds = {protocol._value_: 0.0 for protocol in Protocol}

    def accepted(self, outcome: Outcome) -> None:
        """Count an accepted registration, refresh, removal or query."""
        decision = outcome.decision
        key = (decision.protocol._value_, decision.secure_port, decision.row.id)
        self._accepted[key] = self._accepted.get(key, 0) + 1

    def refused(self, outcome: Outcome) -> None:
        """Count a refusal or a challenge."""
        reason = outcome.reason
        decision = outcome.decision
        key = (decision.protocol._value_, reason._value_ if reason is not None else "", decision.row.id)
        self._refused[key] = self._refused.get(key, 0) + 1

    def wire(self, kind: EventType) -> None:
        """Count what never became an attempt."""
        self._wire[kind.value] += 1

    def handshake(self, protocol: str, result: str) -> None:
        """Count a TLS handshake by the version that was agreed, or as ``REFUSED``."""
        self._handshakes[protocol, result] += 1

    def answered(self, protocol: str, seconds: float) -> None:
        """Count an answer to a registration by the time since its request was read, storing included."""
        place = bisect_left(BOUNDS, seconds) if seconds > BOUNDS[0] else 0
        self._answered[protocol][place] += 1
        self._seconds[protocol] += seconds

    def datagram_dropped(self, protocol: str) -> None:
        """Count a datagram that was not looked at, since too many waited."""
        self._dropped[protocol] += 1

    def answer_withheld(self, protocol: str) -> None:
        """Count an answer not sent: it would have been much longer than what an unproven address had sent."""
        self._withheld[protocol] += 1

    def store_failed(self) -> None:
        """Count a registration or command that could not be stored."""
        self._store_failures += 1

    def families(self) -> "Iterable[Metric]":
        """Yield the counts as metric families."""
        # imported here: a start does not wait for it
        from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

        accepted = CounterMetricFamily(
            "registrar_registrations_accepted",
            "Registrations, refreshes, removals and queries accepted",
            labels=["protocol", "secure", "row"],
        )
        for (protocol, secure, row), count in self._accepted.items():
            accepted.add_metric([protocol, "yes" if secure else "no", row], count)
        yield accepted
        refused = CounterMetricFamily(
            "registrar_registrations_refused",
            "Registrations refused or challenged, by reason and policy row",
            labels=["protocol", "reason", "row"],
        )
        for (protocol, reason, row), count in self._refused.items():
            refused.add_metric([protocol, reason, row], count)
        yield refused
        wire = CounterMetricFamily(
            "registrar_wire_events", "Refused TLS handshakes and malformed messages", labels=["type"]
        )
        for kind, count in self._wire.items():
            wire.add_metric([kind], count)
        yield wire
        handshakes = CounterMetricFamily(
            "registrar_tls_handshakes",
            "TLS handshakes by the version agreed, or refused",
            labels=["protocol", "result"],
        )
        for labels, count in self._handshakes.items():
            handshakes.add_metric(labels, count)
        yield handshakes
        answered = HistogramMetricFamily(
            "registrar_answer_seconds",
            "From reading a registration to answering it, storing included",
            labels=["protocol"],
        )
        for name, counts in self._answered.items():
            totals = list(zip((*map(str, BOUNDS), "+Inf"), accumulate(counts), strict=True))
            answered.add_metric([name], totals, self._seconds[name])
        yield answered
        for name, text, by_protocol in (
            ("registrar_datagrams_dropped", "Datagrams not looked at, since too many waited", self._dropped),
            ("registrar_answers_withheld", "Answers too long for the address they would go to", self._withheld),
        ):
            counted = CounterMetricFamily(name, text, labels=["protocol"])
            for protocol in self._answered:
                counted.add_metric([protocol], by_protocol[protocol])
            yield counted
        yield CounterMetricFamily(
            "registrar_store_failures",
            "Registrations and commands taken back because they could not be stored",
            self._store_failures,
        )


class Collector:
    """A Prometheus collector over a tally and the gauges of a running system."""

    def __init__(self, tally: Tally, gauges: Callable[[], Iterable[tuple[str, str, float]]]) -> None:
        """``gauges`` gives name, help text and present value."""
        self._tally = tally
        self._gauges = gauges

    def collect(self) -> "Iterable[Metric]":
        """Yield every metric family."""
        from prometheus_client.core import GaugeMetricFamily

        yield from self._tally.families()
        for name, text, value in self._gauges():
            yield GaugeMetricFamily(name, text, value=value)
