"""A TCP or TLS port and its connections, within limits.

Octets are taken a small piece at a time, and a connection is read when it has its turn. Where more come than are
served, source addresses take turns: one that floods delays itself, and what waits stays with the system and the peer.

Sockets are read and written as they are: an event loop's transport and its task to make one cost more than all that
is done here.
"""

import asyncio
import itertools
import os
import ssl
from collections.abc import Callable

from registrar.model.flow import Address, Flow, Listener
from registrar.servers.accepting import Accepting
from registrar.servers.limits import StreamLimits
from registrar.servers.readiness import HEARD, OVER, ROOM, Readiness, Stirred, readiness
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
        """By number."""
        self.sources: dict[str, int] = {}
        """How many of them each address has."""
        self.files: dict[int, StreamConnection] = {}
        """By open file."""
        self.loop = asyncio.get_running_loop()
        self.readiness: Readiness
        """Set once there are connections to look at."""
        self._turns: Rota[StreamConnection] = Rota()
        self._round_due = False
        self._accepting: Accepting | None = None
        self._closed = True

    async def start(self) -> None:
        """Bind and listen; ``listener`` then has the real port. Raises ``OSError``."""
        self._accepting = Accepting(self.listener.host, self.listener.port, self._arrive)
        self.listener = self.listener._replace(port=self._accepting.port)
        self.readiness = readiness(self._stirred)
        self._closed = False

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
            len(self.connections) >= limits.connections or self.sources.get(source, 0) >= limits.connections_per_source
        )

    def forget(self, flow: Flow) -> bool:
        """Free a connection's place; return whether it still had one."""
        if self.connections.pop(flow.connection, None) is None:
            return False
        source = flow.address[0]
        left = self.sources.pop(source) - 1
        if left:
            self.sources[source] = left
        return True

    def shut(self, file: int) -> None:
        """Close a connection's file."""
        del self.files[file]
        self.readiness.remove(file)
        os.close(file)
        if self._closed and not self.files:
            self.readiness.close()

    def _arrive(self, file: int, address: Address) -> None:
        """Admit a connection within the limits."""
        source = address[0]
        if self.full(source) or not self.readiness.add(file):
            os.close(file)
            return
        flow = Flow(self.listener, address, next(_numbers))
        connection = self.connections[flow.connection] = self.files[file] = StreamConnection(self, file, flow)
        self.sources[source] = self.sources.get(source, 0) + 1
        if self.context is None:
            connection.greet()

    def _stirred(self, stirred: Stirred) -> None:
        """Serve those who have something to say, or let them wait for their turn."""
        files = self.files
        at_once = not self._turns and len(stirred) <= BATCH
        for file, what in stirred:
            connection = files.get(file)
            if connection is None:  # gone meanwhile
                continue
            if what & ROOM:
                self.loop.call_soon(connection.flush)
            if what & OVER:
                connection.over = True
            if what & (HEARD | OVER) and not connection.waits:
                if at_once:
                    self._serve(connection)
                else:
                    self._queue(connection)

    def _queue(self, connection: "StreamConnection") -> None:
        """Let a connection wait for its turn."""
        connection.waits = True
        self._turns.put(connection.flow.address[0], connection)
        if not self._round_due:
            self._round_due = True
            self.loop.call_soon(self._next_round)

    def _next_round(self) -> None:
        """Serve a batch of those that wait, each source in its turn."""
        turns = self._turns
        for _ in range(BATCH):
            if not turns:
                break
            connection = turns.take()
            connection.waits = False
            self._serve(connection)
        self._round_due = bool(turns)
        if turns:
            self.loop.call_soon(self._next_round)

    def _serve(self, connection: "StreamConnection") -> None:
        try:
            if connection.serve():
                self._queue(connection)
        except Exception as error:  # the others have their turn all the same
            connection.cut_off()
            connection.flush()
            self.loop.call_exception_handler({"message": "a fault in serving a connection", "exception": error})

    async def close(self) -> None:
        """Stop listening and close every connection."""
        if self._accepting is None or self._closed:
            return
        self._closed = True
        self._accepting.close()
        for connection in list(self.files.values()):
            connection.close()
        if not self.files:
            self.readiness.close()
        await asyncio.sleep(0)


