"""A TCP or TLS port and its connections, within limits.

Octets are taken a small piece at a time. Where more come than are served, a connection that has sent something is read
no further until it has had its turn, and source addresses take turns: one that floods delays itself, and what waits is
a piece for each connection.
"""

import asyncio
import itertools
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import cast

from registrar.model.flow import Address, Flow, Listener
from registrar.servers.accepting import Accepting
from registrar.servers.limits import StreamLimits
from registrar.servers.receiver import Receiver
from registrar.servers.rota import Rota
from registrar.tls.channel import HandshakeRefused, TlsChannel, TlsClosed

PIECE = 4096
"""Octets read of a connection at a time: some ten REGISTERs."""
BATCH = 16
"""Pieces served in a round of the event loop; other ports get their turn in between."""

_numbers = itertools.count(1)
"""Connections are numbered over all ports of the process: the number names the flow."""


class StreamListener:
    """A bound port. With a ``context`` it speaks TLS; the context is asked for anew with every connection."""

    def __init__(
        self,
        listener: Listener,
        receiver: Receiver,
        limits: StreamLimits,
        clock: Callable[[], float],
        context: Callable[[], ssl.SSLContext] | None = None,
        *,
        by_record: bool = False,
    ) -> None:
        """With ``by_record`` the receiver is handed each TLS record by itself."""
        self.listener = listener
        self.receiver = receiver
        self.limits = limits
        self.clock = clock
        self.context = context
        self.by_record = by_record
        self.connections: dict[int, StreamConnection] = {}
        self.sources: Counter[str] = Counter()
        self.buffer = bytearray(PIECE)
        """Where each connection's next piece is read to."""
        self._turns: Rota[Callable[[], None]] = Rota()
        self._served = 0
        """Pieces served in this round."""
        self._loop = asyncio.get_running_loop()
        self._accepting: Accepting | None = None
        self._arrived: dict[socket.socket, str] = {}
        """Connections that wait to be greeted, and where they come from."""
        self._arrivals: Counter[str] = Counter()
        self._made: set[asyncio.Task[object]] = set()

    async def start(self) -> None:
        """Bind and listen; ``listener`` then has the real port. Raises ``OSError``."""
        self._accepting = Accepting(self.listener.host, self.listener.port, self._arrive)
        self.listener = self.listener._replace(port=self._accepting.port)

    def sweep(self, now: float) -> None:
        """Close what has been silent too long or does not finish its handshake; called once a second."""
        for connection in list(self.connections.values()):
            allowed = self.limits.idle_seconds if connection.ready else self.limits.handshake_seconds
            if now - connection.heard_at > allowed:
                connection.expire()

    def full(self, source: str) -> bool:
        """Return whether there is no room for another connection, of this source or at all."""
        limits = self.limits
        return (
            len(self.connections) + len(self._arrived) >= limits.connections
            or self.sources[source] + self._arrivals[source] >= limits.connections_per_source
        )

    def wait(self, source: str, serve: Callable[[], None]) -> bool:
        """Return whether the source must wait for its turn; ``serve`` is called then."""
        if not self._served:
            self._loop.call_soon(self._next_round)
        self._served += 1
        if not self._turns and self._served <= BATCH:
            return False
        self._turns.put(source, serve)
        return True

    def _arrive(self, connection: socket.socket, source: str) -> None:
        """Admit a connection within the limits, now or when it is its source's turn."""
        if self.full(source):
            connection.close()
            return
        self._arrived[connection] = source
        self._arrivals[source] += 1
        if not self.wait(source, partial(self._make, connection)):
            self._make(connection)

    def _make(self, connection: socket.socket) -> None:
        if not self._leave(connection):
            return
        made = self._loop.create_task(
            self._loop.connect_accepted_socket(lambda: StreamConnection(self), connection), name="connection"
        )
        self._made.add(made)
        made.add_done_callback(partial(self._is_made, connection))

    def _is_made(self, connection: socket.socket, made: "asyncio.Task[object]") -> None:
        self._made.discard(made)
        if made.cancelled() or made.exception() is not None:  # the peer is gone already
            connection.close()

    def _leave(self, connection: socket.socket) -> bool:
        """Note that a connection waits no more; return whether it still did."""
        source = self._arrived.pop(connection, None)
        if source is None:
            return False
        self._arrivals[source] -= 1
        if not self._arrivals[source]:
            del self._arrivals[source]
        return True

    def _next_round(self) -> None:
        """Serve a batch of those that wait, each source in its turn."""
        turns = self._turns
        self._served = 0
        if turns:
            self._served = BATCH
            self._loop.call_soon(self._next_round)
            for _ in range(BATCH):
                if not turns:
                    break
                turns.take()()

    async def close(self) -> None:
        """Stop listening and close every connection."""
        if self._accepting is not None:
            self._accepting.close()
        for waiting in tuple(self._arrived):
            self._leave(waiting)
            waiting.close()
        if self._made:
            await asyncio.wait(self._made)
        for connection in list(self.connections.values()):
            connection.close()
        await asyncio.sleep(0)


