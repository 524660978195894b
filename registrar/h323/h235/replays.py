"""Tokens that were used: an H.235 token counts once (H.235.0 section 8.2, time stamp and random together).

Only right tokens are remembered, by number, and only as long as their time stamp is within the window.
"""

from collections.abc import Callable
from typing import Final

from registrar.model.flow import Address

KEPT: Final = 64
"""Tokens remembered for a number; when there are more, the oldest and what is older still are taken for used."""
SAME_SECOND: Final = 1.5
"""Seconds: a time stamp counts seconds, so that messages sent within one share it."""

Pair = tuple[int, int | str]
"""timeStamp and random; a cryptoEPPwdHash has no random, but an alias."""
Use = tuple[Address, int, float]
"""Where the token came from, with which requestSeqNum, and when: kept where there is no random to tell by."""


class _Used:
    """One number's tokens; those stamped up to ``floor`` are used up."""

    __slots__ = ("floor", "uses")

    def __init__(self, floor: float) -> None:
        self.floor = floor
        self.uses: dict[Pair, Use | None] = {}

    def admit(self, pair: Pair, use: Use, oldest: float) -> bool:
        stamp, random = pair
        counted = isinstance(random, int)
        if stamp <= self.floor:
            return False
        if pair in self.uses:
            known = self.uses[pair]
            if known is None or not _continues(known, use):
                return False
        self.uses[pair] = None if counted else use
        first = next(iter(self.uses))[0]
        if first < oldest or len(self.uses) > KEPT:
            self._forget(max(oldest, first) if len(self.uses) > KEPT else oldest)
        return True

    def _forget(self, floor: float) -> None:
        self.floor = max(self.floor, floor)
        self.uses = {pair: use for pair, use in self.uses.items() if pair[0] > floor}


def _continues(known: Use, use: Use) -> bool:
    """Without a random, the next message that the same endpoint sends within the same second has the same token."""
    return known[0] == use[0] and known[1] < use[1] and use[2] - known[2] <= SAME_SECOND


class Replays:
    """Tells which tokens may still be used. Times are POSIX seconds.

    Memory: 232 octets for each number that proved its PIN within the last two windows, and 160 for each token.
    """

    def __init__(self, window: float, last: Callable[[str], int] = lambda _number: 0) -> None:
        """``last`` gives the time stamp that a number registered with last, 0 if none: kept over a restart."""
        self.window = window
        """Seconds that a token's time stamp may be from now, either way."""
        self._last = last
        self._young: dict[str, _Used] = {}
        self._old: dict[str, _Used] = {}
        self._turned_at = 0.0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def in_time(self, stamp: int, now: float) -> bool:
        """Return whether the time stamp is within the window."""
        return abs(now - stamp) <= self.window

    def use(self, number: str, pair: Pair, source: Address, sequence: int, now: float) -> bool:
        """Record a right token of the request with this requestSeqNum; return whether it is new."""
        if now - self._turned_at > 2 * self.window:
            self._old, self._young, self._turned_at = self._young, {}, now
        used = self._young.get(number) or self._old.pop(number, None) or _Used(self._last(number))
        self._young[number] = used
        return used.admit(pair, (source, sequence, now), now - self.window)
