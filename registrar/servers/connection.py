"""A TCP connection of a port. It is served in three steps, and many connections a step at a time.

What a step needs of the program, of OpenSSL and of the system is then in the processor's caches from one connection to
the next: a handshake evicts what comes before it, and a registration over TLS costs a tenth more where they alternate.
"""

import os
from typing import TYPE_CHECKING, Final

from registrar.model.flow import Flow

if TYPE_CHECKING:
    from registrar.servers.stream import StreamListener

PIECE: Final = 4096
"""Octets read of a connection at a time: some ten REGISTERs."""


class StreamConnection:
    """One connection."""

    __slots__ = (
        "_blocked",
        "_closing",
        "_file",
        "_flush_due",
        "_heard",
        "_held",
        "_left",
        "_port",
        "_unsent",
        "flow",
        "heard_at",
        "more",
        "over",
        "ready",
        "waits",
    )

    def __init__(self, port: "StreamListener", file: int, flow: Flow) -> None:
        self._port = port
        self._file = file
        """-1 when it is closed."""
        self._heard: bytes | None = None
        """What was read and is not handed on yet."""
        self._left = False
        """The peer said its last word, and it was read."""
        self._unsent: bytearray | None = None
        """What goes out with the next flush, or waits for room."""
        self._blocked = False
        """The peer takes no more for now, and is not heard until it does."""
        self._held = 0
        """Octets that wait for it, as counted with the port's."""
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
        self.more = False
        """There may be more to read than was read."""
        self.over = False
        """What is still to be read is all there will be."""

    # -- the three steps ----------------------------------------------------------------------------------------

    def hear(self) -> None:
        """Read a piece."""
        self.more = False
        file = self._file
        if file < 0 or self._closing or self._blocked:
            return
        try:
            data = os.read(file, PIECE)
        except BlockingIOError:
            self._port.readiness.spent(file)
            return
        except OSError:
            self._broken_off()
            return
        if not data:
            self._left = True
            return
        self._flush_due = True  # in the third step
        if len(data) == PIECE:
            self.more = True
        elif self.over:
            self._left = True
        else:
            self._port.readiness.spent(file)
        self._take(data)

    def answer(self) -> None:
        """Hand on what was heard."""
        data, self._heard = self._heard, None
        if data is not None and not self._closing:
            port = self._port
            self.heard_at = port.clock()
            port.receiver.received(self, data)
        if self._left:
            self._closing = True

    def flush(self) -> None:
        """Write what there is to send, as far as the peer takes it; cut off one that leaves too much."""
        self._flush_due = False
        if self._file < 0:
            return
        data = self._outgoing()
        if data:
            try:
                sent = os.write(self._file, data)
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
                self._port.readiness.wants_room(self._file, False)
                self._count_held(0)
                self._port.hear_again(self)
        if self._closing:
            self._end()

    # -- what its receiver and its port ask of it -----------------------------------------------------------------

    def greet(self) -> None:
        """Let the receiver know that there is a connection."""
        self.ready = True
        self._port.receiver.connected(self)

    def send(self, data: bytes) -> None:
        """Send; a connection that is gone or closing drops it."""
        if self._closing or self._file < 0 or not self.ready:
            return
        if self._keep(data) > self._port.limits.unsent_octets:
            self.cut_off()
        self._flush_soon()

    def close(self) -> None:
        """Send what waits, close."""
        if not self._closing and self._file >= 0:
            self._closing = True
            self._flush_soon()

    def cut_off(self) -> None:
        """Close without another word."""
        self._unsent = None
        self._closing = True
        self._flush_soon()

    def expire(self) -> None:
        """Close for silence; cut off a peer that has not taken even the goodbye."""
        if self._closing:
            self.cut_off()
        else:
            self.close()

    # -- what TLS does otherwise --------------------------------------------------------------------------------------

    def _take(self, data: bytes) -> None:
        """Take octets that were read."""
        self._heard = data

    def _keep(self, data: bytes) -> int:
        """Keep octets for the next flush; return how many wait for it."""
        unsent = self._unsent
        if unsent is None:
            unsent = self._unsent = bytearray(data)
        else:
            unsent += data
        return len(unsent)

    def _outgoing(self) -> bytes | bytearray | None:
        """Return what is to be written."""
        return self._unsent

    def _broken_off(self) -> None:
        """End what the peer broke off."""
        self._end()

    def _let_go(self) -> None:
        """Let everything go that is kept for the peer."""
        self._unsent = self._heard = None

    # -------------------------------------------------------------------------------------------------------------

    def _hold(self, data: bytes | bytearray, sent: int) -> None:
        """Keep what the peer does not take now, if it is not too much."""
        left = self._unsent = data if isinstance(data, bytearray) else bytearray(data)
        del left[:sent]
        self._count_held(len(left))
        limits = self._port.limits
        if len(left) > limits.unsent_octets or self._port.held > limits.unsent_octets_in_all:
            self._end()
        elif not self._blocked:
            self._blocked = True
            self._port.readiness.wants_room(self._file, True)

    def _count_held(self, octets: int) -> None:
        self._port.held += octets - self._held
        self._held = octets

    def _flush_soon(self) -> None:
        if not self._flush_due:
            self._flush_due = True
            self._port.loop.call_soon(self.flush)

    def _end(self) -> None:
        """Close now and let everything go."""
        file, self._file = self._file, -1
        if file < 0:
            return
        port = self._port
        port.shut(file)
        port.forget(self.flow)
        self._count_held(0)
        self._let_go()
        self._closing = True
        if self.ready:
            self.ready = False
            port.receiver.closed(self)
