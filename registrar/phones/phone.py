"""The phone: what it does when a PIN is entered or not, when it is refused, when it is wanted back. No input or output.

The logon procedure as published: the user is asked for a PIN. Without one the request is sent in the clear, and whether
that is accepted is up to the server's policy. With one, and security enabled, TLS is opened first and the request is
sent inside it. Call an input, then carry out ``take()``, then look at ``due``. Times are POSIX seconds.
"""

from enum import Enum
from math import inf
from typing import Final, NamedTuple
from typing import Protocol as Interface

from registrar.model.flow import Address, Transport
from registrar.model.policy import Protocol
from registrar.phones.configuration import Configuration
from registrar.phones.news import LoggedOff, News, NoAnswer, PinWanted, Refused, Registered, Summoned
from registrar.phones.profiles import Profile

RECONNECT: Final = 2.0
"""Seconds until a connection that the server closed is opened again."""


class State(Enum):
    """Where a phone stands."""

    OFF = "off"
    CONNECTING = "connecting"
    REGISTERING = "registering"
    PROMPTING = "asks for the PIN"
    REGISTERED = "registered"
    REFUSED = "refused"
    FAILED = "failed"
    LEAVING = "unregistering"

    @property
    def settled(self) -> bool:
        """True when nothing is under way."""
        return self not in _UNDER_WAY


_UNDER_WAY = (State.REGISTERING, State.CONNECTING, State.LEAVING)


class Open(NamedTuple):
    """Open a way to the server; answer with ``connected`` or ``failed``."""

    transport: Transport
    host: str
    port: int


class Close(NamedTuple):
    """Close the way to the server, if there is one."""


class Reread(NamedTuple):
    """Read the configuration anew; answer with ``booted``."""


Action = Open | Close | Reread


class Line(Interface):
    """One protocol's client. Each input may leave octets in ``outgoing`` and return news."""

    outgoing: list[bytes]
    """Messages to be sent, without their framing."""
    heard: list[bytes]
    """The messages that the last ``received`` completed, without their framing."""
    due: float
    """When ``tick`` has something to do."""

    def log_on(self) -> None:
        """Begin anew: a new Call-ID, no endpoint identifier."""
        ...

    def connected(self, local: Address, transport: Transport, host: str) -> None:
        """Take note of the way to the server."""
        ...

    def register(self, pin: str, now: float) -> None:
        """Register, or answer the challenge that waits; an empty ``pin`` is none."""
        ...

    def unregister(self, now: float) -> None:
        """Take the registration back."""
        ...

    def received(self, data: bytes, now: float) -> list[News]:
        """Take a datagram, or octets of a stream."""
        ...

    def framed(self, message: bytes) -> bytes:
        """Return the message as it goes over the way."""
        ...

    def tick(self, now: float) -> News | None:
        """Repeat or give up what is due."""
        ...


