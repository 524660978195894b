"""What can be wrong with a message, carrying the answer to give."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registrar.sip.message import Request


class SipError(Exception):
    """A message that cannot be processed as it stands; the one exception this package raises on input.

    A refusal by policy is never a ``SipError``: it is an ``Outcome``.
    """

    def __init__(
        self,
        status: int,
        phrase: str,
        request: Request | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        *,
        close: bool = False,
    ) -> None:
        super().__init__(f"{status} {phrase}")
        self.status = status
        """The status code to answer with (RFC 3261 section 21.4, 21.5)."""
        self.phrase = phrase
        """The reason phrase: what is wrong, and in which header."""
        self.request = request
        """The request as far as it was understood, enough to answer it; ``None`` when there is nobody to answer."""
        self.headers = headers
        """What the answer must carry besides, e.g. ``Unsupported``."""
        self.close = close
        """True when the stream's framing is lost, so that the connection must be closed after answering."""