class StreamConnection:
    """One connection."""

    __slots__ = (
        "_blocked",
        "_channel",
        "_closing",
        "_file",
        "_flush_due",
        "_port",
        "_unsent",
        "flow",
        "heard_at",
        "over",
        "ready",
        "waits",
    )

    def __init__(self, port: StreamListener, file: int, flow: Flow) -> None:
        self._port = port
        self._file = file
        """-1 when it is closed."""
        self._channel: TlsChannel | None = None
        self._unsent: bytearray | None = None
        """What goes out with the next flush, or waits for room."""
        self._blocked = False
        """The peer takes no more for now."""
        self._flush_due = False
        """Whoever set it will flush."""
        self._closing = False
        """Closed as soon as everything is sent."""
        self.flow = flow
        self.ready = False
        """Greeted: for TLS after the handshake."""
        self.heard_at = port.clock()
        """The last time octets came in; before that, when the connection or its handshake began."""
        self.waits = False
        """For its turn to be read."""
        self.over = False
        """What is still to be read is all there will be."""

    def serve(self) -> bool:
        """Read a piece and take it; return whether there may be more."""
        file, port = self._file, self._port
        if file < 0 or self._closing:
            return False
        try:
            data = os.read(file, PIECE)
        except BlockingIOError:
            port.readiness.spent(file)
            return False
        except OSError:
            if port.context is not None and not self.ready:
                self._refuse("the peer broke off the connection during the handshake")
            self._end()
            return False
        if data:
            self._flush_due = True
            self._take(data)
            self.flush()
            if self._file < 0 or self._closing:
                return False
            if len(data) == PIECE:
                return True
            if not self.over:
                port.readiness.spent(file)
                return False
        if port.context is not None and not self.ready:
            self._refuse("the peer closed the connection during the handshake")
        self._closing = True
        self.flush()
        return False

    def _take(self, data: bytes) -> None:
        """Decrypt where it is TLS, and hand on."""
        port = self._port
        if port.context is None:
            self.heard_at = port.clock()
            port.receiver.received(self, data)
            return
        records, end = self._decrypt(port.context, data)
        if records and self.ready:  # octets that complete nothing keep no connection alive
            self.heard_at = port.clock()
            if len(records) > 1 and not port.by_record:
                records = [b"".join(records)]
            for record in records:
                port.receiver.received(self, record)
        if end is not None:
            if end and self.ready:
                port.receiver.broken(self, end)
            self.close()

    def _decrypt(self, context: Callable[[], ssl.SSLContext], data: bytes) -> tuple[list[bytes], str | None]:
        """Return the plaintext that the octets complete, record by record; and where the session ended, why.

        An end in good order is empty.
        """
        channel = self._channel
        if channel is None:  # a peer that says nothing costs no TLS
            channel = self._channel = TlsChannel(context())
        end: str | None = None
        try:
            records = channel.receive_records(data)
        except HandshakeRefused as refusal:
            self._refuse(refusal.reason)
            return [], None
        except TlsClosed as closed:
            end, records = closed.reason, closed.records
        if not self.ready and channel.session is not None:
            self.flow = self.flow._replace(tls=channel.session)
            self.heard_at = self._port.clock()
            self.greet()
        return records, end

    def greet(self) -> None:
        """Let the receiver know that there is a connection."""
        self.ready = True
        self._port.receiver.connected(self)

    def send(self, data: bytes) -> None:
        """Send; a connection that is gone or closing drops it."""
        if self._closing or self._file < 0 or not self.ready:
            return
        if self._channel is not None:
            self._channel.send(data)
            waiting = self._channel.unsent
        elif self._unsent is None:
            self._unsent = bytearray(data)
            waiting = len(data)
        else:
            self._unsent += data
            waiting = len(self._unsent)
        if waiting > self._port.limits.unsent_octets:
            self.cut_off()
        self._flush_soon()

    def flush(self) -> None:
        """Write what there is to send, as far as the peer takes it; cut off one that leaves too much."""
        self._flush_due = False
        file, channel = self._file, self._channel
        if file < 0:
            return
        data: bytes | bytearray | None = self._unsent
        if channel is not None and channel.unsent:
            data = channel.outgoing() if data is None else data + channel.outgoing()
        if data:
            try:
                sent = os.write(file, data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._end()
                return
            if sent < len(data):
                self._hold(data, sent)
                return
            self._unsent = None
            if self._blocked:
                self._blocked = False
                self._port.readiness.wants_room(file, False)
        if self._closing:
            self._end()

    def _hold(self, data: bytes | bytearray, sent: int) -> None:
        """Keep what the peer does not take now, if it is not too much."""
        left = self._unsent = data if isinstance(data, bytearray) else bytearray(data)
        del left[:sent]
        if len(left) > self._port.limits.unsent_octets:
            self._end()
        elif not self._blocked:
            self._blocked = True
            self._port.readiness.wants_room(self._file, True)

    def close(self) -> None:
        """Say goodbye, send what waits, close."""
        if self._closing or self._file < 0:
            return
        if self._channel is not None:
            self._channel.close()
        self._closing = True
        self._flush_soon()

    def cut_off(self) -> None:
        """Close without another word."""
        self._channel = self._unsent = None
        self._closing = True
        self._flush_soon()

    def expire(self) -> None:
        """Close for silence; cut off a peer that has not taken even the goodbye."""
        if self._closing:
            self.cut_off()
        elif self._port.context is not None and not self.ready:
            self._refuse("the peer did not finish the handshake in time")
        else:
            self.close()

    def _flush_soon(self) -> None:
        if not self._flush_due:
            self._flush_due = True
            self._port.loop.call_soon(self.flush)

    def _refuse(self, reason: str) -> None:
        """Tell of a handshake that failed, send the alert that it ends with, close."""
        port = self._port
        if port.forget(self.flow):
            port.receiver.handshake_refused(port.listener, self.flow.address, reason)
        self._closing = True
        self.flush()
        self._end()

    def _end(self) -> None:
        """Close now and let everything go."""
        file, self._file = self._file, -1
        if file < 0:
            return
        port = self._port
        port.shut(file)
        port.forget(self.flow)
        self._channel = self._unsent = None
        self._closing = True
        if self.ready:
            self.ready = False
            port.receiver.closed(self)
