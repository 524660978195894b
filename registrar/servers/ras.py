"""The road of a RAS message: octets → decode → retransmission? → attempt → ``System.register`` → outcome → octets.

No sockets here: ports hand octets in, and ``send`` hands them back to the port or connection of a flow. What comes over
UDP and what comes inside TLS takes the same road.
"""

from collections.abc import Callable
from itertools import count
from typing import Final

from registrar.core.kept import BEING_ANSWERED, KeptAnswers, Key
from registrar.h323 import calls, discovery, registration, responses, services, unregistration
from registrar.h323.aliases import aliases_of, number_among
from registrar.h323.errors import PerError, RasError
from registrar.h323.framing import FramingError, TpktParser, tpkt
from registrar.h323.gatekeeper import Gatekeeper
from registrar.h323.h235.replays import Replays
from registrar.h323.h235.signing import Signer
from registrar.h323.identifiers import Identifiers, called
from registrar.h323.messages import Message, Request, not_understood
from registrar.h323.ras import decode, encode
from registrar.h323.registration import Asked
from registrar.h323.settings import RasSettings
from registrar.model.binding import Binding
from registrar.model.events import EventType
from registrar.model.flow import Address, Flow, Listener, Transport
from registrar.model.outcome import Outcome
from registrar.model.policy import Protocol
from registrar.model.reason import Reason
from registrar.policy.answers import warning
from registrar.policy.decide import excluding
from registrar.servers.proven import FACTOR, Proven
from registrar.servers.ras_events import RasEvents
from registrar.servers.receiver import Connection, Datagrams
from registrar.servers.unfinished import NOT_FINISHED, Unfinished
from registrar.store.errors import StoreError
from registrar.system import System

_Handler = Callable[[Request, bytes, Flow, float], None]

_H323 = Protocol.H323.value

COPIES_SECONDS: Final = 10.0
"""How long an answer is kept for copies of its request, twice that at most: an RRQ is repeated for 9 s (H.225.0 table
27), and an endpoint that is started again may soon use the same requestSeqNum for something else."""


