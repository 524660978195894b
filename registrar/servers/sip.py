"""The road of a SIP message: octets → parse → retransmission? → attempt → ``System.register`` → outcome → octets.

No sockets here: ports hand octets in, and ``send`` hands them back to the port or connection of a flow.
"""

from collections.abc import Callable
from typing import Final

from registrar.core.kept import BEING_ANSWERED
from registrar.model.attempt import Action, Attempt
from registrar.model.events import EventType
from registrar.model.flow import Address, Flow, Listener, Transport
from registrar.model.media import Media
from registrar.model.outcome import Outcome
from registrar.model.policy import Protocol
from registrar.servers.proven import FACTOR, LARGEST, Proven
from registrar.servers.receiver import Connection, Datagrams
from registrar.servers.sip_copies import Copies
from registrar.servers.sip_events import SipEvents
from registrar.servers.unfinished import NOT_FINISHED, Unfinished
from registrar.sip import mediasec, options, registration, responses, stun
from registrar.sip.errors import SipError
from registrar.sip.framing import PONG, KeepAlive, StreamParser
from registrar.sip.inspection import inspect
from registrar.sip.message import Request, Response
from registrar.sip.nonces import Nonces
from registrar.sip.parser import parse_datagram
from registrar.sip.settings import SipSettings
from registrar.sip.shortened import shortened
from registrar.sip.transactions import Key, transaction_key
from registrar.store.errors import StoreError
from registrar.system import System

DEFAULT_PORT: Final = 5060
_SIP: Final = Protocol.SIP.value

_MALFORMED: Final = frozenset((400, 505, 513))
"""What is told of as a malformed message; any other refusal is ordinary life."""


