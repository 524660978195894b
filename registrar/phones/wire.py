"""Ways to a server over asyncio: UDP, TCP, TLS. They open, carry octets, and tell in words why they could not."""

import asyncio
import os
import ssl
from collections.abc import Callable
from typing import Any, Protocol, cast

from registrar.model.flow import Address, TlsSession, Transport
from registrar.phones.phone import Open
from registrar.tls.channel import HandshakeRefused, TlsClosed
from registrar.tls.client import ClientChannel

CONNECT_SECONDS = 10.0
"""For TCP's and TLS's handshakes together."""


class Owner(Protocol):
    """Whose way it is."""

    def wire_opened(self, wire: "Wire") -> None:
        """It carries octets now."""
        ...

    def wire_received(self, wire: "Wire", data: bytes) -> None:
        """A datagram, or decrypted octets of a stream."""
        ...

    def wire_closed(self, wire: "Wire", words: str) -> None:
        """It is gone, or never opened; ``words`` say why."""
        ...


class Wire(asyncio.DatagramProtocol, asyncio.Protocol):
    """One way to one server."""

    def __init__(
        self,
        way: Open,
        owner: Owner,
        context: ssl.SSLContext | None = None,
        loses: Callable[[], bool] | None = None,
    ) -> None:
        """``context`` makes it TLS; ``loses`` is asked for each datagram whether it is to be lost."""
        self.way = way
        self.local: Address = ("", 0)
        self.tls: TlsSession | None = None
        """What was agreed, over TLS."""
        self.open = False
        self._owner = owner
        self._loses = loses
        self._channel = ClientChannel(context, way.host) if context is not None else None
        self._transport: Any = None
        self._gone = False
        self._deadline: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Connect; what comes of it the owner is told."""
        loop = asyncio.get_running_loop()
        address = (self.way.host, self.way.port)
        self._deadline = loop.call_later(CONNECT_SECONDS, self._lose, "no connection within 10 seconds")
        try:
            if self.way.transport is Transport.UDP:
                await loop.create_datagram_endpoint(lambda: self, remote_addr=address)
            else:
                await loop.create_connection(lambda: self, *address)
        except OSError as error:
            self._lose(words_of(error))

    def send(self, data: bytes) -> None:
        """Send, or drop when it is not open."""
        if not self.open:
            return
        if self.way.transport is Transport.UDP:
            if self._loses is None or not self._loses():
                self._transport.sendto(data)
        elif self._channel is not None:
            self._channel.send(data)
            self._flush()
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Close without telling the owner."""
        self._gone = True
        self._shut()

    # -- asyncio's side ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin TLS where it is asked for."""
        self._transport = transport
        if self._gone:
            transport.close()
            return
        self.local = cast(Address, transport.get_extra_info("sockname")[:2])
        if self._channel is None:
            self._opened()
            return
        try:
            self._channel.start()
        except HandshakeRefused as refusal:
            self._lose(refusal.reason)
            return
        self._flush()

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - the socket is connected
        """Hand on a datagram."""
        if self._loses is None or not self._loses():
            self._owner.wire_received(self, data)

    def error_received(self, exc: Exception) -> None:
        """Tell of an ICMP error: nobody listens there."""
        self._lose(words_of(exc))

    def data_received(self, data: bytes) -> None:
        """Decrypt where it is TLS, and hand on."""
        channel = self._channel
        if channel is None:
            self._owner.wire_received(self, data)
            return
        try:
            data = channel.receive(data)
        except HandshakeRefused as refusal:
            self._flush()
            self._lose(refusal.reason)
            return
        except TlsClosed as closed:
            self._lose("the server ended the TLS session" if str(closed) == "close_notify" else f"TLS: {closed}")
            return
        self._flush()
        if not self.open and channel.session is not None:
            self.tls = channel.session
            self._opened()
        if data:
            self._owner.wire_received(self, data)

    def eof_received(self) -> bool:
        """The server has no more to say."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The server closed."""
        if self._channel is not None and not self.open:
            self._lose("the server closed the connection during the TLS handshake")
        else:
            self._lose("the server closed the connection" if exc is None else words_of(exc))

    def _opened(self) -> None:
        self.open = True
        if self._deadline is not None:
            self._deadline.cancel()
        self._owner.wire_opened(self)

    def _lose(self, words: str) -> None:
        if not self._gone:
            self._gone = True
            self._shut()
            self._owner.wire_closed(self, words)

    def _shut(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        if self._transport is not None and not self._transport.is_closing():
            if self._channel is not None and self.open:
                self._channel.close()
                self._flush()
            self._transport.close()
        self.open = False

    def _flush(self) -> None:
        if self._channel is not None and self._transport is not None and not self._transport.is_closing():
            data = self._channel.outgoing()
            if data:
                self._transport.write(data)


def words_of(error: Exception) -> str:
    """Return why a connection failed, in one line."""
    if isinstance(error, ConnectionRefusedError):
        return "connection refused: nobody listens there"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno) if error.errno > 0 else f"the server's name is not known ({error.strerror})"
    return str(error) or type(error).__name__
