"""A fleet: thousands of phones in one process, each with the same policy and lines as a single one.

Phones that speak SIP over UDP share sockets, so that what is measured is the registrar and not this machine's sockets;
all others have a way of their own each.
"""

import asyncio
import random
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from math import inf
from typing import Final, NamedTuple, Protocol

from registrar.model.flow import Address, Transport
from registrar.model.policy import Protocol as Signalling
from registrar.phones import make
from registrar.phones.configuration import Configuration
from registrar.phones.phone import Close, Open, Phone, Reread, State
from registrar.phones.profiles import Profile
from registrar.phones.tally import Tally
from registrar.phones.wire import Wire, words_of
from registrar.tls.client import client_context

WRONG_PIN: Final = "wrong"
"""What a phone enters that is to enter a wrong PIN."""
TICK: Final = 0.05
"""Seconds between looks at the timers."""
BUFFER: Final = 8 * 1024 * 1024
"""Octets asked of the kernel for datagrams that wait."""
BATCH: Final = 256
"""Datagrams taken before others get their turn."""
MANY: Final = 50
"""Logons under way from which on answers are awaited together."""
PAUSE: Final = 0.003
"""Seconds that they are awaited; a logon of so many takes longer anyway."""


class Plan(NamedTuple):
    """What a fleet is to be."""

    numbers: tuple[str, ...]
    profiles: tuple[tuple[Profile, float], ...]
    """Each with its share."""
    configuration: Configuration
    """``security`` is as each profile has it."""
    pin: str = ""
    wrong_pins: float = 0.0
    """The share of phones whose users enter a wrong PIN."""
    loss: float = 0.0
    """The share of datagrams that are lost, in either direction."""
    rate: float = 0.0
    """Logons a second; 0 as many as the registrar takes."""
    at_once: int = 200
    """Logons under way at once."""
    verify: bool = True
    seed: int = 1
    """Of the chance that mixes profiles, wrong PINs and losses: the same fleet again."""