class StreamConnection(asyncio.BufferedProtocol):
    """One connection."""

    __slots__ = ("_channel", "_port", "_transport", "_waiting", "flow", "heard_at", "ready")

    def __init__(self, port: StreamListener) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._channel: TlsChannel | None = None
        self._waiting = b""
        """What was read and waits for its turn; nothing more is read until then."""
        self.flow = Flow(port.listener, ("", 0))
        self.ready = False
        """Greeted: for TLS after the handshake."""
        self.heard_at = port.clock()
        """The last time octets came in; before that, when the connection or its handshake began."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit the connection within the limits."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername") or ("", 0)
        address: Address = (peer[0], peer[1])
        port = self._port
        self.flow = Flow(port.listener, address, next(_numbers))
        if port.full(address[0]):
            self._transport.abort()
            return
        port.connections[self.flow.connection] = self
        port.sources[address[0]] += 1
        self._transport.set_write_buffer_limits(high=port.limits.unsent_octets)
        if port.context is None:
            self._greet()

    def get_buffer(self, _hint: int) -> bytearray:
        """Return where the next piece goes."""
        return self._port.buffer

    def buffer_updated(self, octets: int) -> None:
        """Take a piece, now or when it is this connection's turn."""
        if self.flow.connection not in self._port.connections:
            return
        data = bytes(self._port.buffer[:octets])
        if self._port.wait(self.flow.address[0], self.serve) and self._transport is not None:
            self._waiting = data
            self._transport.pause_reading()
        else:
            self._take(data)

    def serve(self) -> None:
        """Take what waits, and read on."""
        data, self._waiting = self._waiting, b""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        try:
            self._take(data)
        finally:
            transport.resume_reading()

    def _take(self, data: bytes) -> None:
        """Decrypt where it is TLS, and hand on."""
        end: TlsClosed | None = None
        if self._port.context is not None:
            records, end = self._decrypt(self._port.context, data)
        else:
            records = [data]
        if records:  # octets that complete nothing keep no connection alive
            self.heard_at = self._port.clock()
        if not self._port.by_record:
            records = [b"".join(records)] if records else []
        for record in records:
            if self.ready and record:
                self._port.receiver.received(self, record)
        if end is not None:
            if end.reason and self.ready:
                self._port.receiver.broken(self, end.reason)
            self.close()

    def _decrypt(self, context: Callable[[], ssl.SSLContext], data: bytes) -> tuple[list[bytes], TlsClosed | None]:
        """Return the plaintext that the octets complete, record by record, and the end of the session if it came."""
        channel = self._channel
        if channel is None:  # a peer that says nothing costs no TLS
            channel = self._channel = TlsChannel(context())
        end: TlsClosed | None = None
        try:
            records = channel.receive_records(data)
        except HandshakeRefused as refusal:
            self._flush()
            self._refuse(refusal.reason)
            return [], None
        except TlsClosed as closed:
            end, records = closed, closed.records
        self._flush()
        if not self.ready and channel.session is not None:
            self.flow = self.flow._replace(tls=channel.session)
            self.heard_at = self._port.clock()
            self._greet()
        return records, end

    def eof_received(self) -> bool:
        """Close when the peer has no more to say."""
        if self._port.context is not None and not self.ready:
            self._refuse("the peer closed the connection during the handshake")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection and tell the receiver."""
        known = bool(self.flow.address[0])  # a peer that was gone before it was greeted is nobody
        if exc is not None and known and self._port.context is not None and not self.ready:
            self._refuse("the peer broke off the connection during the handshake")
        self._forget()
        if self.ready:
            self.ready = False
            self._port.receiver.closed(self)

    def pause_writing(self) -> None:
        """Cut off a peer that does not read."""
        if self._transport is not None:
            self._transport.abort()

    def send(self, data: bytes) -> None:
        """Send; a connection that is gone or closing drops it."""
        transport = self._transport
        if transport is None or transport.is_closing() or not self.ready:
            return
        if self._channel is None:
            transport.write(data)
            return
        self._channel.send(data)
        self._flush()

    def close(self) -> None:
        """Say goodbye, send what waits, close."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._channel is not None:
            self._channel.close()
            self._flush()
        self._transport.close()

    def expire(self) -> None:
        """Close for silence; cut off a peer that has not taken even the goodbye."""
        if self._transport is not None and self._transport.is_closing():
            self._transport.abort()
        elif self._port.context is not None and not self.ready:
            self._refuse("the peer did not finish the handshake in time")
        else:
            self.close()

    def _greet(self) -> None:
        self.ready = True
        self._port.receiver.connected(self)

    def _refuse(self, reason: str) -> None:
        if self._forget():
            self._port.receiver.handshake_refused(self._port.listener, self.flow.address, reason)
        if self._transport is not None:
            self._transport.close()

    def _forget(self) -> bool:
        """Free the connection's place; return whether it still had one."""
        port = self._port
        if port.connections.pop(self.flow.connection, None) is None:
            return False
        source = self.flow.address[0]
        port.sources[source] -= 1
        if not port.sources[source]:
            del port.sources[source]
        return True

    def _flush(self) -> None:
        if self._channel is not None and self._transport is not None:
            data = self._channel.outgoing()
            if data and not self._transport.is_closing():
                self._transport.write(data)