class Phone:
    """One terminal with one line."""

    __slots__ = (
        "_again",
        "_pin",
        "_reached",
        "_way",
        "_welcome",
        "actions",
        "configuration",
        "line",
        "number",
        "profile",
        "prompts",
        "registrations",
        "shown",
        "state",
        "transport",
        "words",
    )

    def __init__(self, profile: Profile, number: str, configuration: Configuration, line: Line) -> None:
        self.profile = profile
        self.number = number
        self.configuration = configuration
        self.line = line
        self.state = State.OFF
        self.shown = ""
        """What stands on the display; look after each input, and before each action."""
        self.words = ""
        """What the server said last, e.g. ``403 TLS Required``; or why it could not be reached."""
        self.prompts = 0
        """How often the user was asked for the PIN since the logon began."""
        self.transport: Transport | None = None
        """Of the way to the server; ``None`` when there is none."""
        self.registrations = 0
        """How often the server took a registration, refreshes included."""
        self._pin = ""
        self._way: Open | None = None
        """Where the open or opening way leads."""
        self._reached: Configuration | None = None
        """The configuration that it was opened by."""
        self._welcome = ""
        """What the display says once the server has taken the registration."""
        self._again = inf
        """When to register anew."""
        self.actions: list[Action] = []
        """What is to be done now, after the messages in the line's ``outgoing`` were sent."""

    @property
    def due(self) -> float:
        """When ``tick`` has something to do."""
        due, again = self.line.due, self._again
        return due if due < again else again  # noqa: FURB136 - a fleet looks here for each message, and min() costs

    def take(self) -> tuple[list[Action], list[bytes]]:
        """Return what is to be done, then what is to be sent; and forget both."""
        actions, self.actions = self.actions, []
        outgoing, self.line.outgoing = self.line.outgoing, []
        return actions, outgoing

    # -- the user ------------------------------------------------------------------------------------------------

    def log_on(self, pin: str, now: float) -> None:
        """The logon key; ``pin`` is what the user enters, empty for none."""
        self._pin = pin
        self.prompts = 0
        self.line.log_on()
        self._start(now)

    def enter_pin(self, pin: str, now: float) -> None:
        """The user answers the prompt, or tries again after a refusal."""
        self._pin = pin
        if self.state is State.OFF:
            self.line.log_on()
        self._start(now)

    def log_off(self, now: float) -> None:
        """The logoff key."""
        self._again = inf
        if self.transport is None or self.state is not State.REGISTERED:
            self._off()
            return
        self.state = State.LEAVING
        self.line.unregister(now)

    def reboot(self) -> None:
        """Power off and on: nothing is said to the server; the configuration is read anew."""
        self._drop()
        self.line.log_on()
        self.state = State.CONNECTING
        self.shown = "Starting"
        self.actions.append(Reread())

    # -- the edge ------------------------------------------------------------------------------------------------

    def booted(self, configuration: Configuration, now: float) -> None:
        """The configuration was read; a phone keeps the PIN it was logged on with."""
        self.configuration = configuration
        self._start(now)

    def connected(self, local: Address, now: float) -> None:
        """The way to the server is open; ``local`` is this end's address."""
        way = self._way
        if way is None:
            return
        self.transport = way.transport
        kind = "RAS" if self.profile.protocol is Protocol.H323 else "SIP"
        self._welcome = f"{self.number} registered, {kind} over {way.transport.value}"
        self.line.connected(local, way.transport, way.host)
        self._register(now)

    def failed(self, words: str, now: float) -> None:
        """The way could not be opened, or the configuration not read."""
        self._drop()
        if self.state is State.LEAVING:
            self._off()
        else:
            self._give_up(words, now)

    def closed(self, words: str, now: float) -> None:
        """The way is gone without our doing."""
        if self._way is None:
            return
        self._drop()
        if self.state is State.REGISTERED:
            self.state = State.CONNECTING
            self.shown = f"Connection lost: {words}"
            self._again = now + RECONNECT
        elif self.state is State.LEAVING:
            self._off()
        elif self.state is State.REGISTERING:
            self._give_up(words, now)

    def received(self, data: bytes, now: float) -> None:
        """Octets from the server."""
        for news in self.line.received(data, now):
            self._hear(news, now)

    def tick(self, now: float) -> None:
        """Do what is due."""
        if self.line.due <= now:
            news = self.line.tick(now)
            if news is not None:
                self._hear(news, now)
        if self._again <= now:
            self._again = inf
            self._start(now)

    # -- what follows --------------------------------------------------------------------------------------------

    def _start(self, now: float) -> None:
        """Register over the way that suits the PIN, opening it if it is not there."""
        self._again = inf
        configuration = self.configuration
        transport = configuration.transport
        if configuration.security and self._pin:
            transport = Transport.TLS
        if transport is self.transport and configuration is self._reached:
            self._register(now)
            return
        port = configuration.server.port(self.profile.protocol, transport)
        way = Open(transport, configuration.server.host, port)
        if way == self._way and self.transport is not None:
            self._register(now)
            return
        self._drop()
        self._way, self._reached = way, configuration
        self.state = State.CONNECTING
        self.actions.append(way)

    def _register(self, now: float) -> None:
        self.state = State.REGISTERING
        self.line.register(self._pin, now)

    def _hear(self, news: News, now: float) -> None:
        match news:
            case Registered(seconds):
                self.registrations += 1
                self._again = now + refresh_after(seconds)
                if self.state is not State.REGISTERED or self.words:
                    self.words = ""
                    self.state = State.REGISTERED
                    self.shown = self._welcome
            case PinWanted(wrong, words):
                self.state, self.words = State.PROMPTING, words
                self.prompts += 1
                self.shown = "Wrong PIN. Enter PIN:" if wrong else "Enter PIN:"
            case Refused(words):
                self.state, self.words = State.REFUSED, words
                self._again = now + self.profile.retry
                self.shown = words
            case NoAnswer():
                if self.state is State.LEAVING:
                    self._off()
                else:
                    self._give_up("no answer", now)
            case LoggedOff():
                self._off()
            case Summoned(reboot, words):
                self.shown = words
                self.state = State.CONNECTING
                if reboot:
                    self.reboot()
                else:
                    self.actions.append(Reread())

    def _give_up(self, words: str, now: float) -> None:
        self.state, self.words = State.FAILED, words
        self._again = now + self.profile.retry
        self.shown = f"No service: {words}"

    def _off(self) -> None:
        self._drop()
        self.state, self.words = State.OFF, ""
        self._again = inf
        self.shown = "Logged off"

    def _drop(self) -> None:
        if self._way is not None:
            self.actions.append(Close())
        self._way = self.transport = self._reached = None


def refresh_after(seconds: float) -> float:
    """Return when to refresh a registration of so many seconds: a tenth before its end, but 5 s at least."""
    return max(seconds / 2, min(seconds * 0.9, seconds - 5.0))
