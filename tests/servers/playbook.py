"""A whole service node without sockets: octets in at a port, octets out, on a clock that the test turns."""

import asyncio
import re
from collections.abc import Sequence
from itertools import count
from typing import Self

from registrar.core.limits import Limits
from registrar.model.binding import Binding
from registrar.model.changes import Change, SetLicence
from registrar.model.events import Event
from registrar.model.flow import Address, Flow, Listener
from registrar.model.licence import VOIP_SECURITY, Licence
from registrar.model.policy import Protocol
from registrar.servers.sip import SipServer
from registrar.sip.settings import SipSettings
from registrar.store.commit import GroupCommit, Writer
from registrar.store.errors import StoreError
from registrar.store.prepared import Prepared
from registrar.system import System
from tests.lab import NOW, UDP_5060
from tests.sip.road import KEY, SETTINGS, digest, header, headers, octets, status, with_lines

PHONE: Address = ("127.0.0.1", 40000)
LICENCE = Licence("LAB", (VOIP_SECURITY,))


class Memory:
    """A store that a test can stop and break."""

    def __init__(self) -> None:
        self.stored: list[Change] = [SetLicence(LICENCE)]
        self.prepared: list[Change] = []
        self.broken = False
        self.open = asyncio.Event()
        self.open.set()

    async def prepare(self, changes: Sequence[Change]) -> Prepared:
        await asyncio.sleep(0)
        self.prepared = list(changes)
        return Prepared()

    async def write(self, changes: Sequence[Change], prepared: Prepared | None = None) -> None:
        await self.open.wait()
        if self.broken:
            raise StoreError("the disk is full: make room")
        if prepared is not None:
            self.stored += self.prepared
        self.stored += changes


class Wire:
    """One stream connection."""

    def __init__(self, over: Flow) -> None:
        self.flow = over
        self.sent: list[bytes] = []
        self.is_closed = False

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.is_closed = True


class Playbook:
    """The service node and what it sent."""

    def __init__(
        self,
        store: Writer | None = None,
        *,
        loaded: Sequence[Change] = (),
        limits: Limits = Limits(),  # noqa: B008 - immutable
        settings: SipSettings = SETTINGS,
        nonce_key: bytes = b"new at every start",
        durable: bool = True,
        commit: GroupCommit | None = None,
    ) -> None:
        self.now = NOW
        self.memory = store if isinstance(store, Memory) else Memory()
        tokens = count(1)
        self.commit = commit or GroupCommit(store or self.memory, linger=0)
        self.system = System(
            loaded or self.memory.stored,
            self.commit,
            token=lambda: f"system{next(tokens)}",
            limits=limits,
            durable=durable,
        )
        self.sip = SipServer(
            self.system,
            settings,
            key=KEY,
            nonce_key=nonce_key,
            token=lambda: f"token{next(tokens)}",
            clock=lambda: self.now,
        )
        self.sip.udp = self
        self.datagrams: list[tuple[bytes, Address]] = []
        """What was sent over UDP, and where to."""

    def send(self, data: bytes, address: Address) -> None:
        self.datagrams.append((data, address))

    async def execute(self, *lines: str) -> Self:
        """Carry out an operator's lines, which must succeed."""
        for line in lines:
            execution = await self.system.execute(line, self.now)
            assert execution.executed, f"{line}\n{execution.printout}"
        return self

    async def settle(self) -> None:
        """Wait until what was submitted is stored, or was not."""
        await self.commit.flush()

    def tick(self, seconds: float) -> None:
        """Let time pass, looking at the timers as often as a running registrar does."""
        until = self.now + seconds
        while self.now < until:
            self.now = min(self.now + 0.25, until)
            self.sip.tick(self.now)
            self.system.tick(self.now)

    def connect(self, over: Flow) -> Wire:
        wire = Wire(over)
        self.sip.connected(wire)
        return wire

    async def exchange(self, data: bytes, source: Address = PHONE, listener: Listener = UDP_5060) -> bytes:
        """The answer to a datagram once everything is stored; empty when there is none."""
        self.datagrams.clear()
        self.sip.datagram(listener, data, source)
        await self.settle()
        return next((sent for sent, _ in self.datagrams if not sent.startswith(b"NOTIFY ")), b"")

    async def ask(self, text: str, source: Address = PHONE, listener: Listener = UDP_5060) -> str:
        """The same with texts as tests write them."""
        return text_of(await self.exchange(octets(text), source, listener))

    async def over(self, wire: Wire, data: bytes) -> list[str]:
        """What a connection is sent back for these octets once everything is stored."""
        wire.sent.clear()
        self.sip.received(wire, data)
        await self.settle()
        return [text_of(each) for each in wire.sent]

    def take(self) -> list[str]:
        """What was sent over UDP since the last look."""
        sent = [text_of(data) for data, _ in self.datagrams]
        self.datagrams.clear()
        return sent

    def bindings(self, number: str = "12345") -> list[Binding]:
        return list(self.system.state.bindings_of(Protocol.SIP, number).values())

    def contacts(self, number: str = "12345") -> list[str]:
        return [binding.contact.uri for binding in self.bindings(number)]

    def events(self) -> list[Event]:
        return self.system.bus.since(0)


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def challenge_in(answer: str) -> dict[str, str]:
    value = header(answer, "WWW-Authenticate")
    assert value is not None, answer
    return dict(re.findall(r'(\w+)="?([^",]+)"?', value.removeprefix("Digest ")))


