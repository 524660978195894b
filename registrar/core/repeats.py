"""A phone repeats its refused REGISTER for hours; the same thing happening again is one event with a count."""

from collections.abc import Callable
from itertools import islice
from typing import Final

from registrar.model.events import Event, RefusalEvent, StoreEvent, Subject, WireEvent

Repeatable = RefusalEvent | WireEvent | StoreEvent

MOST: Final = 150
"""Told at once in a second, and as many once a second of those kept back: a log keeps 10,000 lines in 30 s, as journald
does, and who writes addresses and numbers of his own making fills no disk."""

_Key = tuple[str, ...]


class Repeats:
    """Counts what happens again.

    The same refusal (number, source, terminal, reason, row), the same refused handshake or malformed message (port,
    source, detail), the same fault of the store within ``memory`` seconds is counted with the first; it is published
    at once the first time and then at most once a second. Where strangers let too much happen, it is published later,
    the oldest first, as long as it is remembered.
    """

    def __init__(
        self, publish: Callable[[Subject, float, int], Event], memory: float = 900.0, entries: int = 4096
    ) -> None:
        self._publish = publish
        self._memory = memory
        self._entries = entries
        self._known: dict[_Key, tuple[Repeatable, int]] = {}
        """As last counted, and the id of the event that last told of it."""
        self._untold: dict[_Key, None] = {}
        self._second = 0.0
        self._told = 0
        """At once, since then."""

    def happened(self, subject: Repeatable) -> None:
        """Count a subject (with ``times`` 1) and publish it unless it happened less than a second ago."""
        key = _key(subject)
        now = subject.last_at
        known = self._known.pop(key, None)
        told = 0
        quiet = False
        if known is not None and now - known[0].last_at <= self._memory:
            before, told = known
            quiet = now - before.last_at < 1.0
            subject = subject._replace(times=before.times + 1, first_at=before.first_at)
        if not 0 <= now - self._second < 1.0:
            self._second, self._told = now, 0
        crowded = self._told >= MOST and not isinstance(subject, StoreEvent)
        if quiet or crowded:
            self._untold[key] = None
        else:
            self._told += 1
            told = self._publish(subject, now, told).id
            self._untold.pop(key, None)
        if len(self._known) >= self._entries:
            oldest = next(iter(self._known))
            del self._known[oldest]
            self._untold.pop(oldest, None)
        self._known[key] = (subject, told)

    def tell(self, now: float) -> None:
        """Publish the counts that were kept back; called about once a second."""
        for key in list(islice(self._untold, MOST)):
            subject, told = self._known[key]
            self._known[key] = (subject, self._publish(subject, now, told).id)
            del self._untold[key]

    def refusals(self) -> list[RefusalEvent]:
        """Return the refusals in memory, the one heard last at the end."""
        return [subject for subject, _ in self._known.values() if isinstance(subject, RefusalEvent)]


def _key(subject: Repeatable) -> _Key:
    if isinstance(subject, WireEvent):
        return subject.type.value, str(subject.listener.port), subject.address[0], subject.detail
    if isinstance(subject, StoreEvent):
        return subject.type.value, subject.detail
    attempt, outcome = subject.attempt, subject.outcome
    reason = outcome.reason.value if outcome.reason else ""
    return attempt.number, attempt.flow.address[0], outcome.terminal.text, reason, outcome.decision.row.id