class SipServer:
    """The registrar's SIP side: a ``Receiver`` for its UDP, TCP and TLS ports."""

    def __init__(
        self,
        system: System,
        settings: SipSettings,
        *,
        key: bytes,
        nonce_key: bytes,
        token: Callable[[], str],
        clock: Callable[[], float],
        proven: Proven | None = None,
    ) -> None:
        """``key`` is secret and lasts, tags and GRUUs come from it; ``nonce_key`` is new at every start.

        ``proven`` is shared with the other ports.
        """
        self.settings = settings
        self.udp: Datagrams | None = None
        self._system = system
        self._trace = system.trace
        self._key = key
        self._nonces = Nonces(nonce_key, settings.nonce_lifetime)
        self._clock = clock
        self._copies = Copies()
        self._proven = Proven() if proven is None else proven
        self._flow: Flow | None = None
        """Of the last datagram: the next is often from there too, all of a fleet's may be."""
        self._connections: dict[int, Connection] = {}
        self._parsers: dict[int, StreamParser] = {}
        self._unfinished = Unfinished()
        self._events = SipEvents(system, settings, self._nonces, key, token, self.send, self._proven)

    # -- ports --------------------------------------------------------------------------------------------------

    def datagram(self, listener: Listener, data: bytes, address: Address) -> None:
        """Take a UDP datagram: a message, a STUN keep-alive, or a line end that keeps an address translator awake."""
        flow = self._flow
        if flow is None or flow.address != address or flow.listener is not listener:
            flow = self._flow = Flow(listener, address)
        now = self._clock()
        if data[:1] < b"A":
            if data[:1] < b"\x02":
                answer = stun.answer(data, address)
                if answer is not None and self.udp is not None:
                    self.udp.send(answer, address)
                return
            if not data.strip(b"\r\n\0 "):
                return
        self._trace.received(flow, data, now)
        try:
            message = parse_datagram(data)
            if isinstance(message, Response):
                self._events.response(message, now)
            else:
                message.octets = len(data)
                self._request(message, flow, now)
        except SipError as error:
            if error.request is not None:
                error.request.octets = len(data)
            self._wrong(error, flow, now)

    def shown(self, data: bytes, source: str) -> bool:
        """Return whether a datagram that was not looked at yet brings back a challenge sent to its source address."""
        return self._nonces.brought_back(data, source)

    def connected(self, connection: Connection) -> None:
        """Greet a new connection."""
        number = connection.flow.connection
        self._connections[number] = connection
        self._parsers[number] = StreamParser()
        self._proven.add(connection.flow.address[0])
        if connection.flow.tls is not None:
            self._system.handshake(connection.flow, self._clock())

    def received(self, connection: Connection, data: bytes) -> None:
        """Take octets of a stream."""
        flow = connection.flow
        now = self._clock()
        parser = self._parsers[flow.connection]
        items = parser.feed(data)
        self._unfinished.heard(flow.connection, bool(items), parser.waiting, now)
        for item, octets in zip(items, parser.octets, strict=True):
            if isinstance(item, KeepAlive):
                connection.send(PONG)
                continue
            self._trace.received(flow, octets, now)
            if isinstance(item, Response):
                self._events.response(item, now)
            else:
                try:
                    if isinstance(item, SipError):
                        raise item
                    self._request(item, flow, now)
                except SipError as error:
                    self._wrong(error, flow, now)
                    if error.close:
                        connection.close()
                        return

    def closed(self, connection: Connection) -> None:
        """Let a connection go, and the outbound bindings that were reached over it."""
        flow = connection.flow
        self._connections.pop(flow.connection, None)
        self._parsers.pop(flow.connection, None)
        self._unfinished.forget(flow.connection)
        now = self._clock()
        self._events.flow_closed(flow, now)
        self._system.flow_closed(flow, now)

    def broken(self, connection: Connection, reason: str) -> None:
        """Tell of a TLS session that its peer broke."""
        flow = connection.flow
        self._system.wire_event(EventType.MALFORMED, flow.listener, flow.address, reason, self._clock())

    def handshake_refused(self, listener: Listener, address: Address, reason: str) -> None:
        """Tell of a TLS handshake that failed."""
        self._system.wire_event(EventType.HANDSHAKE_REFUSED, listener, address, reason, self._clock())

    def send(self, flow: Flow, data: bytes) -> None:
        """Send over the flow, if it is still there."""
        if flow.listener.transport is Transport.UDP:
            if self.udp is not None:
                self._trace.sent(flow, data, self._clock())
                self.udp.send(data, flow.address)
            return
        connection = self._connections.get(flow.connection)
        if connection is not None and connection.flow == flow:  # numbers come again after a restart
            self._trace.sent(flow, data, self._clock())
            connection.send(data)

    def tick(self, now: float) -> None:
        """Retransmit what waits for an answer, give up what does not end; called several times a second."""
        self._events.tick(now)
        self._copies.tick(now)
        for number in self._unfinished.take(now):
            connection = self._connections[number]
            self.broken(connection, NOT_FINISHED)
            connection.close()

    # -- requests -----------------------------------------------------------------------------------------------

    def _request(self, request: Request, flow: Flow, now: float) -> None:
        key = transaction_key(request, flow.address) if flow.listener.transport is Transport.UDP else None
        # a copy says all of its head again, so none has a CSeq that this head never came with
        kept = self._copies.find(key) if key is not None and not request.counted_up else None
        if kept is not None:
            if kept is not BEING_ANSWERED:
                self._reply(request, flow, kept)
            return
        encrypted = self._system.state.encrypted_media
        srtp = bool(encrypted) and Media.EXTENSION in encrypted
        inspect(request, flow, self.settings, srtp)
        if request.method == "REGISTER":
            srtp = mediasec.agreement(request, srtp)
            attempt = registration.attempt(request, flow, self.settings, self._nonces, self._key)
        elif request.method == "SUBSCRIBE":
            attempt = self._events.attempt(request, flow)
        else:
            self._reply(request, flow, options.answer(request, flow, self.settings, self._key))
            return
        outcome = self._system.register(attempt, now)
        if outcome.accepted and outcome.decision.rac:
            self._proven.add(flow.address[0])
        if outcome.stored:
            self._answer(request, attempt, outcome, key, outcome.accepted, now, srtp)
            return
        if key is not None:
            self._copies.begin(key, now)

        def committed(error: StoreError | None) -> None:
            became = outcome if error is None else self._system.not_stored(attempt, outcome, now)
            self._answer(request, attempt, became, key, True, now, srtp)

        self._system.after_commit(committed)

    def _answer(
        self, request: Request, attempt: Attempt, outcome: Outcome, key: Key | None, lasts: bool, now: float, srtp: bool
    ) -> None:
        """Send the answer, and keep it for copies of the request when there is a ``key``.

        One that ``lasts`` is pushed out by no refusals: of what was accepted, or begun to be.
        """
        subscribing = attempt.action is Action.AUTHORIZE
        if subscribing:
            answer = self._events.answer(request, attempt, outcome, now)
        else:
            answer = responses.answer(request, attempt, outcome, self.settings, self._nonces, self._key, now, srtp)
        if key is not None:
            if len(answer) > FACTOR * request.octets or len(answer) > LARGEST:
                answer = self._with_less(answer, request, attempt, outcome, now, srtp)
            self._copies.keep(key, answer, lasts, now)
        self._reply(request, attempt.flow, answer)
        self._system.tally.answered(_SIP, self._clock() - now)
        if subscribing:
            self._events.flush()

    def _with_less(
        self, answer: bytes, request: Request, attempt: Attempt, outcome: Outcome, now: float, srtp: bool
    ) -> bytes:
        """Return what is answered over UDP in the place of something too long for a datagram, or for its receiver.

        Of a number's contacts only those are listed that the request itself was about. Whoever asked for them all is
        told 513: a query has changed nothing, and over TCP it is answered.
        """
        flow = attempt.flow
        allowed = self._proven.allowed(flow.address[0], request.octets)
        if len(answer) <= allowed or len(shortened(answer)) <= allowed or not outcome.accepted:
            return answer
        if attempt.action is Action.BIND and not attempt.contacts:
            too_large = SipError(513, "Answer Too Large For UDP", request)
            self._system.wire_event(EventType.MALFORMED, flow.listener, flow.address, str(too_large), now)
            return responses.error(too_large, flow, self.settings, self._key) or b""
        own = tuple([each for each in outcome.bindings if (each.call_id, each.cseq) == (attempt.call_id, attempt.cseq)])
        less = outcome._replace(bindings=own)
        return responses.answer(request, attempt, less, self.settings, self._nonces, self._key, now, srtp)

    def _wrong(self, error: SipError, flow: Flow, now: float) -> None:
        """Answer what cannot be processed, and tell of it."""
        answer = responses.error(error, flow, self.settings, self._key)
        if answer is not None and error.request is not None:
            self._reply(error.request, flow, answer)
        if error.status in _MALFORMED:
            self._system.wire_event(EventType.MALFORMED, flow.listener, flow.address, str(error), now)

    def _reply(self, request: Request, flow: Flow, answer: bytes) -> None:
        """Send a response where responses go: RFC 3261 section 18.2.2, RFC 3581 section 4.

        ``maddr`` is not followed: whoever is named there did not ask.
        """
        if flow.listener.transport is Transport.UDP:
            if len(answer) > FACTOR * request.octets or len(answer) > LARGEST:
                answer = self._within(answer, request, flow)
            if answer and self.udp is not None:
                via = request.via
                address = flow.address if via.rport else (flow.address[0], via.port or DEFAULT_PORT)
                self._trace.sent(flow, answer, self._clock())
                self.udp.send(answer, address)
            return
        self.send(flow, answer)

    def _within(self, answer: bytes, request: Request, flow: Flow) -> bytes:
        """Return as much of an answer over UDP as may be sent there; empty when that is nothing."""
        allowed = self._proven.allowed(flow.address[0], request.octets)
        if len(answer) > allowed:
            answer = shortened(answer)
        if len(answer) > allowed:
            self._system.tally.answer_withheld(_SIP)
            return b""
        return answer
