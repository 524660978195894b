"""``python -m benchmarks.crash [ROUNDS]``: kill -9 at random moments under load; whatever was acknowledged is there.

In each life of the program phones register and unregister over UDP and TLS, H.323 endpoints over UDP and TLS, and an
operator sets, changes and erases extensions and unregisters phones.
Everybody notes what was acknowledged, and the one change that was not answered. In the next life each number has what
was acknowledged last, or all of that one change: never a part of it.
"""

import contextlib
import http.client
import json
import random
import socket
import ssl
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.h323.endpoint import Endpoint
from tests.interop.running import Running

ROUNDS = 200
NUMBERS = 8
"""Of each user of the program; nobody touches those of another."""
LONGEST = 0.6
"""Seconds of a life under load, at most."""
ANSWER_SECONDS = 30.0
TICK = 0.25
CONTACTS = 3
ACCEPTED = b"SIP/2.0 200"
TPKT = b"\x03\0"

Contacts = frozenset[str]
INITIATED: Contacts = frozenset({"extension"})
"""What a number without phones has, once it is initiated."""
Talk = Callable[[bytes], bytes]
"""Sends a request and returns its answer. Raises ``OSError`` when the program is dead."""


class Life:
    """One life of the program, from its start to its death."""

    def __init__(self, registrar: Running) -> None:
        self.registrar = registrar
        self.over = threading.Event()

    @contextlib.contextmanager
    def udp(self, port: str) -> Iterator[Talk]:
        """A socket of datagrams."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.connect(self.registrar.address(port))
            yield self._talk(wire)

    @contextlib.contextmanager
    def tls(self, port: str) -> Iterator[Talk]:
        """A TLS connection; RAS goes over it in frames (RFC 1006), and each is small enough for one record."""
        context = ssl.create_default_context(cafile=self.registrar.ca_file)
        with (
            socket.create_connection(self.registrar.address(port), ANSWER_SECONDS) as wire,
            context.wrap_socket(wire, server_hostname="localhost") as inside,
        ):
            talk = self._talk(inside)
            if port == "ras_tls":
                yield lambda request: _unframed(talk(TPKT + (len(request) + 4).to_bytes(2, "big") + request))
            else:
                yield talk

    def command(self, line: str) -> str:
        """Carry out an operator's line; return what it printed when it was not executed. Raises ``OSError``."""
        registrar = self.registrar
        connection = http.client.HTTPConnection(*registrar.address("http"), timeout=ANSWER_SECONDS)
        headers = {"Authorization": f"Bearer {registrar.token}", "Content-Type": "application/json"}
        try:
            connection.request("POST", "/api/v1/commands", json.dumps({"command": line}), headers)
            with connection.getresponse() as response:
                answer = json.loads(response.read())
        except ValueError:
            raise ConnectionResetError from None
        finally:
            connection.close()
        return "" if answer["printout"].startswith("EXECUTED") else str(answer)

    def _talk(self, wire: socket.socket) -> Talk:
        def talk(request: bytes) -> bytes:
            wire.settimeout(TICK)
            wire.send(request)
            give_up = time.monotonic() + ANSWER_SECONDS
            while True:
                try:
                    answer = wire.recv(65535)
                except TimeoutError:
                    if self.over.is_set() or time.monotonic() > give_up:
                        raise
                else:
                    if not answer:
                        raise ConnectionResetError
                    if not answer.startswith(b"NOTIFY "):  # after a command, to the phones it unregistered
                        return answer

        return talk


def _unframed(answer: bytes) -> bytes:
    assert answer[:4] == TPKT + len(answer).to_bytes(2, "big"), answer
    return answer[4:]


class User:
    """Changes numbers of its own, one after the other, and notes what it was told."""

    def __init__(self, first: int, chance: random.Random, name: str) -> None:
        self.name = name
        self.numbers = [str(number) for number in range(first, first + NUMBERS)]
        self.there: dict[str, Contacts] = dict.fromkeys(self.numbers, frozenset())
        """What was acknowledged."""
        self.asked: dict[str, Contacts] = {}
        """What was asked for and not answered."""
        self.acknowledged: Counter[str] = Counter()
        self.chance = chance

    def live(self, life: Life) -> None:
        """Make changes until the program is dead."""
        with contextlib.suppress(OSError, http.client.HTTPException), self.over(life) as talk:
            while not life.over.is_set():
                self.change(talk)

    def over(self, life: Life) -> contextlib.AbstractContextManager[Talk]:
        """How this user speaks to the program."""
        raise NotImplementedError

    def change(self, talk: Talk) -> None:
        """Make one change."""
        raise NotImplementedError

    def make(self, after: dict[str, Contacts], ask: Callable[[], str]) -> None:
        """Ask for what numbers shall have; ``ask`` returns a refusal's words. Silence is remembered."""
        self.asked = after
        refusal = ask()
        if refusal:
            raise AssertionError(f"refused: {after}: {refusal}")
        fewer = any(after[number] < self.there[number] for number in after)
        self.there.update(self.asked)
        self.asked = {}
        self.acknowledged["removals" if fewer else "additions"] += 1

    def check(self, found: dict[str, Contacts]) -> None:
        """Compare with what is there after a restart, and go on from it."""
        present = {number: found.get(number, frozenset()) for number in self.numbers}
        allowed = (self.there, self.there | self.asked)
        if present not in allowed:
            wrong = [number for number in self.numbers if all(present[number] != each[number] for each in allowed)]
            raise AssertionError(f"acknowledged {self.there}\nasked {self.asked}\nfound {present}\nwrong {wrong}")
        self.there, self.asked = present, {}


