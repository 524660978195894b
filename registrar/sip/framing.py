"""Messages on a stream: where one ends and the next begins (RFC 3261 section 18.3, RFC 5626 section 3.5.1)."""

import re
from typing import Final, NamedTuple

from registrar.sip.errors import SipError
from registrar.sip.message import Request, Response, answerable
from registrar.sip.parser import MAX_MESSAGE, content_length, parse_head

KEEP_ALIVE: Final = b"\r\n\r\n"
PONG: Final = b"\r\n"
"""The answer to a keep-alive."""

_START: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~")
"""What a start line may begin with; anything else (a TLS hello on the plain port, say) never becomes SIP."""

_CONTENT_LENGTH: Final = re.compile(
    rb"\n(?:Content-Length|l)[ \t]*+:[ \t]*+([0-9]{1,9}+)[ \t]*+(?:\r\n(?![ \t])|$)", re.IGNORECASE
)


class KeepAlive(NamedTuple):
    """A double CRLF between messages; ``PONG`` answers it."""


class StreamParser:
    """Takes a stream apart, whatever pieces it comes in.

    What is wrong with one message stands in its place in the result as a ``SipError``. After one with ``close`` set the
    framing is lost: nothing further is parsed, and the connection must be closed once the error is answered.
    """

    def __init__(self, max_message: int = MAX_MESSAGE) -> None:
        self.max_message = max_message
        """Octets a message may have, and with it what is buffered."""
        self.closed = False
        """True after a ``SipError`` with ``close``."""
        self.octets: list[bytes] = []
        """The octets of each item that the last ``feed`` returned."""
        self._buffer = bytearray()
        self._searched = 0
        self._waiting: Request | Response | SipError | None = None
        """The message whose head is complete and whose body is not."""
        self._missing = 0
        self._head = b""
        """The octets of the message that is being read, up to its body."""

    @property
    def waiting(self) -> bool:
        """True when a message has begun and is not complete; the line ends of a keep-alive are none."""
        return self._waiting is not None or bytes(self._buffer[:1]) not in (b"", b"\r")

    def feed(self, data: bytes) -> list[Request | Response | KeepAlive | SipError]:
        """Take the next octets; return what they complete, in order."""
        found: list[Request | Response | KeepAlive | SipError] = []
        self.octets = []
        if self.closed:
            return found
        if not self._buffer and self._waiting is None:
            whole = self._whole(data)
            if whole is not None:
                self.octets.append(data)
                found.append(whole)
                return found
        self._buffer += data
        try:
            while (item := self._next()) is not None:
                found.append(item)
        except SipError as error:
            error.close = True
            self.closed = True
            self.octets.append(self._head + bytes(self._buffer))
            self._buffer.clear()
            self._waiting = None
            found.append(error)
        return found

    def _whole(self, data: bytes) -> Request | Response | None:
        """Parse what nearly always comes: one message without a body. Anything else is for the buffer."""
        end = data.find(b"\r\n\r\n")
        if end <= 0 or end + 4 != len(data) or end > self.max_message or data[0] not in _START:
            return None
        try:
            message = parse_head(data[:end])
            return message if content_length(message) == 0 else None
        except SipError:
            return None

    def _next(self) -> Request | Response | KeepAlive | SipError | None:
        """The next item; ``None`` when it is not complete. Raises ``SipError`` when the framing is lost."""
        buffer = self._buffer
        if self._waiting is None:
            while buffer[:1] == b"\r":
                if len(buffer) < 2 or buffer == b"\r\n":
                    return None
                if buffer[:4] == b"\r\n\r\n":
                    del buffer[:4]
                    self.octets.append(KEEP_ALIVE)
                    return KeepAlive()
                if buffer[1:2] != b"\n":
                    raise SipError(400, "Bad Start Line")
                if buffer == b"\r\n\r":
                    return None
                del buffer[:2]
            if not self._read_head():
                return None
        if len(buffer) < self._missing:
            return None
        item, self._waiting = self._waiting, None
        body = bytes(buffer[: self._missing])
        if item is not None and not isinstance(item, SipError):
            item.body = body
        self.octets.append(self._head + body)
        self._head = b""
        del buffer[: self._missing]
        return item

    def _read_head(self) -> bool:
        """Parse the head if it is complete, and learn how long the body is."""
        buffer = self._buffer
        if not buffer:
            return False
        if buffer[0] not in _START:
            raise SipError(400, "Bad Start Line")
        end = buffer.find(b"\r\n\r\n", max(0, self._searched - 3))
        self._searched = len(buffer)
        if (end if end >= 0 else len(buffer)) > self.max_message:
            raise SipError(513, "Message Too Large")
        if end < 0:
            return False
        head = bytes(buffer[:end])
        self._head = bytes(buffer[: end + 4])
        del buffer[: end + 4]
        self._searched = 0
        message: Request | Response | SipError
        try:
            message = parse_head(head)
            request = answerable(message)
            length = content_length(message)
        except SipError as error:
            if error.close:
                raise
            message, request = error, error.request
            length = _declared_length(head)
        if length is None:
            raise SipError(400, "Missing Content-Length", request)
        if end + 4 + length > self.max_message:
            raise SipError(513, "Message Too Large", request)
        self._waiting, self._missing = message, length
        return True


def _declared_length(head: bytes) -> int | None:
    """The Content-Length of a head that is malformed otherwise."""
    match = _CONTENT_LENGTH.search(head)
    return int(match[1]) if match is not None else None
