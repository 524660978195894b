"""A phone's H.323 side: discovery, registration, refreshes, the gatekeeper's URQ (H.225.0 sections 7.8 to 7.10)."""

from collections.abc import Callable
from math import inf
from typing import Final

from registrar.h323.errors import PerError
from registrar.h323.framing import FramingError, TpktParser, tpkt
from registrar.h323.h235.tokens import Kind, tokens_of
from registrar.h323.ras import decode, encode
from registrar.model.flow import Address, Transport
from registrar.phones.news import LoggedOff, News, NoAnswer, PinWanted, Refused, Registered, Summoned
from registrar.phones.profiles import Profile
from registrar.phones.ras_messages import Endpoint, Pin, Value

INTERVAL: Final = 3.0
"""Seconds between copies of a request over UDP (H.225.0 table 27 has 3 s for RRQ, H323Plus as well)."""
COPIES: Final = 3
STREAM_SECONDS: Final = 10.0
"""How long an answer is waited for over TLS, where nothing is repeated."""
LAST: Final = 65535


class RasLine:
    """The endpoint's side of one number. ``chance`` gives numbers of 31 bits."""

    def __init__(self, profile: Profile, number: str, chance: Callable[[], int]) -> None:
        self.outgoing: list[bytes] = []
        self.heard: list[bytes] = []
        self.due = inf
        self._profile = profile
        self._number = number
        self._chance = chance
        self._sequence = chance() % LAST
        # a phone of its own has an address of its own; here they share one, and the port tells them apart
        self._endpoint = Endpoint(profile, number, ("0.0.0.0", 0), 1024 + chance() % (LAST - 1024))  # noqa: S104
        self._transport = Transport.UDP
        self._frames = TpktParser()
        self._pin = Pin("", number, profile.pin_as)
        self.log_on()

    def log_on(self) -> None:
        """Begin anew: no gatekeeper is known, no endpoint identifier."""
        self._gatekeeper = ""
        self._discovered = False
        self._rediscovered = False
        """Since the last time it was told to register."""
        self._identifier = ""
        self._waiting: tuple[str, int] | None = None
        """The request under way, by its name and number."""
        self._sent = b""
        self._copies = 0
        self.due = inf

    def connected(self, local: Address, transport: Transport, host: str) -> None:  # noqa: ARG002 - RAS names no host
        """Take note of the way to the gatekeeper."""
        self.log_on()
        self._endpoint = self._endpoint._replace(address=local)
        self._transport = transport
        self._frames = TpktParser()

    def register(self, pin: str, now: float) -> None:
        """Register, or refresh what is registered."""
        self._rediscovered = False
        way = self._profile.pin_as
        # a password goes over TLS only
        if way == "password" and self._transport is not Transport.TLS:
            way = "md5"
        self._pin = Pin(pin, self._number, way)
        if way == "hmac" and pin and not self._discovered:
            self._ask("gatekeeperRequest", self._endpoint.gatekeeper_request(self._next()), now)
        elif self._identifier:
            value = self._endpoint.keep_alive(self._next(), self._gatekeeper, self._identifier, self._profile.expires)
            self._ask("registrationRequest", value, now)
        else:
            self._register(now)

    def unregister(self, now: float) -> None:
        """Take the registration back."""
        value = self._endpoint.unregistration_request(self._next(), self._gatekeeper, self._identifier)
        self._ask("unregistrationRequest", value, now)

    def received(self, data: bytes, now: float) -> list[News]:
        """Take a datagram, or octets of a stream."""
        if self._transport is Transport.UDP:
            self.heard = [data]
        else:
            try:
                self.heard = [message for message in self._frames.feed(data) if message]
            except FramingError:
                self._frames = TpktParser()
                self.heard = []
        return [news for message in self.heard if (news := self._message(message, now)) is not None]

    def framed(self, message: bytes) -> bytes:
        """Return the message as it goes over the way."""
        return message if self._transport is Transport.UDP else tpkt(message)

    def tick(self, now: float) -> News | None:
        """Repeat the request over UDP, or give up."""
        if self._copies <= 0:
            self._done()
            return NoAnswer()
        self._copies -= 1
        self.outgoing.append(self._sent)
        self.due = now + INTERVAL
        return None

    # -- requests ------------------------------------------------------------------------------------------------

    def _register(self, now: float) -> None:
        value = self._endpoint.registration_request(
            self._next(), self._gatekeeper, self._profile.expires, discovered=self._discovered
        )
        self._ask("registrationRequest", value, now)

    def _ask(self, name: str, value: Value, now: float) -> None:
        if name == "gatekeeperRequest":
            self._sent = encode((name, value))
        else:
            sender = self._identifier or self._number
            self._sent = self._pin.prove(name, value, sender, self._gatekeeper, self._chance(), now)
        self._waiting = (name, value["requestSeqNum"])
        udp = self._transport is Transport.UDP
        self._copies = COPIES - 1 if udp else 0
        self.due = now + (INTERVAL if udp else STREAM_SECONDS)
        self.outgoing.append(self._sent)

    def _next(self) -> int:
        self._sequence = self._sequence % LAST + 1
        return self._sequence

    def _done(self) -> None:
        self._waiting = None
        self.due = inf

    # -- what the gatekeeper says --------------------------------------------------------------------------------

    def _message(self, data: bytes, now: float) -> News | None:
        try:
            name, value = decode(data)
        except PerError:
            return None
        if not isinstance(value, dict):
            return None
        if name in ("unregistrationRequest", "infoRequest"):
            return self._asked(name, value)
        waiting, sequence = self._waiting or ("", 0)
        if value.get("requestSeqNum") != sequence:
            return None
        if name == "requestInProgress":
            self.due = now + value["delay"] / 1000
            return None
        if name.removesuffix("Confirm").removesuffix("Reject") != waiting.removesuffix("Request"):
            return None
        self._done()
        match name:
            case "gatekeeperConfirm":
                self._gatekeeper = value.get("gatekeeperIdentifier", "").rstrip("\0")
                self._discovered = True
                self._register(now)
            case "registrationConfirm":
                return self._confirmed(value, data)
            case "unregistrationConfirm" | "unregistrationReject":
                self._identifier = ""
                return LoggedOff()
            case _:
                return self._rejected(name, value["rejectReason"][0], now)
        return None

    def _confirmed(self, value: Value, data: bytes) -> News:
        if self._pin.way == "hmac" and self._pin.pin and not self._signed(value, data):
            return Refused("RCF without a right signature")
        self._gatekeeper = value.get("gatekeeperIdentifier", self._gatekeeper).rstrip("\0")
        self._identifier = value["endpointIdentifier"]
        return Registered(float(value.get("timeToLive", self._profile.expires)))

    def _rejected(self, name: str, why: str, now: float) -> News | None:
        words = f"{'GRJ' if name == 'gatekeeperReject' else 'RRJ'} {why}"
        if why == "fullRegistrationRequired" and self._identifier:
            self._identifier = ""
            self._register(now)
            return None
        self._identifier = ""
        if why == "discoveryRequired" and not self._rediscovered:
            self._rediscovered = True
            self._ask("gatekeeperRequest", self._endpoint.gatekeeper_request(self._next()), now)
            return None
        if why == "securityDenial":
            return PinWanted(bool(self._pin.pin), words)
        return Refused(words)

    def _asked(self, name: str, value: Value) -> News | None:
        """Answer a request of the gatekeeper's own, if it is for this endpoint."""
        sequence = value["requestSeqNum"]
        if name == "infoRequest":
            if self._identifier:
                response = self._endpoint.info_response(sequence, self._identifier)
                self.outgoing.append(encode(("infoRequestResponse", response)))
            return None
        if value.get("endpointIdentifier") != self._identifier or not self._identifier:
            return None
        self.outgoing.append(encode(("unregistrationConfirm", {"requestSeqNum": sequence})))
        self._identifier = ""
        why = value.get("reason", ("undefinedReason", None))[0]
        return Summoned(False, f"The gatekeeper wants this phone to register anew (URQ {why})")

    def _signed(self, value: Value, data: bytes) -> bool:
        tokens = [token for token in tokens_of(value, data, secure=False) if token.kind is Kind.SIGNED_MESSAGE]
        return any(token.matches(self._pin.pin) for token in tokens)
