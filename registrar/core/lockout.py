"""Wrong PINs are counted by burst, per number and per source address; too many lock for a while.

Attempts during a lock neither prolong it nor count. An unknown number is counted like a known one.
"""

from typing import NamedTuple

from registrar.core.limits import Limits
from registrar.model.changes import SetLock
from registrar.model.lock import Lock


class Failure(NamedTuple):
    """What a wrong PIN led to."""

    repeated: bool
    """The same Call-ID, number and source guessed wrong before."""
    locked_until: float
    """POSIX seconds; 0 when this failure locked nothing."""


class _Count:
    __slots__ = ("failures", "locked_until", "since")

    def __init__(self, since: float) -> None:
        self.failures = 0
        self.since = since
        self.locked_until = 0.0


class Lockout:
    """Failure counts in bounded memory."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._numbers: dict[str, _Count] = {}
        self._sources: dict[str, _Count] = {}
        self._bursts: dict[tuple[str, str, str], float] = {}

    def locked_until(self, number: str, source: str, now: float) -> float:
        """Return the POSIX time at which the lock of number or source ends, 0 when neither is locked."""
        until = 0.0
        for counts, key in ((self._numbers, number), (self._sources, source)):
            count = counts.get(key)
            if count is not None and count.locked_until > now:
                until = max(until, count.locked_until)
        return until

    def fail(self, number: str, source: str, call_id: str, now: float) -> Failure:
        """Count a wrong PIN, or the burst it belongs to."""
        burst = (call_id, number, source)
        counted_at = self._bursts.get(burst)
        if counted_at is not None and now - counted_at < self.limits.burst_seconds:
            return Failure(repeated=True, locked_until=0.0)
        _remember(self._bursts, burst, now, self.limits.lockout_entries)
        until = max(
            self._count(self._numbers, number, self.limits.lockout_failures, now),
            self._count(self._sources, source, self.limits.lockout_source_failures, now),
        )
        return Failure(repeated=counted_at is not None, locked_until=until)

    def succeed(self, number: str, source: str, call_id: str) -> None:
        """Forget the number's failures and the burst: the right PIN was given."""
        if self._numbers:
            self._numbers.pop(number, None)
            self._bursts.pop((call_id, number, source), None)

    def locks(self, now: float) -> list[Lock]:
        """Return the locks in force, those of numbers first."""
        numbers = [Lock(key, "", count.failures, count.locked_until) for key, count in self._numbers.items()]
        sources = [Lock("", key, count.failures, count.locked_until) for key, count in self._sources.items()]
        return [lock for lock in (*numbers, *sources) if lock.until > now]

    def locks_of(self, number: str, source: str, now: float) -> list[Lock]:
        """Return the locks in force of the number and of the source."""
        found = ((number, "", self._numbers.get(number)), ("", source, self._sources.get(source)))
        return [
            Lock(locked, at, count.failures, count.locked_until)
            for locked, at, count in found
            if count is not None and count.locked_until > now
        ]

    def apply(self, change: SetLock) -> SetLock:
        """Put a lock in force, or end it and forget the failures that led to it; return what takes that back."""
        number, source = change.key
        counts, name = (self._numbers, number) if number else (self._sources, source)
        before = counts.pop(name, None)
        if change.lock is not None:
            count = _Count(0.0)
            count.failures, count.locked_until = change.lock.failures, change.lock.until
            _remember(counts, name, count, self.limits.lockout_entries)
        if before is None or not before.locked_until:
            return SetLock(change.key, None)
        return SetLock(change.key, Lock(number, source, before.failures, before.locked_until))

    def _count(self, counts: dict[str, _Count], key: str, threshold: int, now: float) -> float:
        count = counts.get(key)
        expired = count is not None and (
            now - count.since > self.limits.lockout_window if not count.locked_until else count.locked_until <= now
        )
        if count is None or expired:
            count = _Count(now)
        count.failures += 1
        locks = threshold > 0 and count.failures >= threshold and not count.locked_until
        if locks:
            count.locked_until = now + self.limits.lockout_seconds
        _remember(counts, key, count, self.limits.lockout_entries)
        return count.locked_until if locks else 0.0


def _remember(memory: dict, key: object, value: object, entries: int) -> None:  # type: ignore[type-arg]
    memory.pop(key, None)
    if len(memory) >= entries:
        del memory[next(iter(memory))]
    memory[key] = value