class _Way(Protocol):
    """Where a member's messages go."""

    def send(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class Member:
    """One phone of the fleet."""

    __slots__ = ("began", "fleet", "index", "phone", "pin", "queued", "way")

    def __init__(self, fleet: "Fleet", index: int, phone: Phone, pin: str) -> None:
        self.fleet = fleet
        self.index = index
        self.phone = phone
        self.pin = pin
        self.way: _Way | None = None
        self.began = 0.0
        """When the logon under way began; 0 when none is."""
        self.queued = inf
        """When the fleet looks at its timer next."""

    def log_on(self, now: float) -> None:
        """Begin a logon."""
        self.began = now
        self.phone.log_on(self.pin, now)
        self.work(now)

    def received(self, data: bytes, now: float) -> None:
        """Octets from the registrar."""
        self.phone.received(data, now)
        self.work(now)

    def work(self, now: float) -> None:
        """Do what the phone wants, then look where it stands."""
        phone, line = self.phone, self.phone.line
        while line.outgoing or phone.actions:
            actions, outgoing = phone.take()
            way = self.way
            if way is not None:
                for message in outgoing:
                    self.fleet.tally.sent += 1
                    way.send(line.framed(message))
            for action in actions:
                if isinstance(action, Open):
                    self.fleet.open(self, action, now)
                elif isinstance(action, Close):
                    if self.way is not None:
                        self.way.close()
                        self.way = None
                elif isinstance(action, Reread):
                    self.began = self.began or now
                    phone.booted(phone.configuration, now)
        due = phone.due
        if due < self.queued:
            self.queued = due
            self.fleet.watch(self, due)
        if self.began and phone.state.settled:
            self.fleet.settled(self, now)

    # -- a way of its own ----------------------------------------------------------------------------------------

    def wire_opened(self, wire: Wire) -> None:
        """It is open."""
        if wire is self.way:
            now = time.time()
            self.phone.connected(wire.local, now)
            self.work(now)

    def wire_received(self, wire: Wire, data: bytes) -> None:
        """Octets from the registrar."""
        if wire is self.way:
            self.fleet.tally.received += 1
            self.received(data, time.time())

    def wire_closed(self, wire: Wire, words: str) -> None:
        """It is gone, or never opened."""
        if wire is not self.way:
            return
        self.way = None
        now = time.time()
        (self.phone.failed if self.phone.state is State.CONNECTING else self.phone.closed)(words, now)
        self.work(now)


class SharedSocket:
    """A UDP socket of many phones. Who a message is for is read out of the branch, or out of the Request-URI."""

    def __init__(self, fleet: "Fleet", family: socket.AddressFamily, address: Address) -> None:
        self._fleet = fleet
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._socket.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        self._socket.connect(address)
        self._send = self._socket.send
        self.local: Address = self._socket.getsockname()[:2]
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._readable)

    def send(self, data: bytes) -> None:
        """Send, or lose it as UDP may."""
        fleet = self._fleet
        if fleet.loss and fleet.loses():
            return
        try:
            self._send(data)
        except BlockingIOError:
            fleet.tally.lost += 1
        except OSError as error:
            fleet.unreachable = words_of(error)

    def close(self) -> None:
        """A member lets go of its part; the others keep theirs."""

    def shut(self) -> None:
        """Let it go."""
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _readable(self) -> None:
        fleet, receive = self._fleet, self._socket.recv
        now = time.time()
        members, numbers, tally = fleet.members, fleet.by_number, fleet.tally
        for _ in range(BATCH):
            try:
                data = receive(65535)
            except BlockingIOError:
                break
            except OSError as error:
                fleet.unreachable = words_of(error)
                break
            tally.received += 1
            if fleet.loss and fleet.loses():
                continue
            member = _member_of_answer(data, members) if data[:4] == b"SIP/" else _member_asked(data, numbers)
            if member is not None:
                member.received(data, now)
        fleet.more(now)
        if fleet.under_way >= MANY:
            # with so many under way they are read by the batch, which costs a fraction of one by one
            self._loop.remove_reader(self._socket)
            self._loop.call_later(PAUSE, self._resume)

    def _resume(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.add_reader(self._socket, self._readable)


_BRANCH: Final = b";branch=z9hG4bK"


def _member_of_answer(data: bytes, members: list[Member]) -> Member | None:
    begin = data.find(_BRANCH) + len(_BRANCH)
    try:
        return members[int(data[begin : data.index(b"-", begin, begin + 12)], 16)]
    except (ValueError, IndexError):
        return None


def _member_asked(data: bytes, numbers: dict[bytes, Member]) -> Member | None:
    line = data[:200].split(b"\r\n", 1)[0]
    return numbers.get(line.partition(b"sip:")[2].partition(b"@")[0])


class Fleet:
    """All members. ``unreachable`` says why the registrar cannot be reached, once that is known."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.tally = Tally()
        self.loss = plan.loss
        self.unreachable = ""
        self._random = random.Random(plan.seed)  # noqa: S311 - a mix that can be had again
        self.chance = self._random.random
        self.members: list[Member] = []
        self.by_number: dict[bytes, Member] = {}
        self._prefix = secrets.token_hex(4)
        self._timers: list[tuple[float, int]] = []
        self._shared: SharedSocket | None = None
        self._waiting: list[Member] = []
        """Those whose logon has not begun, the next one at the end."""
        self.under_way = 0
        self._missing = 0
        self._finished = asyncio.Event()
        self._opening: set[asyncio.Task[None]] = set()
        kinds = [profile for profile, _ in plan.profiles]
        shares = [share for _, share in plan.profiles]
        mix = self._random.choices(kinds, shares, k=len(plan.numbers))
        for index, (number, profile) in enumerate(zip(plan.numbers, mix, strict=True)):
            member = self._member(index, number, profile)
            self.members.append(member)
            self.by_number[number.encode()] = member

    # -- the whole -----------------------------------------------------------------------------------------------

    async def open_sockets(self) -> None:
        """Resolve the registrar's name once for all. Raises ``OSError``."""
        server = self.plan.configuration.server
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(server.host, server.sip_port, type=socket.SOCK_DGRAM)
        family, *_, address = found[0]
        if self.plan.configuration.transport is Transport.UDP and any(
            member.phone.profile.protocol is Signalling.SIP for member in self.members
        ):
            self._shared = SharedSocket(self, family, (str(address[0]), int(address[1])))

    async def log_on(self, members: Iterable[Member] | None = None) -> None:
        """Let everybody log on, and wait until each has come to an end."""
        self._waiting = list(members if members is not None else self.members)[::-1]
        self._missing = len(self._waiting)
        if not self._missing:
            return
        self._finished.clear()
        began = time.time()
        started = 0
        while not self._finished.is_set():
            now = time.time()
            if self.plan.rate:
                due = min(len(self._waiting), int((now - began) * self.plan.rate) + 1 - started)
                started += due
                self._start(due, now)
            else:
                self.more(now)
            self.tick(now)
            await self._pause()

    async def again(self) -> None:
        """Wait until everybody who was summoned has come to an end."""
        self._finished.clear()
        while not self._finished.is_set():
            self.tick(time.time())
            await self._pause()

    def expect(self, count: int) -> None:
        """From now on so many logons are missing: the registrar is about to summon them."""
        self._missing = count

    async def stay(self, seconds: float) -> None:
        """Keep everybody registered for so long."""
        end = time.time() + seconds
        while (now := time.time()) < end:
            self.tick(now)
            await asyncio.sleep(min(TICK, end - now))

    async def log_off(self) -> None:
        """Let everybody who is registered log off, as many at once as may."""
        leaving = [member for member in self.members if member.phone.state is State.REGISTERED]
        for begin in range(0, len(leaving), self.plan.at_once):
            now = time.time()
            group = leaving[begin : begin + self.plan.at_once]
            for member in group:
                member.phone.log_off(now)
                member.work(now)
            while any(not member.phone.state.settled for member in group):
                self.tick(time.time())
                await asyncio.sleep(0.002)

    async def close(self) -> None:
        """Let everything go, without a word to the registrar."""
        for member in self.members:
            if member.way is not None:
                member.way.close()
                member.way = None
        for task in list(self._opening):
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        if self._shared is not None:
            self._shared.shut()

    def states(self) -> dict[State, int]:
        """Return how many stand where."""
        counts = dict.fromkeys(State, 0)
        for member in self.members:
            counts[member.phone.state] += 1
        return counts

    # -- what members need ---------------------------------------------------------------------------------------

    def more(self, now: float) -> None:
        """Begin as many logons as there is room for."""
        if self._waiting and not self.plan.rate:
            self._start(self.plan.at_once - self.under_way, now)

    def watch(self, member: Member, due: float) -> None:
        """Look at the member's timer at that time."""
        heappush(self._timers, (due, member.index))

    def tick(self, now: float) -> None:
        """Do what is due."""
        timers = self._timers
        while timers and timers[0][0] <= now:
            member = self.members[heappop(timers)[1]]
            member.queued = inf
            if member.phone.due <= now:
                self.tally.repeated += member.phone.state is State.REGISTERING
                member.phone.tick(now)
            member.work(now)

    def settled(self, member: Member, now: float) -> None:
        """A logon came to an end."""
        self.tally.settled(member.phone, now - member.began)
        member.began = 0.0
        self.under_way -= self.under_way > 0
        self._missing -= 1
        if self._missing == 0:
            self._finished.set()

    def loses(self) -> bool:
        """Return whether the next datagram is to be lost."""
        lost = bool(self.loss) and self.chance() < self.loss
        self.tally.lost += lost
        return lost

    def open(self, member: Member, way: Open, now: float) -> None:
        """Open a way for the member."""
        shared = self._shared
        if shared is not None and way.transport is Transport.UDP and member.phone.profile.protocol is Signalling.SIP:
            member.way = shared
            member.phone.connected(shared.local, now)
            return
        context: ssl.SSLContext | None = None
        if way.transport is Transport.TLS:
            configuration = self.plan.configuration
            context = client_context(configuration.ca, member.phone.profile.tls, self.plan.verify)
        wire = member.way = Wire(way, member, context, self.loses if way.transport is Transport.UDP else None)
        task = asyncio.get_running_loop().create_task(wire.start())
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def _start(self, count: int, now: float) -> None:
        waiting = self._waiting
        for _ in range(min(count, len(waiting))):
            self.under_way += 1
            waiting.pop().log_on(now)

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._finished.wait(), TICK)
        except TimeoutError:
            return

    def _member(self, index: int, number: str, profile: Profile) -> Member:
        plan = self.plan
        wrong = plan.wrong_pins and self._random.random() < plan.wrong_pins
        configuration = plan.configuration._replace(security=profile.secure)
        token = self._token(index) if profile.protocol is Signalling.SIP else make.new_token
        return Member(self, index, make.phone(profile, number, configuration, token), WRONG_PIN if wrong else plan.pin)

    def _token(self, index: int) -> Callable[[], str]:
        """Tokens that tell the member: an answer carries the branch back."""
        start = f"{index:x}-{self._prefix}"
        count = 0

        def token() -> str:
            nonlocal count
            count += 1
            return f"{start}{count:x}"

        return token


def open_files_needed(plan: Plan) -> int:
    """Return how many files this process may need to hold open."""
    return len(plan.numbers) + 100


def raise_file_limit(needed: int) -> bool:
    """Allow this process so many open files, if the system lets it."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if needed > soft:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, hard), hard))
        except (OSError, ValueError):
            return False
    return needed <= hard