class Phone:
    """A terminal that counts its requests and answers challenges."""

    def __init__(
        self,
        book: Playbook,
        number: str = "12345",
        pin: str = "4711",
        *,
        source: Address = PHONE,
        call_id: str = "call-1",
        agent: str = "",
        wire: Wire | None = None,
    ) -> None:
        self.book = book
        self.number = number
        self.pin = pin
        self.source = source if wire is None else wire.flow.address
        self.wire = wire
        """The connection it speaks over; UDP when there is none."""
        self.call_id = call_id
        self.cseq = 0
        self.nonce = ""
        self.nc = 0
        self.agent = agent
        self.last = ""
        """The request sent last."""

    @property
    def contact(self) -> str:
        return f"Contact: <sip:{self.number}@{self.source[0]}:{self.source[1]}>"

    def request(self, method: str = "REGISTER", *lines: str, uri: str = "sip:lab.example") -> str:
        """The next request; ``lines`` are added, or put in the place of those of the same name."""
        self.cseq += 1
        text = f"""\
            {method} {uri} SIP/2.0
            Via: SIP/2.0/UDP {self.source[0]}:{self.source[1]};branch=z9hG4bK{self.call_id}{self.cseq}
            Max-Forwards: 70
            From: <sip:{self.number}@lab.example>;tag=phone
            To: <sip:{self.number}@lab.example>
            Call-ID: {self.call_id}
            CSeq: {self.cseq} {method}
            {self.contact}
            Content-Length: 0
            """
        agent = (f"User-Agent: {self.agent}",) if self.agent else ()
        return with_lines(text, *agent, *lines)

    def credentials(self, method: str = "REGISTER", uri: str = "sip:lab.example") -> str:
        """The Authorization line for the last challenge, counted."""
        self.nc += 1
        return digest(self.number, self.pin, method, uri, self.nonce, nc=f"{self.nc:08x}")

    async def send(self, text: str) -> str:
        """The answer to a request of this phone's."""
        self.last = text
        return await self.again()

    async def again(self) -> str:
        """The answer to a copy of the last request."""
        if self.wire is None:
            return await self.book.ask(self.last, self.source)
        answers = await self.book.over(self.wire, octets(self.last))
        return next((answer for answer in answers if not answer.startswith("NOTIFY ")), "")

    async def ask(self, *lines: str, method: str = "REGISTER", uri: str = "sip:lab.example") -> str:
        """The answer to a request, after the challenge if there is one."""
        answer = await self.send(self.request(method, *lines, uri=uri))
        if status(answer).startswith("401"):
            self.take_challenge(answer)
            answer = await self.send(self.request(method, *lines, self.credentials(method, uri), uri=uri))
        return answer

    def take_challenge(self, answer: str) -> None:
        self.nonce, self.nc = challenge_in(answer)["nonce"], 0

    async def register(self, *lines: str) -> list[str]:
        """The contacts that an accepted REGISTER is told of."""
        answer = await self.ask(*lines)
        assert status(answer) == "200 OK", answer
        return headers(answer, "Contact")


async def with_extensions(book: Playbook | None = None) -> Playbook:
    """A node with 12345, PIN 4711 and no exception; 12346, PIN 4712, exception; 12347, exception and no PIN."""
    book = book or Playbook()
    return await book.execute(
        "auth_code -i -d 12345 --auth-code 4711",
        "auth_code -i -d 12346 --auth-code 4712",
        "extension -i -d 12345 --csp 1 --lim 1 --security-exception no",
        "extension -i -d 12346..12347 --csp 1 --lim 1 --security-exception yes",
    )
