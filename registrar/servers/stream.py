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
from typing import Final

from registrar.model.flow import Address, Flow, Listener
from registrar.servers.accepting import Accepting
from registrar.servers.connection import StreamConnection
from registrar.servers.handshakes import Handshakes
from registrar.servers.limits import StreamLimits
from registrar.servers.readiness import HEARD, OVER, ROOM, Readiness, Stirred, readiness
from registrar.servers.receiver import Receiver
from registrar.servers.rota import Rota
from registrar.servers.secure import SecureConnection

BATCH: Final = 16
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
        self.held = 0
        """Octets that wait for peers that do not read."""
        self.loop = asyncio.get_running_loop()
        self.readiness: Readiness
        """Set once there are connections to look at."""
        self._turns: Rota[StreamConnection] = Rota()
        self._handshakes: Handshakes[SecureConnection] = Handshakes(SecureConnection.make_room)
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
        self.sources[source] = self.sources.get(source, 0) + 1
        if self.context is not None:
            self.connections[flow.connection] = self.files[file] = SecureConnection(self, file, flow)
        else:
            connection = self.connections[flow.connection] = self.files[file] = StreamConnection(self, file, flow)
            connection.greet()

    def may_shake_hands(self, connection: SecureConnection) -> bool:
        """Return whether a handshake may begin at once; else it waits until it is told to."""
        flow, limits = connection.flow, self.limits
        return self._handshakes.begin(
            flow.address[0], flow.connection, connection, limits.handshakes, limits.handshakes_per_source
        )

    def shook_hands(self, connection: SecureConnection) -> None:
        """Let another handshake begin, of the same source as a rule, after one that is done or given up."""
        flow = connection.flow
        following = self._handshakes.end(flow.address[0], flow.connection)
        if following is not None:
            following.admit()
            if not following.waits:
                self._queue(following)

    def _stirred(self, stirred: Stirred) -> None:
        """Serve those who have something to say, or let them wait for their turn."""
        files = self.files
        at_once = not self._turns and len(stirred) <= BATCH
        batch: list[StreamConnection] = []
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
                    batch.append(connection)
                else:
                    self._queue(connection)
        self._serve(batch)

    def hear_again(self, connection: StreamConnection) -> None:
        """Read what came while a peer took no answers and was not heard."""
        if not connection.waits:
            self._queue(connection)

    def _queue(self, connection: StreamConnection) -> None:
        """Let a connection wait for its turn."""
        connection.waits = True
        self._turns.put(connection.flow.address[0], connection)
        if not self._round_due:
            self._round_due = True
            self.loop.call_soon(self._next_round)

    def _next_round(self) -> None:
        """Serve a batch of those that wait, each source in its turn."""
        turns = self._turns
        batch: list[StreamConnection] = []
        while turns and len(batch) < BATCH:
            connection = turns.take()
            connection.waits = False
            batch.append(connection)
        try:
            self._serve(batch)
        finally:
            self._round_due = bool(turns)
            if turns:
                self.loop.call_soon(self._next_round)

    def _serve(self, batch: list[StreamConnection]) -> None:
        """Serve connections, all of them a step before the next step."""
        for connection in batch:
            try:
                connection.hear()
            except Exception as error:
                self._at_fault(connection, error)
        for connection in batch:
            try:
                connection.answer()
            except Exception as error:
                self._at_fault(connection, error)
        for connection in batch:
            try:
                connection.flush()
            except Exception as error:
                self._at_fault(connection, error)
            if connection.more and not connection.waits:
                self._queue(connection)

    def _at_fault(self, connection: StreamConnection, error: Exception) -> None:
        """Give up one connection: the others have their turn all the same."""
        self.loop.call_exception_handler({"message": "a fault in serving a connection", "exception": error})
        try:
            connection.cut_off()
            connection.flush()
        except Exception as another:
            self.loop.call_exception_handler({"message": "a fault in ending a connection", "exception": another})

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
