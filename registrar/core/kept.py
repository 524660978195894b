"""A copy of a request that was answered before is answered from memory and changes nothing, in either protocol."""

from collections.abc import Hashable
from typing import Final

BEING_ANSWERED: Final = b""
"""In place of an answer while the first copy of the request still waits for its commit."""

LIFETIME: Final = 32.0
"""Seconds: timer J, 64 x T1 (RFC 3261 section 17.2.2)."""

LIMIT: Final = 32_768
"""Answers kept; about 1.2 kB each with their keys, so 40 MB."""

LIMIT_OCTETS: Final = 32 * 1024 * 1024
"""Octets of answers kept. SIP's repeat the text that their keys hold, four octets a character at worst: 160 MB in all,
whatever anybody sends."""

Key = Hashable
"""What copies of one request share: where they come from, and what tells them from other requests from there."""


class KeptAnswers:
    """Answers by request, in two generations: each is kept for one to two lifetimes, or until a limit is met."""

    def __init__(self, limit: int = LIMIT, lifetime: float = LIFETIME, octets: int = LIMIT_OCTETS) -> None:
        self._generation = max(1, limit // 2)
        self._generation_octets = octets // 2
        self._lifetime = lifetime
        self._since = 0.0
        self._octets = 0
        """In the younger generation."""
        self._young: dict[Key, bytes] = {}
        self._old: dict[Key, bytes] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def find(self, key: Key) -> bytes | None:
        """Return the kept answer, ``BEING_ANSWERED`` while there is none yet, or ``None`` for a new request."""
        answer = self._young.get(key)
        return answer if answer is not None else self._old.get(key)

    def begin(self, key: Key, now: float) -> None:
        """Remember that the request is being answered: copies of it are to be dropped until then."""
        self.keep(key, BEING_ANSWERED, now)

    def keep(self, key: Key, answer: bytes, now: float) -> None:
        """Keep the answer for copies of the request."""
        self.tick(now)
        if len(self._young) >= self._generation or self._octets >= self._generation_octets:
            self.forget(now)
        self._young[key] = answer
        self._octets += len(answer)

    def tick(self, now: float) -> None:
        """Let go of what is too old; to be called now and then, for without requests nothing else does it."""
        if now - self._since >= self._lifetime:
            self.forget(now)

    def forget(self, now: float) -> None:
        """Let go of the older generation, and of both when nothing was kept for two lifetimes."""
        idle = now - self._since >= 2 * self._lifetime
        self._old = {} if idle else self._young
        self._young = {}
        self._octets = 0
        self._since = now
