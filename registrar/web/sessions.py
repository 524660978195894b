"""Who is logged in: a cookie that proves the token was known, the form token against forged requests, guessing slowed.

Nothing is kept of a session here: the cookie is signed with a key that comes from the API's token, so it outlives a
restart, and a new token ends every session.
"""

from collections import deque
from hashlib import blake2s
from hmac import compare_digest

LIFETIME = 7 * 86400.0
"""Seconds a login lasts."""
WINDOW = 60.0
"""Seconds within which wrong tokens are counted together."""
FAILURES_PER_SOURCE = 5
FAILURES = 50
"""From all sources together; beyond them whoever has given a wrong token waits, and nobody else."""
KEPT = 10_000
"""Wrong tokens remembered."""


class Sessions:
    """Makes and checks what a browser holds."""

    def __init__(self, token: str, name: str = "registrar") -> None:
        """``name`` is the cookie's: cookies are shared by all ports of a host."""
        self.name = name
        self._token = token.encode()
        self._key = blake2s(self._token, person=b"console").digest()

    def knows(self, token: str) -> bool:
        """Return whether it is the API's token."""
        return compare_digest(token.encode("utf-8", "surrogateescape"), self._token)

    def open(self, chance: str, now: float) -> str:
        """Return the value of a new session's cookie; ``chance`` makes it unlike every other."""
        content = f"{int(now + LIFETIME)}.{chance}"
        return f"{content}.{self._mac(content)}"

    def valid(self, cookie: str, now: float) -> bool:
        """Return whether the cookie is one of ours and its time is not over."""
        content, _, mac = cookie.rpartition(".")
        if not compare_digest(mac.encode(), self._mac(content).encode()):
            return False
        return now < int(content.partition(".")[0])

    def form_token(self, cookie: str) -> str:
        """Return what a request that changes something must carry beside the cookie."""
        return self._mac(f"form {cookie}")

    def sign_of(self, cookie: str, form_token: str) -> bool:
        """Return whether the form token is the one of this session."""
        return compare_digest(form_token.encode("utf-8", "surrogateescape"), self.form_token(cookie).encode())

    def _mac(self, text: str) -> str:
        return blake2s(text.encode("utf-8", "surrogateescape"), key=self._key, digest_size=16).hexdigest()


class Guesses:
    """Wrong tokens of the last minute."""

    def __init__(self) -> None:
        self._failures: deque[tuple[float, str]] = deque(maxlen=KEPT)

    def wait(self, source: str, now: float) -> int:
        """Return the seconds until another try is heard, 0 when it is heard now."""
        while self._failures and now - self._failures[0][0] >= WINDOW:
            self._failures.popleft()
        own = [then for then, who in self._failures if who == source]
        if len(own) >= FAILURES_PER_SOURCE:
            return int(own[-FAILURES_PER_SOURCE] + WINDOW - now) + 1
        return int(self._failures[-FAILURES][0] + WINDOW - now) + 1 if own and len(self._failures) >= FAILURES else 0

    def failed(self, source: str, now: float) -> None:
        """Count a wrong token."""
        self._failures.append((now, source))
