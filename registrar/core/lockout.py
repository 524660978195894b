"""Wrong PINs are counted by burst, per number and per source address; they slow down, and too many lock for a while.

Attempts during a lock neither prolong it nor count. An unknown number is counted like a known one.

The wait that a number's wrong PINs lead to is for those who guessed: an address that gave no wrong PIN within the
window is heard at once, however often others guess elsewhere. Nothing waits here: whoever comes too early is told when
to come again, right or wrong, so a guesser costs one count and no timer. What is wrong counts meanwhile as well.

What comes from an address that may be a lie, as H.323 over UDP does until it shows otherwise, is counted in a place of
its own, for the number and for all of it together as if it were one source (``UNPROVEN``). It locks and slows down
nothing else: beyond the same numbers nothing unproven is looked at, and whoever proves his address is heard.
"""

from collections.abc import Iterator
from heapq import nlargest
from itertools import islice
from math import ceil
from typing import Final, NamedTuple

from registrar.core.limits import Limits
from registrar.model.changes import SetFailures, SetLock
from registrar.model.lock import UNPROVEN, Failures, Lock

SAVED_AT_ONCE: Final = 256
"""Counts written in one go, once a second: however many guess, the disk has no more of it than this."""

SLOW_FROM: Final = 0.8
"""Of the failures that lock; before it they are typing errors."""
FAILURES_FREE: Final = 4
"""The first failure for a number that slows down where nothing locks it."""

COPIES: Final = 3
"""Wrong PINs that a burst may have without a Call-ID, in H.323: a request is sent so often (H.225.0 table 27)."""

_Key = tuple[str, str]
"""As a lock's."""


class Failure(NamedTuple):
    """What a wrong PIN led to."""

    repeated: bool
    """The same Call-ID, number and source guessed wrong before."""
    locked_until: float
    """POSIX seconds; 0 when this failure locked nothing."""


class _Count:
    __slots__ = ("failures", "last", "locked_until", "since")

    def __init__(self, since: float) -> None:
        self.failures = 0
        self.since = since
        self.last = since
        self.locked_until = 0.0


class _Counts:
    """The counts of numbers, of sources, or of numbers for the unproven, in bounded memory.

    What is locked is kept apart: no wrong PINs of others push it out. A lock gives way to another lock alone, the one
    that is the oldest, where there are as many as are remembered.
    """

    def __init__(self, of_sources: bool = False, source: str = "") -> None:
        self._of_sources = of_sources
        self._source = source
        self.open: dict[str, _Count] = {}
        """Not locked, the one that failed last at the end."""
        self.locked: dict[str, _Count] = {}
        """The one locked last at the end."""

    def key(self, name: str) -> _Key:
        """Return the key of a number, or of a source."""
        return ("", name) if self._of_sources else (name, self._source)

    def get(self, key: str) -> _Count | None:
        return self.locked.get(key) or self.open.get(key)

    def pop(self, key: str) -> _Count | None:
        return self.locked.pop(key, None) or self.open.pop(key, None)

    def put(self, key: str, count: _Count, entries: int) -> str | None:
        """Keep the count; return the key that was forgotten for it, if any."""
        self.pop(key)
        memory = self.locked if count.locked_until else self.open
        oldest = next(iter(memory)) if len(memory) >= entries else None
        if oldest is not None:
            del memory[oldest]
        memory[key] = count
        return oldest

    def lapsed(self, window: float, now: float) -> Iterator[str]:
        """Forget what is of no account any more, and yield it."""
        while self.open:
            key = next(iter(self.open))
            if now - self.open[key].last <= window:
                break
            del self.open[key]
            yield key
        while self.locked:
            key = next(iter(self.locked))
            if self.locked[key].locked_until > now:
                break
            del self.locked[key]
            yield key


