"""Nonces that need no memory until they are used with the right PIN (RFC 7616 sections 3.3 and 5.4).

A nonce is its time of issue and a keyed MAC of that and of the address it was sent to: whoever brings it back from
there can be reached there, and nobody else has a use for it. What is remembered is the count of the last right digest
made with it, by number, and only while the nonce could still be used.
"""

import re
from hashlib import blake2s
from hmac import compare_digest
from typing import Final

KEPT: Final = 8
"""Nonces remembered for a number: it may have as many terminals logging on at a time."""
ONE_USE: Final = 2**32
"""The count of a digest without ``qop``: beyond any ``nc``, so its nonce is used up."""

_STAMP_OCTETS: Final = 7
_MAC_OCTETS: Final = 12
_BROUGHT_BACK: Final = re.compile(rb'nonce="([0-9a-f]{%d})"' % (2 * (_STAMP_OCTETS + _MAC_OCTETS)))
"""As nearly every client writes it."""


class _Used:
    """The counts of one number's nonces by time of issue, the one used first at the front.

    Those issued up to ``floor`` are used up.
    """

    __slots__ = ("counts", "floor")

    def __init__(self) -> None:
        self.floor = 0
        self.counts: dict[int, int] = {}

    def admit(self, stamp: int, count: int) -> bool:
        counts = self.counts
        if stamp <= self.floor or count <= counts.get(stamp, 0):
            return False
        counts[stamp] = count
        if len(counts) > KEPT:
            first = next(iter(counts))
            self.floor = max(self.floor, first)
            del counts[first]
        return True


class Nonces:
    """Issues nonces and tells which may still be used. Times are POSIX seconds.

    ``key`` must be new at every start, since the counts are forgotten then. Memory: about 500 octets for each number
    that proved its PIN within the last two lifetimes.
    """

    def __init__(self, key: bytes, lifetime: float = 300.0) -> None:
        if not 16 <= len(key) <= blake2s.MAX_KEY_SIZE:
            raise ValueError("the key has 16 to 32 octets")
        self.lifetime = lifetime
        """Seconds; several phones give up when told ``stale``, so not too short."""
        self._mac = blake2s(key=key, digest_size=_MAC_OCTETS)
        self._last = 0
        self._used: dict[str, _Used] = {}
        self._used_before: dict[str, _Used] = {}
        self._turned_at = 0
        self._last_at_turn = 0
        self._floor = 0

    def __repr__(self) -> str:
        return f"Nonces(lifetime={self.lifetime})"

    def issue(self, source: str, now: float) -> str:
        """Return a new nonce for whoever is at this IP address, no two alike."""
        self._last = stamp = max(int(now * 1_000_000), self._last + 1)
        octets = stamp.to_bytes(_STAMP_OCTETS, "big")
        return (octets + self._sign(octets, source)).hex()

    def _sign(self, stamp: bytes, source: str) -> bytes:
        mac = self._mac.copy()
        mac.update(stamp + source.encode())
        return mac.digest()

    def issued_at(self, nonce: str, source: str) -> int:
        """Return when the nonce was issued to this address, in microseconds; 0 when it was not."""
        try:
            octets = bytes.fromhex(nonce)
        except ValueError:
            return 0
        if len(octets) != _STAMP_OCTETS + _MAC_OCTETS or octets.hex() != nonce:
            return 0
        stamp = octets[:_STAMP_OCTETS]
        return int.from_bytes(stamp, "big") if compare_digest(octets[_STAMP_OCTETS:], self._sign(stamp, source)) else 0

    def brought_back(self, octets: bytes, source: str) -> bool:
        """Return whether a request that was not parsed yet has a nonce issued to this address, however old."""
        found = _BROUGHT_BACK.search(octets)
        return found is not None and self.issued_at(found[1].decode(), source) > 0

    def use(self, number: str, stamp: int, count: int, now: float) -> bool:
        """Record a right digest; return whether it may count: the nonce is ours, in time, and the count is higher.

        ``stamp`` comes from ``issued_at``; ``count`` is the digest's ``nc``, or ``ONE_USE`` when it has none.
        """
        moment = int(now * 1_000_000)
        lifetime = int(self.lifetime * 1_000_000)
        if not stamp or stamp <= self._floor or moment - stamp > lifetime:
            return False
        if moment - self._turned_at > lifetime:
            self._turn(moment)
        used = self._used.get(number) or self._used_before.pop(number, None) or _Used()
        self._used[number] = used
        return used.admit(stamp, count)

    def _turn(self, moment: int) -> None:
        """Forget the counts not touched since the last turn; their nonces stay used up, whatever the clock does."""
        self._floor = self._last_at_turn
        self._used_before, self._used = self._used, {}
        self._turned_at, self._last_at_turn = moment, self._last
