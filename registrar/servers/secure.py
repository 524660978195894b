"""A TLS connection of a port: a handshake when it has its turn, then records in and records out."""

import ssl
from typing import TYPE_CHECKING, Final

from registrar.model.flow import Flow
from registrar.servers.connection import PIECE, StreamConnection
from registrar.tls.channel import HandshakeRefused, TlsChannel, TlsClosed
from registrar.tls.records import first_length

if TYPE_CHECKING:
    from registrar.servers.stream import StreamListener

_GREETING: Final = 0
"""The peer's first record has not come in whole: what has is all that is kept of the peer."""
_WAITING: Final = 1
"""For its handshake to begin."""
_ADMITTED: Final = 2
"""Its handshake may begin."""
_UNDER_WAY: Final = 3
_DONE: Final = 4


class SecureConnection(StreamConnection):
    """One connection, greeted after its handshake."""

    __slots__ = ("_broke", "_channel", "_goodbye", "_hello", "_plain", "_plain_octets", "_records", "_stage")

    def __init__(self, port: "StreamListener", file: int, flow: Flow) -> None:
        super().__init__(port, file, flow)
        self._channel: TlsChannel | None = None
        self._stage = _GREETING
        self._hello = b""
        """What came before the handshake began."""
        self._records: list[bytes] | None = None
        """Plaintext that was heard and is not handed on yet, record by record."""
        self._broke: str | None = None
        """Why the session has ended; empty when it ended in good order."""
        self._plain: list[bytes] | None = None
        """What the next flush encrypts, a record each."""
        self._plain_octets = 0
        self._goodbye = False
        """The next flush says it."""

    def hear(self) -> None:
        """Read a piece and decrypt what it completes; a handshake that waits for its turn leaves it unread."""
        if self._stage == _WAITING:
            self.more = False
            self._left = self.over
        elif self._stage == _ADMITTED and self._file >= 0 and not self._closing:
            hello, self._hello = self._hello, b""
            self._flush_due = self.more = True
            self._begin(hello)
        else:
            super().hear()

    def answer(self) -> None:
        """Greet, and hand on what was heard."""
        port, channel = self._port, self._channel
        if not self.ready:
            if channel is None or channel.session is None:
                if self._left and not self._closing:
                    self._refuse("the peer closed the connection during the handshake")
                return
            flow = self.flow
            self.flow = Flow(flow.listener, flow.address, flow.connection, channel.session)
            self.heard_at = port.clock()
            self.greet()
        records, self._records = self._records, None
        if records and not self._closing:  # octets that complete nothing keep no connection alive
            self.heard_at = port.clock()
            if len(records) > 1 and not port.by_record:
                records = [b"".join(records)]
            for record in records:
                port.receiver.received(self, record)
        broke, self._broke = self._broke, None
        if broke is not None and not self._closing:
            if broke:
                port.receiver.broken(self, broke)
            self.close()
        if self._left:
            self._closing = True

    def close(self) -> None:
        """Say goodbye, send what waits, close."""
        if not self._closing and self._file >= 0:
            self._goodbye = True
            super().close()

    def cut_off(self) -> None:
        """Close without another word."""
        self._channel = self._plain = None
        super().cut_off()

    def expire(self) -> None:
        """Close for silence; cut off a peer that has not taken even the goodbye."""
        if not self._closing and not self.ready:
            self._refuse("the peer did not finish the handshake in time")
        else:
            super().expire()

    def admit(self) -> None:
        """Let the handshake begin when this is served next."""
        self._stage = _ADMITTED

    def make_room(self) -> None:
        """End a handshake that has lost its place."""
        self._stage = _DONE
        self._refuse("the peer did not finish the handshake, and another one needed its place")

    def _take(self, data: bytes) -> None:
        if self._stage != _GREETING:
            self._decrypt(data)
            return
        hello = self._hello + data if self._hello else data
        if len(hello) < min(first_length(hello), PIECE):
            self._hello = hello  # a peer that says no more costs no TLS
        elif self._port.may_shake_hands(self):
            self._hello = b""
            self._begin(hello)
        else:
            self._hello = hello
            self._stage = _WAITING
            self.more = False

    def _begin(self, hello: bytes) -> None:
        """Begin the handshake."""
        context = self._port.context
        assert context is not None
        self._stage = _UNDER_WAY
        self._channel = TlsChannel(context())
        self._decrypt(hello)

    def _decrypt(self, data: bytes) -> None:
        """Take octets; keep what they complete until it is handed on, and why the session ended."""
        channel = self._channel
        if channel is None:
            return
        try:
            self._records = channel.receive_records(data)
        except HandshakeRefused as refusal:
            self._refuse(refusal.reason)
            return
        except TlsClosed as closed:
            self._records, self._broke = closed.records, closed.reason
        if self._stage == _UNDER_WAY and channel.session is not None:
            self._no_longer_shakes_hands()

    def _keep(self, data: bytes) -> int:
        if self._plain is None:
            self._plain = [data]
            self._plain_octets = len(data)
        else:
            self._plain.append(data)
            self._plain_octets += len(data)
        return self._plain_octets + (0 if self._unsent is None else len(self._unsent))

    def _outgoing(self) -> bytes | bytearray | None:
        """Encrypt what waits, and return all that is to be written."""
        channel, unsent = self._channel, self._unsent
        if channel is None:
            return unsent
        plain, self._plain = self._plain, None
        if plain is not None:
            try:
                for data in plain:
                    channel.send(data)
            except ssl.SSLError:  # the peer broke the session
                self._closing = True
        if self._goodbye:
            self._goodbye = False
            channel.close()
        if not channel.unsent:
            return unsent
        return channel.outgoing() if unsent is None else unsent + channel.outgoing()

    def _broken_off(self) -> None:
        if not self.ready:
            self._refuse("the peer broke off the connection during the handshake")
        self._end()

    def _refuse(self, reason: str) -> None:
        """Tell of a handshake that failed, send the alert that it ends with, close."""
        port = self._port
        if port.forget(self.flow):
            port.receiver.handshake_refused(port.listener, self.flow.address, reason)
        self._closing = True
        self.flush()
        self._end()

    def _no_longer_shakes_hands(self) -> None:
        """Give another one the place."""
        self._stage, before = _DONE, self._stage
        if before != _GREETING and before != _DONE:
            self._port.shook_hands(self)

    def _let_go(self) -> None:
        super()._let_go()
        self._no_longer_shakes_hands()
        self._channel = self._records = self._plain = None
        self._hello = b""