class RasServer:
    """The gatekeeper: a ``Receiver`` for its UDP and TLS ports."""

    def __init__(
        self,
        system: System,
        settings: RasSettings,
        *,
        key: bytes,
        token: Callable[[], str],
        random: int,
        clock: Callable[[], float],
        local: Callable[[Flow], Address],
        proven: Proven | None = None,
    ) -> None:
        """``key`` is secret and lasts, endpointIdentifiers come from it.

        ``random`` is where the random numbers of signed messages begin; ``local`` tells where a peer reaches us;
        ``proven`` is shared with the other ports.
        """
        self.settings = settings
        self.udp: Datagrams | None = None
        self.multicast: Listener | None = None
        """The port of discovery by multicast, where there is one."""
        self._system = system
        self._trace = system.trace
        replays = Replays(settings.window, self._last_stamp)
        self._gatekeeper = Gatekeeper(settings, system.state, replays, Identifiers(key, token))
        self._clock = clock
        self._local = local
        self._random = count(random)
        self._kept = KeptAnswers(lifetime=COPIES_SECONDS)
        self._proven = Proven() if proven is None else proven
        self._octets = 0
        """Of the message that is being looked at."""
        self._connections: dict[int, Connection] = {}
        self._parsers: dict[int, TpktParser] = {}
        self._unfinished = Unfinished()
        self._events = RasEvents(system, settings, self._encoded, self.send, self._proven)
        self._handlers: dict[str, _Handler] = {
            "gatekeeperRequest": self._discover,
            "registrationRequest": self._register,
            "unregistrationRequest": self._unregister,
            "admissionRequest": self._admit,
            "bandwidthRequest": self._change_bandwidth,
            "disengageRequest": self._disengage,
            "locationRequest": self._locate,
            "resourcesAvailableIndicate": self._note_resources,
            "serviceControlIndication": self._control_service,
            "infoRequestResponse": self._hear_status,
            "unregistrationConfirm": self._hear_answer,
            "unregistrationReject": self._hear_answer,
            "requestInProgress": self._wait,
        }

    # -- ports --------------------------------------------------------------------------------------------------

    def datagram(self, listener: Listener, data: bytes, address: Address) -> None:
        """Take a UDP datagram."""
        self._message(data, Flow(listener, address))

    def shown(self, data: bytes, source: str) -> bool:
        """Return whether a datagram that was not looked at yet brings back what was sent to its source address."""
        return self._gatekeeper.identifiers.brought_back(data, source)

    def connected(self, connection: Connection) -> None:
        """Greet a new connection."""
        number = connection.flow.connection
        self._connections[number] = connection
        self._proven.add(connection.flow.address[0])
        if self.settings.framed:
            self._parsers[number] = TpktParser()
        if connection.flow.tls is not None:
            self._system.handshake(connection.flow, self._clock())

    def received(self, connection: Connection, data: bytes) -> None:
        """Take octets of a stream: some of its frames, or one message where there are none."""
        flow = connection.flow
        parser = self._parsers.get(flow.connection)
        if parser is None:
            self._message(data, flow)
            return
        fault = ""
        try:
            messages = parser.feed(data)
        except FramingError as error:
            fault, messages = str(error), error.messages
        self._unfinished.heard(flow.connection, bool(messages), parser.waiting, self._clock())
        for message in messages:
            if message:
                self._message(message, flow)
        if fault:
            self._malformed(flow, fault, self._clock())
            connection.close()

    def closed(self, connection: Connection) -> None:
        """Let a connection go; what was registered over it stays for its time."""
        number = connection.flow.connection
        self._connections.pop(number, None)
        self._parsers.pop(number, None)
        self._unfinished.forget(number)
        self._events.forget(connection.flow)

    def broken(self, connection: Connection, reason: str) -> None:
        """Tell of a TLS session that its peer broke."""
        self._malformed(connection.flow, reason, self._clock())

    def handshake_refused(self, listener: Listener, address: Address, reason: str) -> None:
        """Tell of a TLS handshake that failed."""
        if "older than TLS 1.2" in reason:
            reason += "; for DBC 42x 02 telephones set tls_profile to d4"
        self._system.wire_event(EventType.HANDSHAKE_REFUSED, listener, address, reason, self._clock())

    def send(self, flow: Flow, data: bytes) -> None:
        """Send over the flow, if it is still there: to where the peer's messages come from."""
        if flow.listener.transport is Transport.UDP:
            if self.udp is not None:
                self._trace.sent(flow, data, self._clock())
                self.udp.send(data, flow.address)
            return
        connection = self._connections.get(flow.connection)
        if connection is not None and connection.flow == flow:  # numbers come again after a restart
            self._trace.sent(flow, data, self._clock())
            connection.send(tpkt(data) if self.settings.framed else data)

    def tick(self, now: float) -> None:
        """Ask silent endpoints, repeat what was not answered; called several times a second."""
        self._events.tick(now)
        self._kept.tick(now)
        for number in self._unfinished.take(now):
            connection = self._connections[number]
            self.broken(connection, NOT_FINISHED)
            connection.close()

    # -- messages -----------------------------------------------------------------------------------------------

    def _message(self, data: bytes, flow: Flow) -> None:
        now = self._clock()
        self._trace.received(flow, data, now)
        self._octets = len(data)
        try:
            name, request = decode(data)
        except PerError as error:
            self._malformed(flow, f"no RAS message: {error}", now)
            return
        if flow.listener is self.multicast and name != "gatekeeperRequest":
            return
        handler = self._handlers.get(name)
        if handler is not None:
            handler(request, data, flow, now)
        elif name not in services.RESPONSES:
            known = isinstance(request, dict) and "requestSeqNum" in request
            self._answer(flow, not_understood(request["requestSeqNum"] if known else 1, data), None, now)

    def _discover(self, request: Request, _data: bytes, flow: Flow, now: float) -> None:
        if flow.listener is self.multicast and not discovery.is_for(request, self.settings.gatekeeper):
            return
        terminal = self._system.classifier.classify(discovery.terminal_of(request), Protocol.H323)
        row = excluding(self._system.state.policy, Protocol.H323, terminal.terminal_class)
        words = warning(row.refusal, row.id) if row is not None and row.refusal is not None else ""
        showing = self._showing(request, flow, now)
        self._answer(flow, discovery.answer(request, self.settings, self._local(flow), words, showing), None, now)

    def _showing(self, request: Request, flow: Flow, now: float) -> str:
        """Return the gatekeeperIdentifier that an endpoint shows its address with, empty where it need not."""
        number = number_among(aliases_of(request.get("endpointAlias")))
        if not self._system.doubts(number, now):
            return ""
        return self._gatekeeper.identifiers.gatekeeper_for(self.settings.gatekeeper, flow.address[0])

    def _register(self, request: Request, data: bytes, flow: Flow, now: float) -> None:
        self._attempt("registrationRequest", request, data, flow, now)

    def _unregister(self, request: Request, data: bytes, flow: Flow, now: float) -> None:
        self._attempt("unregistrationRequest", request, data, flow, now)

    def _attempt(self, name: str, request: Request, data: bytes, flow: Flow, now: float) -> None:
        key = (name, flow.address, flow.connection, request["requestSeqNum"], _sender_of(request))
        kept = self._kept.find(key)
        if kept is not None:
            if kept is not BEING_ANSWERED:
                self._reply(flow, kept, self._octets)
            return
        ask = registration.asked if name == "registrationRequest" else unregistration.asked
        try:
            asked = ask(request, data, flow, self._gatekeeper, now)
        except RasError as error:
            if error.malformed:
                self._malformed(flow, str(error), now)
            self._answer(flow, responses.to_error(name, request, error, self.settings), None, now)
            return
        self._decide(name, request, asked, flow, key, now)

    def _decide(self, name: str, request: Request, asked: Asked, flow: Flow, key: Key, now: float) -> None:
        register = self._system.register
        outcomes = [register(attempt, now) for attempt in asked.attempts]
        if asked.followers and outcomes[0].accepted:
            outcomes += [register(attempt, now) for attempt in asked.followers]
        octets = self._octets
        if not [outcome for outcome in outcomes if not outcome.stored]:
            self._conclude(name, request, asked, outcomes, flow, key, now, octets)
            return
        self._kept.begin(key, now)

        def committed(error: StoreError | None) -> None:
            told = outcomes if error is None else [_not_stored(outcome) for outcome in outcomes]
            self._conclude(name, request, asked, told, flow, key, now, octets)

        self._system.after_commit(committed)

    def _conclude(
        self,
        name: str,
        request: Request,
        asked: Asked,
        outcomes: list[Outcome],
        flow: Flow,
        key: Key,
        now: float,
        received: int,
    ) -> None:
        registering = name == "registrationRequest"
        answer = responses.to_registration if registering else responses.to_unregistration
        message = answer(request, asked, outcomes, self.settings)
        proof = asked.proof
        if [outcome for outcome in outcomes if outcome.accepted]:
            octets = self._encoded(message, self._signer(request, asked) if proof is not None else None, now)
            self._kept.keep(key, octets, now)
            if asked.shown:  # a PIN alone shows no address
                self._proven.add(flow.address[0])
            elif registering:
                self._proven.earn(flow, received, len(octets))
            if registering and self._events:
                self._events.forget(flow)
        else:
            octets = encode(message)
            if (proof is not None and proof.right) or self._kept.find(key) is BEING_ANSWERED:
                self._kept.keep(key, octets, now)
        self._reply(flow, octets, received)
        self._system.tally.answered(_H323, self._clock() - now)

    def _signer(self, request: Request, asked: Asked) -> Signer | None:
        """Whoever signs is answered signed."""
        if asked.proof is None or not asked.proof.signed:
            return None
        rac = self._system.state.racs.get(asked.attempts[0].number)
        if rac is None:
            return None
        return Signer(rac.pin, called(request, self.settings.gatekeeper), asked.identifier)

    # -- requests of registered endpoints -----------------------------------------------------------------------

    def _admit(self, request: Request, _data: bytes, flow: Flow, now: float) -> None:
        sender = self._sender(request, flow)
        self._answer_to(sender, flow, calls.admission(request, sender, self._system.state), now)

    def _change_bandwidth(self, request: Request, _data: bytes, flow: Flow, now: float) -> None:
        sender = self._sender(request, flow)
        self._answer_to(sender, flow, calls.bandwidth(request, sender), now)

    def _disengage(self, request: Request, _data: bytes, flow: Flow, now: float) -> None:
        sender = self._sender(request, flow)
        self._answer_to(sender, flow, calls.disengage(request, sender), now)

    def _locate(self, request: Request, _data: bytes, flow: Flow, now: float) -> None:
        sender = self._sender(request, flow)
        self._answer_to(sender, flow, calls.location(request, sender, self._system.state), now)

    def _note_resources(self, request: Request, _data: bytes, flow: Flow, now: float) -> None:
        self._answer_to(self._sender(request, flow), flow, services.resources(request), now)

    def _control_service(self, request: Request, _data: bytes, flow: Flow, now: float) -> None:
        self._answer_to(self._sender(request, flow), flow, services.service_control(request), now)

    def _hear_status(self, request: Request, data: bytes, flow: Flow, now: float) -> None:
        self._events.answered(flow, request["requestSeqNum"])
        sender = self._sender(request, flow)
        if sender is not None and sender.expires_at - now <= self.settings.grace:
            asked = registration.still_there(request, data, flow, self._gatekeeper)
            if self._system.register(asked.attempts[0], now).accepted:
                for follower in asked.followers:
                    self._system.register(follower, now)
        answer = services.status(request, sender)
        if answer is not None:
            self._answer_to(sender, flow, answer, now)

    def _hear_answer(self, request: Request, _data: bytes, flow: Flow, _now: float) -> None:
        self._events.answered(flow, request["requestSeqNum"])

    def _wait(self, request: Request, _data: bytes, flow: Flow, now: float) -> None:
        self._events.delayed(flow, request["requestSeqNum"], request["delay"] / 1000, now)

    def _sender(self, request: Request, flow: Flow) -> Binding | None:
        return calls.caller(request, flow, self._system.state)

    def _last_stamp(self, number: str) -> int:
        bindings = self._system.state.bindings_of(Protocol.H323, number)
        return max([binding.cseq for binding in bindings.values()], default=0)

    # -- answers ------------------------------------------------------------------------------------------------

    def _answer_to(self, sender: Binding | None, flow: Flow, message: Message, now: float) -> None:
        self._answer(flow, message, self._events.signer(sender) if sender is not None else None, now)

    def _answer(self, flow: Flow, message: Message, signer: Signer | None, now: float) -> None:
        self._reply(flow, self._encoded(message, signer, now), self._octets)

    def _reply(self, flow: Flow, answer: bytes, received: int) -> None:
        """Send an answer to a message of so many octets, unless nobody has shown that he wants that many himself."""
        if len(answer) > FACTOR * received and not self._proven.reaches(flow):
            self._system.tally.answer_withheld(_H323)
            return
        self.send(flow, answer)

    def _encoded(self, message: Message, signer: Signer | None, now: float) -> bytes:
        return encode(message) if signer is None else signer.sign(*message, next(self._random), now)

    def _malformed(self, flow: Flow, detail: str, now: float) -> None:
        self._system.wire_event(EventType.MALFORMED, flow.listener, flow.address, detail, now)


def _sender_of(request: Request) -> int:
    """Return what tells apart those who share an address: an RCF to one of them is none to another."""
    aliases = request.get("terminalAlias") or request.get("endpointAlias")
    return hash((request.get("endpointIdentifier"), aliases_of(aliases)))


def _not_stored(outcome: Outcome) -> Outcome:
    return outcome._replace(accepted=False, reason=Reason.STORE_FAILED) if outcome.accepted else outcome
