"""Copies of a request over UDP get the answer of the first one (RFC 3261 section 17.2). On streams there are none.

The first of them may have changed something, counted as a wrong PIN, or been given a nonce: no copy is to do so again.
"""

from typing import Final

from registrar.core.kept import KeptAnswers
from registrar.sip.transactions import Key

REFUSED: Final = 16_384
"""Answers kept for whoever was refused or asked for a PIN; about 1 kB each, so 16 MB. At 2,000 challenges a second, 4 s
of them."""


class Copies:
    """Answers by transaction; refusals apart, so that whoever knows no PIN pushes out nothing that must be kept."""

    def __init__(self) -> None:
        self._accepted = KeptAnswers()
        self._refused = KeptAnswers(REFUSED, octets=REFUSED * 1024)

    def find(self, key: Key) -> bytes | None:
        """Return the kept answer, ``BEING_ANSWERED`` while there is none yet, or ``None`` for a new request."""
        answer = self._accepted.find(key)
        return answer if answer is not None else self._refused.find(key)

    def begin(self, key: Key, now: float) -> None:
        """Remember that a request is accepted and waits for its commit."""
        self._accepted.begin(key, now)

    def keep(self, key: Key, answer: bytes, lasts: bool, now: float) -> None:
        """Keep the answer; ``lasts`` where the request was accepted or begun, whatever became of it then."""
        (self._accepted if lasts else self._refused).keep(key, answer, now)

    def tick(self, now: float) -> None:
        """Let go of what is too old."""
        self._accepted.tick(now)
        self._refused.tick(now)