class SipPhones(User):
    """Phones over UDP or TLS; each request binds several contacts at once, or removes all."""

    def __init__(self, first: int, chance: random.Random, transport: str) -> None:
        super().__init__(first, chance, f"SIP over {transport}")
        self.transport = transport
        self.cseq = 0

    def over(self, life: Life) -> contextlib.AbstractContextManager[Talk]:
        """Over UDP or TLS."""
        return life.udp("sip_udp") if self.transport == "UDP" else life.tls("sip_tls")

    def change(self, talk: Talk) -> None:
        """Let a number bind all contacts, let one of them go, or let all go."""
        number = self.chance.choice(self.numbers)
        there = self.there[number]
        if not there:
            self.register(number, contacts(number), talk)
        elif len(there) == 1 or self.chance.random() < 0.5:
            self.register(number, frozenset(), talk)
        else:
            self.register(number, there - {self.chance.choice(sorted(there))}, talk)

    def register(self, number: str, after: Contacts, talk: Talk) -> None:
        """Bind the contacts and remove the others, all with ``*`` when none is left."""
        removed = self.there[number] - after

        def ask() -> str:
            answer = talk(self.request(number, after, removed))
            return "" if answer.startswith(ACCEPTED) else answer.decode()

        self.make({number: after}, ask)

    def request(self, number: str, contacts: Contacts, removed: Contacts) -> bytes:
        """Return the REGISTER that binds contacts and removes others, all when none is left."""
        self.cseq += 1
        named = [*(f"<{uri}>" for uri in sorted(contacts)), *(f"<{uri}>;expires=0" for uri in sorted(removed))]
        lines = (
            "REGISTER sip:127.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/{self.transport} 127.0.0.1:9;branch=z9hG4bK-{number}-{self.cseq};rport",
            "Max-Forwards: 70",
            f"From: <sip:{number}@127.0.0.1>;tag=f",
            f"To: <sip:{number}@127.0.0.1>",
            f"Call-ID: {number}@crash",
            f"CSeq: {self.cseq} REGISTER",
            f"Contact: {', '.join(named) if contacts else '*'}",
            f"Expires: {3600 if contacts else 0}",
            "Content-Length: 0",
        )
        return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


class RasEndpoints(User):
    """H.323 endpoints: RRQ, a second number by additive RRQ, and URQ, which lets both go at once."""

    def __init__(self, first: int, chance: random.Random, transport: str) -> None:
        super().__init__(first, chance, f"RAS over {transport}")
        self.transport = transport
        self.endpoints = [
            Endpoint(number, signal=("127.0.0.1", int(number)), clock=time.time) for number in self.numbers[::2]
        ]
        self.known: set[str] = set()
        """The endpoints that know, in this life, what they are registered as."""

    def over(self, life: Life) -> contextlib.AbstractContextManager[Talk]:
        """Over UDP or TLS."""
        self.known.clear()
        return life.udp("ras_udp") if self.transport == "UDP" else life.tls("ras_tls")

    def change(self, talk: Talk) -> None:
        """Let an endpoint go on to its next state."""
        endpoint = self.chance.choice(self.endpoints)
        number, second = endpoint.number, str(int(endpoint.number) + 1)
        one = frozenset({"h323"})
        after = {number: one, second: frozenset[str]()}
        if number not in self.known:
            request = endpoint.register()
            self.known.add(number)
        elif not self.there[second]:
            request, after[second] = endpoint.add(("dialledDigits", second)), one
        else:
            request, after[number] = endpoint.unregister(), frozenset()
            self.known.discard(number)

        def ask() -> str:
            answer = endpoint.take(talk(request))
            return "" if answer.name.endswith("Confirm") else str(answer)

        self.make(after, ask)


