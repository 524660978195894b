"""An H.323 endpoint's end of the wire: RAS over UDP, and in frames or bare inside TLS."""

import socket
import ssl
import warnings
from types import TracebackType
from typing import Self

SECONDS = 20.0
"""The longest a message is waited for: far more than an answer takes."""


class RasUdp:
    """A conversation with the gatekeeper's UDP port."""

    transport = "UDP"

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(SECONDS)
        self._socket.connect(address)
        self.messages: list[bytes] = []
        """Everything that went either way."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, octets: bytes) -> None:
        self.messages.append(octets)
        self._socket.send(octets)

    def receive(self) -> bytes:
        octets = self._socket.recv(65535)
        self.messages.append(octets)
        return octets

    def exchange(self, octets: bytes) -> bytes:
        self.send(octets)
        return self.receive()


class RasTls(RasUdp):
    """The same inside TLS. It verifies the server, unless it is ``old``: then it speaks what D4 telephones speak."""

    transport = "TLS"

    def __init__(self, address: tuple[str, int], ca_file: str, *, framed: bool = True, old: bool = False) -> None:
        context = ssl.create_default_context(cafile=ca_file)
        if old:
            context = _old(ca_file)
        self._framed = framed
        self._left = b""
        self.tls = context.wrap_socket(
            socket.create_connection(address, SECONDS), server_hostname=None if old else "localhost"
        )
        self._socket = self.tls
        self.messages = []

    def send(self, octets: bytes) -> None:
        self.messages.append(octets)
        self.raw(b"\x03\0" + (len(octets) + 4).to_bytes(2, "big") + octets if self._framed else octets)

    def raw(self, octets: bytes) -> None:
        """Send octets as they are."""
        self._socket.sendall(octets)

    def receive(self) -> bytes:
        if not self._framed:
            octets = self._read()
        else:
            header = self._take(4)
            assert header[:2] == b"\x03\0", header
            octets = self._take(int.from_bytes(header[2:], "big") - 4)
        self.messages.append(octets)
        return octets

    def _take(self, size: int) -> bytes:
        while len(self._left) < size:
            self._left += self._read()
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def _read(self) -> bytes:
        octets = self._socket.recv(65535)
        assert octets, "the server closed the connection"
        return octets


def _old(ca_file: str) -> ssl.SSLContext:
    """TLS 1.0, TLS_RSA_WITH_AES_128_CBC_SHA, no server name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.set_ciphers("AES128-SHA:@SECLEVEL=0")
    context.load_verify_locations(ca_file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    return context
