"""A hand-written terminal's end of the wire: octets over UDP, TCP and TLS, message by message, all of them captured."""

import re
import socket
import ssl
from types import TracebackType
from typing import Self

from tests.interop.capture import Capture, Conversation

SECONDS = 20.0
"""The longest a message is waited for: far more than an answer takes."""


class Wire:
    """A conversation with one port of the server."""

    transport: str

    def __init__(self, address: tuple[str, int], capture: Capture | None) -> None:
        kind = socket.SOCK_DGRAM if self.transport == "UDP" else socket.SOCK_STREAM
        self._socket = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, kind)
        self._socket.settimeout(SECONDS)
        try:
            self._socket.connect(address)
        except OSError:
            self._socket.close()
            raise
        self.local: tuple[str, int] = self._socket.getsockname()[:2]
        self._talk = (capture or Capture()).conversation(self.transport, self.local[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, data: bytes) -> None:
        raise NotImplementedError

    def receive(self) -> bytes:
        """The next message."""
        raise NotImplementedError

    def close(self) -> None:
        self._socket.close()


class Udp(Wire):
    transport = "UDP"

    def send(self, data: bytes) -> None:
        self._talk.sent(data)
        self._socket.send(data)

    def receive(self) -> bytes:
        data = self._socket.recv(65535)
        self._talk.received(data)
        return data


class Tcp(Wire):
    transport = "TCP"
    _left = b""

    def send(self, data: bytes) -> None:
        self._talk.sent(data)
        self._socket.sendall(data)

    def receive(self) -> bytes:
        while (size := _message_size(self._left)) is None:
            data = self._read()
            assert data, f"the server closed the connection after {self._left!r}"
            self._left += data
        message, self._left = self._left[:size], self._left[size:]
        return message

    def _read(self) -> bytes:
        data = self._socket.recv(65535)
        self._talk.received(data)
        return data


class Tls(Tcp):
    """Verifies the server: its chain up to the CA in ``ca_file``, and that it is called ``name``."""

    transport = "TLS"

    def __init__(
        self, address: tuple[str, int], capture: Capture | None = None, *, ca_file: str, name: str = "localhost"
    ) -> None:
        super().__init__(address, capture)
        context = ssl.create_default_context(cafile=ca_file)
        assert context.check_hostname
        assert context.verify_mode is ssl.CERT_REQUIRED
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        try:
            while True:
                try:
                    self._tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    self._flush()
                    self._fill()
            self._flush()
        except (OSError, AssertionError):
            self.close()
            raise

    def send(self, data: bytes) -> None:
        self._tls.write(data)
        self._flush()

    def _read(self) -> bytes:
        while True:
            try:
                return self._tls.read(65535)
            except ssl.SSLWantReadError:
                self._fill()

    def _fill(self) -> None:
        data = super()._read()
        if not data:
            self._incoming.write_eof()
        self._incoming.write(data)

    def _flush(self) -> None:
        if data := self._outgoing.read():
            super().send(data)


def _message_size(data: bytes) -> int | None:
    """The size of the first message, once it is there whole (RFC 3261 section 18.3)."""
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return None
    (length,) = re.findall(rb"(?im)^Content-Length *: *(\d+)\r?$", head + b"\r\n")
    return len(head) + len(end) + int(length) if len(body) >= int(length) else None


__all__ = ["Conversation", "Tcp", "Tls", "Udp", "Wire"]