class Operator(SipPhones):
    """Unregisters with a command what it registered, all of its numbers at once."""

    def __init__(self, first: int, chance: random.Random) -> None:
        super().__init__(first, chance, "UDP")
        self.name = "unregistering with commands"
        self.life: Life | None = None

    def over(self, life: Life) -> contextlib.AbstractContextManager[Talk]:
        """Over UDP or TLS."""
        self.life = life
        return super().over(life)

    def change(self, talk: Talk) -> None:
        """Change one number, or all."""
        for number in self.numbers:
            if not self.there[number]:
                self.register(number, contacts(number), talk)
        self.make(dict.fromkeys(self.numbers, frozenset()), self.unregister)

    def unregister(self) -> str:
        """Carry out the command."""
        assert self.life is not None
        return self.life.command(f"extension_unregistration -d {self.numbers[0]}..{self.numbers[-1]}")


class Installer(User):
    """Erases all of its numbers with one command, and initiates them with the next."""

    def over(self, life: Life) -> contextlib.AbstractContextManager[Talk]:
        """With commands."""
        return contextlib.nullcontext(lambda line: life.command(line.decode()).encode())

    def change(self, talk: Talk) -> None:
        """Erase all, or initiate all."""
        those = f"-d {self.numbers[0]}..{self.numbers[-1]}"
        there = self.there[self.numbers[0]]
        line = f"extension -e {those}" if there else f"extension -i {those} --csp 1 --lim 1"
        after = frozenset[str]() if there else INITIATED
        self.make(dict.fromkeys(self.numbers, after), lambda: talk(line.encode()).decode())

    def check(self, found: dict[str, Contacts]) -> None:
        """Compare the extensions, which register nothing."""
        super().check(dict.fromkeys(found, INITIATED))


def contacts(number: str) -> Contacts:
    """Return what a number binds."""
    return frozenset(f"sip:{number}@127.0.0.1:{port}" for port in range(7001, 7001 + CONTACTS))


def found(registrar: Running) -> dict[str, Contacts]:
    """Return the contacts of each number that is initiated."""
    extensions = registrar.get("extensions", limit=10_000)["extensions"]
    numbers: dict[str, set[str]] = {each["number"]: set() for each in extensions}
    for each in registrar.get("registrations", limit=10_000)["registrations"]:
        name = "h323" if each["protocol"] == "h323" else each["contact"]
        numbers.setdefault(each["number"], set()).add(name)
    return {number: frozenset(contacts) for number, contacts in numbers.items()}


def crash(
    folder: Path, rounds: int, seed: int, told: Callable[[str], None] = lambda _line: None
) -> dict[str, Counter[str]]:
    """Kill the program so many times; return what was acknowledged, by user. Raises ``AssertionError``."""
    chance = random.Random(seed)
    installer = Installer(26_000, random.Random(seed + 6), "initiating and erasing")
    users: list[User] = [
        SipPhones(21_000, random.Random(seed + 1), "UDP"),
        SipPhones(22_000, random.Random(seed + 2), "TLS"),
        RasEndpoints(23_000, random.Random(seed + 3), "UDP"),
        RasEndpoints(24_000, random.Random(seed + 4), "TLS"),
        Operator(25_000, random.Random(seed + 5)),
        installer,
    ]
    for life in range(rounds + 1):
        registrar = Running(folder / "data", "--empty")
        if life == 0:
            for user in users:
                if user is installer:
                    continue
                numbers = f"{user.numbers[0]}..{user.numbers[-1]}"
                registrar.execute(f"extension -i -d {numbers} --csp 1 --lim 1 --security-exception yes")
        present = found(registrar)
        for user in users:
            user.check(present)
        if life == rounds:
            registrar.stop()
            break
        _live(registrar, users, chance.random() * LONGEST)
        told(f"round {life + 1} of {rounds}: {_total(users):,} changes acknowledged")
    return {user.name: user.acknowledged for user in users}


def _total(users: list[User]) -> int:
    return sum(user.acknowledged.total() for user in users)


def _live(registrar: Running, users: list[User], seconds: float) -> None:
    """Let the users work for a while, then kill the program. Raises what a user found wrong."""
    life = Life(registrar)
    faults: list[Exception] = []

    def live(user: User) -> None:
        try:
            user.live(life)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=live, args=(user,)) for user in users]
    before = _total(users)
    for thread in threads:
        thread.start()
    while _total(users) == before and any(thread.is_alive() for thread in threads):
        time.sleep(0.001)
    time.sleep(seconds)
    registrar.process.kill()
    registrar.process.wait()
    life.over.set()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        changes = crash(Path(name), int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS, int(time.time()), print)
    for name, counted in changes.items():
        print(f"{name:<30} {counted['additions']:8,} additions {counted['removals']:8,} removals")
    total = sum(counted.total() for counted in changes.values())
    print(f"nothing of {total:,} acknowledged changes was lost, nothing was half applied")