class Lockout:
    """Failure counts in bounded memory."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._numbers = _Counts()
        self._sources = _Counts(of_sources=True)
        self._unproven = _Counts(source=UNPROVEN)
        """Of numbers; the count of them all is that of a source."""
        self._bursts: dict[tuple[str, str, str], tuple[float, int]] = {}
        """Since when, and how many digests."""
        self._unsaved: dict[_Key, int] = {}
        """Counts that changed since they were saved, by how many failures they are."""
        self._saved: set[_Key] = set()
        """Counts that the store holds."""

    def locked_until(self, number: str, source: str, now: float) -> float:
        """Return the POSIX time at which the lock of number or source ends, 0 when neither is locked."""
        until = 0.0
        for counts, key in ((self._numbers.locked, number), (self._sources.locked, source)):
            count = counts.get(key) if counts else None
            if count is not None and count.locked_until > now:
                until = max(until, count.locked_until)
        return until

    def number_heard_from(self, number: str, source: str, now: float) -> float:
        """Return from when on the right PIN for the number counts from this source: POSIX seconds, 0 for at once.

        From ``SLOW_FROM`` of what locks it on, a failure makes the number's guessers wait for ``lockout_delay``, each
        further one twice as long.
        """
        if source not in self._sources.open:
            return 0.0
        count = self._numbers.open.get(number)
        if count is None or self._of_old(self._sources.open[source], now) or self._of_old(count, now):
            return 0.0
        return self._number_waits(count, now)

    def source_heard_from(self, source: str, now: float) -> float:
        """Return from when on a right PIN counts from this source, whatever the number.

        From ``SLOW_FROM`` of what locks it on, each failure makes it wait for one ``lockout_delay`` more.
        """
        count = self._sources.open.get(source)
        threshold = self.limits.lockout_source_failures
        if count is None or not threshold or self._of_old(count, now):
            return 0.0
        return self._heard_from(count, max(0, count.failures - ceil(SLOW_FROM * threshold) + 1), now)

    def unproven_heard_from(self, number: str, now: float) -> float:
        """Return from when on a PIN for the number is looked at that comes from an address that may be a lie.

        Where as many numbers were guessed at from such as are remembered, none is looked at: or made-up numbers would
        push out what counts.
        """
        if max(len(self._unproven.open), len(self._unproven.locked)) >= self.limits.lockout_entries:
            return now + self.limits.lockout_window
        until = self.source_heard_from(UNPROVEN, now)
        count = self._unproven.open.get(number)
        if count is not None and not self._of_old(count, now):
            until = max(until, self._number_waits(count, now))
        for counts, key in ((self._unproven.locked, number), (self._sources.locked, UNPROVEN)):
            count = counts.get(key)
            if count is not None and count.locked_until > now:
                until = max(until, count.locked_until)
        return until

    def doubts(self, number: str, now: float) -> bool:
        """Return whether unproven addresses are about to be heard no more, or are not heard, for the number.

        Without a number: for any.
        """
        count = self._unproven.get(number)
        threshold = self.limits.lockout_failures
        slow = ceil(SLOW_FROM * threshold) if threshold else FAILURES_FREE
        if count is not None and count.failures >= slow and not self._of_old(count, now):
            return True
        everything, most = self._sources.get(UNPROVEN), self.limits.lockout_source_failures
        if everything is None or self._of_old(everything, now):
            return False
        return not number or (most > 0 and everything.failures >= ceil(SLOW_FROM * most))

    def fail(self, number: str, source: str, call_id: str, now: float, proven: bool = True) -> Failure:
        """Count a wrong PIN, or the burst it belongs to; ``proven`` says that the source is no lie."""
        limits = self.limits
        burst = (call_id, number, source)
        since, digests = self._bursts.get(burst, (0.0, 0))
        most = limits.burst_digests if call_id else COPIES
        if digests and now - since < limits.burst_seconds and digests < most:
            self._bursts[burst] = since, digests + 1
            return Failure(repeated=True, locked_until=0.0)
        self._bursts.pop(burst, None)
        if len(self._bursts) >= limits.lockout_entries:
            del self._bursts[next(iter(self._bursts))]
        self._bursts[burst] = now, 1
        until = max(
            self._count(self._numbers if proven else self._unproven, number, limits.lockout_failures, now),
            self._count(self._sources, source if proven else UNPROVEN, limits.lockout_source_failures, now),
        )
        return Failure(repeated=digests > 0, locked_until=until)

    def succeed(self, number: str, source: str, call_id: str) -> None:
        """Forget the number's failures and the burst: the right PIN was given."""
        if self._numbers.open and self._numbers.pop(number) is not None:
            self._changed((number, ""))
            self._bursts.pop((call_id, number, source), None)

    def locks(self, now: float) -> list[Lock]:
        """Return the locks in force, those of numbers first."""
        return [
            Lock(*counts.key(name), count.failures, count.locked_until)
            for counts in self._all
            for name, count in counts.locked.items()
            if count.locked_until > now
        ]

    def waits(self, now: float) -> list[Lock]:
        """Return what is slowed down just now, and until when, those of numbers first; none of it is locked."""
        found = []
        for counts in self._all:
            for name, count in counts.open.items():
                if counts is self._sources:
                    until = self.source_heard_from(name, now)
                else:
                    until = 0.0 if self._of_old(count, now) else self._number_waits(count, now)
                if until:
                    found.append(Lock(*counts.key(name), count.failures, until))
        return found

    def locks_of(self, number: str, source: str, now: float) -> list[Lock]:
        """Return the locks in force of the number and of the source; for the ``UNPROVEN``, those that concern them."""
        numbers = self._unproven if source == UNPROVEN else self._numbers
        found = ((numbers, number), (self._sources, source))
        return [
            Lock(*counts.key(name), count.failures, count.locked_until)
            for counts, name in found
            if (count := counts.locked.get(name)) is not None and count.locked_until > now
        ]

    def apply(self, change: SetLock) -> SetLock:
        """Put a lock in force, or end it and forget the failures that led to it; return what takes that back."""
        counts, name = self._place(change.key)
        before = counts.pop(name)
        if change.lock is not None:
            count = _Count(0.0)
            count.failures, count.locked_until = change.lock.failures, change.lock.until
            self._keep(counts, name, count)
        self._changed(change.key)
        if before is None or not before.locked_until:
            return SetLock(change.key, None)
        return SetLock(change.key, Lock(*change.key, before.failures, before.locked_until))

    # -- over a restart -----------------------------------------------------------------------------------------

    def load(self, change: SetFailures) -> None:
        """Take in a count that was stored; what is locked by now stays so."""
        counts, name = self._place(change.key)
        stored = change.failures
        self._saved.add(change.key)
        if stored is None or name in counts.locked:
            self._changed(change.key)
            return
        count = _Count(stored.since)
        count.failures, count.last = stored.wrong, stored.last
        self._keep(counts, name, count)

    def unsaved(self, now: float) -> list[SetFailures]:
        """Return what the store should be told now, at most ``SAVED_AT_ONCE`` counts, the highest first.

        Counts that are of no account any more are taken out four times as fast as they are written.
        """
        for counts in self._all:
            for name in counts.lapsed(self.limits.lockout_window, now):
                self._changed(counts.key(name))
        if not self._unsaved:
            return []
        gone = islice((key for key, failures in self._unsaved.items() if not failures), 4 * SAVED_AT_ONCE)
        told = nlargest(SAVED_AT_ONCE, self._unsaved, key=self._unsaved.__getitem__)
        chosen = dict.fromkeys((*gone, *told))
        changes = [SetFailures(key, self._failures(key)) for key in chosen]
        for key, failures in changes:
            del self._unsaved[key]
            (self._saved.discard if failures is None else self._saved.add)(key)
        return changes

    def _failures(self, key: _Key) -> Failures | None:
        counts, name = self._place(key)
        count = counts.open.get(name)
        return Failures(count.failures, count.since, count.last) if count is not None else None

    def _changed(self, key: _Key) -> None:
        """Note that the store does not hold what is true any more; what it never held it need not forget."""
        counts, name = self._place(key)
        count = counts.open.get(name)
        if count is not None:
            self._unsaved[key] = count.failures
        elif key in self._saved:
            self._unsaved[key] = 0
        else:
            self._unsaved.pop(key, None)

    # -- counting -----------------------------------------------------------------------------------------------

    @property
    def _all(self) -> tuple[_Counts, ...]:
        return self._numbers, self._unproven, self._sources

    def _count(self, counts: _Counts, name: str, threshold: int, now: float) -> float:
        count = counts.get(name)
        if count is None or self._of_old(count, now):
            count = _Count(now)
        count.failures += 1
        count.last = now
        locks = threshold > 0 and count.failures >= threshold and not count.locked_until
        if locks:
            count.locked_until = now + self.limits.lockout_seconds
        self._keep(counts, name, count)
        self._changed(counts.key(name))
        return count.locked_until if locks else 0.0

    def _keep(self, counts: _Counts, name: str, count: _Count) -> None:
        forgotten = counts.put(name, count, self.limits.lockout_entries)
        if forgotten is not None:
            self._changed(counts.key(forgotten))

    def _of_old(self, count: _Count, now: float) -> bool:
        """Whether the count is over: the window of its first failure, or the lock it led to."""
        if count.locked_until:
            return count.locked_until <= now
        return now - count.since > self.limits.lockout_window

    def _number_waits(self, count: _Count, now: float) -> float:
        threshold = self.limits.lockout_failures
        beyond = count.failures - (ceil(SLOW_FROM * threshold) if threshold else FAILURES_FREE)
        return self._heard_from(count, 2.0 ** min(beyond, 30) if beyond >= 0 else 0.0, now)

    def _heard_from(self, count: _Count, delays: float, now: float) -> float:
        until = count.last + min(self.limits.lockout_delay * delays, self.limits.lockout_seconds)
        return until if until > now else 0.0

    def _place(self, key: _Key) -> tuple[_Counts, str]:
        number, source = key
        if not number:
            return self._sources, source
        return (self._unproven if source else self._numbers), number
