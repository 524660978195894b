"""A whole service node and its gatekeeper without sockets: octets in, octets out, on a clock that the test turns."""

from collections.abc import Sequence
from itertools import count
from typing import Any, Self

from registrar.core.limits import Limits
from registrar.h323.ras import RasMessage, decode
from registrar.h323.settings import RasSettings
from registrar.model.binding import Binding
from registrar.model.changes import Change
from registrar.model.events import Event
from registrar.model.flow import Address, Flow, Listener
from registrar.model.policy import Protocol
from registrar.policy.answers import RAS, RAS_WARNING
from registrar.servers.ras import RasServer
from registrar.store.commit import GroupCommit
from registrar.system import System
from tests.h323.endpoint import Endpoint
from tests.lab import NOW, UDP_1719
from tests.servers.playbook import Memory, Wire

PHONE: Address = ("127.0.0.1", 40000)
KEY = b"a secret of 24 octets..."
SETTINGS = RasSettings("registrar", RAS, warnings=RAS_WARNING)


class Book:
    """The service node and what its gatekeeper sent."""

    def __init__(
        self,
        *,
        loaded: Sequence[Change] = (),
        limits: Limits = Limits(),  # noqa: B008 - immutable
        settings: RasSettings = SETTINGS,
        memory: Memory | None = None,
        commit: GroupCommit | None = None,
        durable: bool = True,
    ) -> None:
        self.now = NOW
        self.memory = memory or Memory()
        tokens = count(0x1234567800000000, 0x100000001)
        self.commit = commit or GroupCommit(self.memory, linger=0)
        self.system = System(
            loaded or self.memory.stored,
            self.commit,
            token=lambda: f"{next(tokens):x}",
            limits=limits,
            durable=durable,
        )
        self.ras = RasServer(
            self.system,
            settings,
            key=KEY,
            token=lambda: f"{next(tokens):x}",
            random=7,
            clock=lambda: self.now,
            local=lambda flow: (flow.listener.host, flow.listener.port),
        )
        self.ras.udp = self
        self.datagrams: list[tuple[bytes, Address]] = []
        """What was sent over UDP, and where to."""

    def send(self, data: bytes, address: Address) -> None:
        self.datagrams.append((data, address))

    def endpoint(self, number: str = "12345", pin: str = "", **more: Any) -> Endpoint:
        """An endpoint that goes by this clock."""
        return Endpoint(number, pin, clock=lambda: self.now, **more)

    async def execute(self, *lines: str) -> Self:
        """Carry out an operator's lines, which must succeed."""
        for line in lines:
            execution = await self.system.execute(line, self.now)
            assert execution.executed, f"{line}\n{execution.printout}"
        return self

    async def tick(self, seconds: float) -> None:
        """Let time pass, looking at the timers as often as a running registrar does."""
        until = self.now + seconds
        while self.now < until:
            self.now = min(self.now + 0.25, until)
            self.ras.tick(self.now)
            if self.now == int(self.now):
                self.system.tick(self.now)
                await self.commit.flush()

    async def exchange(self, data: bytes, source: Address = PHONE, listener: Listener = UDP_1719) -> bytes:
        """The answer to a datagram once everything is stored; empty when there is none."""
        self.datagrams.clear()
        self.ras.datagram(listener, data, source)
        await self.commit.flush()
        answers = [sent for sent, address in self.datagrams if address == source]
        assert len(answers) == len(self.datagrams) <= 1
        return answers[0] if answers else b""

    async def ask(
        self, endpoint: Endpoint, data: bytes, source: Address = PHONE, listener: Listener = UDP_1719
    ) -> RasMessage:
        """The answer to a request of the endpoint's."""
        return endpoint.take(await self.exchange(data, source, listener))

    def connect(self, over: Flow) -> Wire:
        wire = Wire(over)
        self.ras.connected(wire)
        return wire

    async def over(self, wire: Wire, data: bytes) -> list[bytes]:
        """What a connection is sent back for these octets once everything is stored."""
        wire.sent.clear()
        self.ras.received(wire, data)
        await self.commit.flush()
        return wire.sent

    def take(self) -> list[RasMessage]:
        """What was sent over UDP since the last look."""
        sent = [decode(data) for data, _ in self.datagrams]
        self.datagrams.clear()
        return sent

    def bindings(self, number: str = "12345") -> list[Binding]:
        return list(self.system.state.bindings_of(Protocol.H323, number).values())

    def events(self) -> list[Event]:
        return self.system.bus.since(0)

    @property
    def told(self) -> list[str]:
        """The reasons of the refusals so far, the one heard last at the end."""
        return [refusal.outcome.reason.value for refusal in self.system.refusals() if refusal.outcome.reason]


def reason(message: RasMessage) -> str:
    """The name of a rejection's reason, with what is inside it."""
    assert "rejectReason" in message.value, message
    name, inner = message.value["rejectReason"]
    return f"{name} {inner[0]}" if isinstance(inner, tuple) else str(name)


async def with_extensions(book: Book | None = None) -> Book:
    """A node with 12345, PIN 4711 and no exception; 12346, PIN 4712, exception; 12347, exception and no PIN."""
    book = book or Book()
    return await book.execute(
        "auth_code -i -d 12345 --auth-code 4711",
        "auth_code -i -d 12346 --auth-code 4712",
        "extension -i -d 12345 --csp 1 --lim 1 --security-exception no",
        "extension -i -d 12346..12347 --csp 1 --lim 1 --security-exception yes",
    )
