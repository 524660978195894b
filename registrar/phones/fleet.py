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
from math import inf
from typing import Final

from registrar.model.flow import Transport
from registrar.model.policy import Protocol
from registrar.phones import make
from registrar.phones.member import Member
from registrar.phones.phone import Open, State
from registrar.phones.plan import Plan
from registrar.phones.profiles import Profile
from registrar.phones.shared_socket import SharedSocket
from registrar.phones.tally import Tally
from registrar.phones.wire import Wire
from registrar.tls.client import client_context

WRONG_PIN: Final = "wrong"
"""What a phone enters that is to enter a wrong PIN."""
TICK: Final = 0.05
"""Seconds between looks at the timers."""
PATIENCE: Final = 120.0
"""Seconds in which those who were sent away must be back."""


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
        self._timers: dict[int, list[Member]] = {}
        """Whose timers are looked at in each tick to come."""
        self._ticked = int(time.time() / TICK)
        """The tick that is over."""
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
            member.phone.profile.protocol is Protocol.SIP for member in self.members
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
        """Wait until everybody who was summoned has come to an end, but not for ever."""
        self._finished.clear()
        end = time.time() + PATIENCE
        while not self._finished.is_set() and (now := time.time()) < end:
            self.tick(now)
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

    # -- what members need ---------------------------------------------------------------------------------------

    def more(self, now: float) -> None:
        """Begin as many logons as there is room for."""
        if self._waiting and not self.plan.rate:
            self._start(self.plan.at_once - self.under_way, now)

    def watch(self, member: Member, due: float) -> None:
        """Look at the member's timer at that time."""
        tick = max(int(due / TICK), self._ticked) + 1
        waiting = self._timers.get(tick)
        if waiting is None:
            self._timers[tick] = [member]
        else:
            waiting.append(member)

    def tick(self, now: float) -> None:
        """Do what is due."""
        for tick in range(self._ticked + 1, int(now / TICK) + 1):
            self._ticked = tick
            for member in self._timers.pop(tick, ()):
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
        if shared is not None and way.transport is Transport.UDP and member.phone.profile.protocol is Protocol.SIP:
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
        token = self._token(index) if profile.protocol is Protocol.SIP else make.new_token
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
