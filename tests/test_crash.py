"""A process killed at any moment keeps every registration it answered with 200 and every command it called EXECUTED."""

import random
import re
import socket
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from registrar.errors import StartError
from tests.interop.running import Running

ROUNDS = 4
PHONES = 150
FIRST = 40_000
SECONDS = 20.0


def register(number: int, round_: int) -> bytes:
    """A REGISTER for a number without a PIN, with a contact of this round's."""
    lines = [
        "REGISTER sip:127.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK{number}-{round_};rport",
        "Max-Forwards: 70",
        f"From: <sip:{number}@127.0.0.1>;tag={number}",
        f"To: <sip:{number}@127.0.0.1>",
        f"Call-ID: {number}-{round_}",
        "CSeq: 1 REGISTER",
        f"Contact: <sip:{number}@127.0.0.1:{5000 + round_}>",
        "Expires: 3600",
        "Content-Length: 0",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answered(data: bytes) -> int:
    """The number whose registration was accepted."""
    assert data.startswith(b"SIP/2.0 200 "), data
    match = re.search(rb"^To: <sip:(\d+)@", data, re.MULTILINE)
    assert match is not None
    return int(match[1])


class Operator(threading.Thread):
    """Initiates one extension after the other until nobody answers."""

    def __init__(self, registrar: Running, numbers: "count[int]") -> None:
        super().__init__()
        self._registrar = registrar
        self._numbers = numbers
        self.executed: list[str] = []
        self.began = threading.Event()

    def run(self) -> None:
        for number in self._numbers:
            try:
                result = self._registrar.line(f"extension -i -d {number} --csp 1 --lim 1")
            except StartError:
                return
            assert result.printout.startswith("EXECUTED")
            self.executed.append(str(number))
            self.began.set()


def acknowledged_until_killed(registrar: Running, round_: int, kill_after: int) -> set[int]:
    """Let all phones register at once and kill the process after so many answers; return who was answered."""
    numbers: set[int] = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phones:
        phones.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        phones.settimeout(SECONDS)
        phones.connect(registrar.address("sip_udp"))
        for number in range(FIRST, FIRST + PHONES):
            phones.send(register(number, round_))
        while len(numbers) < kill_after:
            numbers.add(answered(phones.recv(65535)))
        registrar.process.kill()
        registrar.process.wait(SECONDS)
        phones.settimeout(0)
        while True:
            try:
                numbers.add(answered(phones.recv(65535)))
            except (BlockingIOError, ConnectionRefusedError):
                return numbers


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Running]]:
    """Start the program on the same data folder again and again."""
    started: list[Running] = []

    def start() -> Running:
        started.append(Running(tmp_path / "data", "--empty"))
        return started[-1]

    yield start
    for registrar in started:
        registrar.process.kill()
        registrar.process.wait(SECONDS)


@pytest.mark.slow
def test_what_was_acknowledged_survives_the_death_of_the_process(start: Callable[[], Running]) -> None:
    chance = random.Random(5061)
    registrar = start()
    registrar.execute(f"extension -i -d {FIRST}..{FIRST + PHONES - 1} --csp 1 --lim 1")
    executed: list[str] = []
    acknowledged: set[tuple[str, str]] = set()
    numbers = count(50_000)
    for round_ in range(ROUNDS):
        operator = Operator(registrar, numbers)
        operator.start()
        assert operator.began.wait(SECONDS)
        for number in acknowledged_until_killed(registrar, round_, chance.randint(1, PHONES)):
            acknowledged.add((str(number), f"sip:{number}@127.0.0.1:{5000 + round_}"))
        operator.join(SECONDS)
        executed += operator.executed
        registrar = start()
        kept = {(each["number"], each["contact"]) for each in registrar.registrations()}
        assert acknowledged - kept == set()
        extensions = {each["number"] for each in registrar.get("extensions")["extensions"]}
        assert set(executed) - extensions == set()
    assert len(acknowledged) >= ROUNDS
    assert len(executed) >= ROUNDS
