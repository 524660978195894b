"""Server transactions: a retransmitted request is answered from memory (RFC 3261 section 17.2).

Kept are only answers to requests that carried credentials or changed something; a first challenge is computed again,
so that whoever knows no PIN leaves nothing behind.
"""

from registrar.model.attempt import Action, Attempt
from registrar.model.flow import Address
from registrar.model.outcome import Outcome
from registrar.sip.message import Request

BEING_ANSWERED = b""
"""In place of an answer while the first copy of the request still waits for its commit."""

LIFETIME = 32.0
"""Seconds: timer J, 64 x T1 (RFC 3261 section 17.2.2)."""

LIMIT = 32_768
"""Answers kept; about 1.2 kB each with their keys, so 40 MB."""

Key = tuple[object, ...]


def transaction_key(request: Request, source: Address) -> Key:
    """Return what copies of one request from one source share (section 17.2.3).

    Call-ID and CSeq are part of it in any case: a client that reuses a branch after a challenge counts its CSeq up.
    """
    via = request.via
    if via.unique:
        return source, via.branch, via.host, via.port, request.method, request.call_id, request.cseq
    sent = request.headers
    return source, sent["via"][0], request.uri, sent["from"][0], sent["to"][0], sent["cseq"][0], request.call_id


def worth_keeping(attempt: Attempt, outcome: Outcome) -> bool:
    """Return whether the answer must be kept, for a copy of the request must not be processed again."""
    if attempt.proof is not None:
        return True
    return outcome.accepted and (bool(attempt.contacts) or attempt.action is not Action.BIND)


class Transactions:
    """Answers by transaction, in two generations: each is kept for one to two lifetimes, or until ``limit`` is met."""

    def __init__(self, limit: int = LIMIT, lifetime: float = LIFETIME) -> None:
        self._generation = max(1, limit // 2)
        self._lifetime = lifetime
        self._since = 0.0
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
        if now - self._since >= self._lifetime or len(self._young) >= self._generation:
            self.forget(now)
        self._young[key] = answer

    def forget(self, now: float) -> None:
        """Let go of the older generation, and of both when nothing was kept for two lifetimes."""
        idle = now - self._since >= 2 * self._lifetime
        self._old = {} if idle else self._young
        self._young = {}
        self._since = now
