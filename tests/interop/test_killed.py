"""Killed at random moments during a thousand commands, while phones register: what printed EXECUTED is there."""

import contextlib
import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.interop.running import Running
from tests.interop.terminal import Terminal
from tests.interop.wire import Udp

COMMANDS = 1000
KILLS = 5
SEED = 20
BLOCK = 7
"""Numbers of one command: it is all of them or none."""


class Number(NamedTuple):
    """What is known of an extension."""

    csp: int
    exception: bool
    rac: bool


State = dict[str, Number]


class Command(NamedTuple):
    """A line, and what is there once it is carried out."""

    line: str
    after: State


def commands(chance: random.Random, state: State) -> Iterator[Command]:
    """Yield commands that are carried out one after the other; ``state`` is what the last one that was led to."""
    first = 50_000
    while True:
        numbers = sorted(state)
        block = numbers[: BLOCK * (len(numbers) // BLOCK)]
        choice = chance.choice(("initiate", "initiate", "change", "code", "erase"))
        if choice == "initiate" or not block:
            first += BLOCK
            made = {str(number): Number(1, True, False) for number in range(first, first + BLOCK)}
            line = f"extension -i -d {first}..{first + BLOCK - 1} --csp 1 --lim 1"
            yield Command(line, state | made)
            continue
        at = BLOCK * chance.randrange(len(block) // BLOCK)
        those = block[at : at + BLOCK]
        given = ",".join(those)
        if choice == "change":
            exception = not state[those[0]].exception
            after = {number: state[number]._replace(exception=exception) for number in those}
            yield Command(f"extension -c -d {given} --security-exception {'yes' if exception else 'no'}", state | after)
        elif choice == "code" and not any(state[number].rac for number in those):
            after = {number: state[number]._replace(rac=True) for number in those}
            yield Command(f"auth_code -i -d {given} --auth-code 4711", state | after)
        elif choice == "erase" and not any(state[number].rac for number in those):
            yield Command(
                f"extension -e -d {given}", {number: state[number] for number in numbers if number not in those}
            )


class Operator:
    """Sends lines over one connection, and keeps what must be there."""

    def __init__(self, chance: random.Random) -> None:
        self.state: State = {}
        self.executed = 0
        self.begun: Command | None = None
        """The command whose printout never came."""
        self._commands = commands(chance, self.state)

    def work(self, registrar: Running, most: int) -> None:
        """Send commands until there were ``most``, or nobody answers any more."""
        connection = http.client.HTTPConnection(*registrar.address("http"), timeout=60)
        token = (registrar.data / "token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        with contextlib.closing(connection):
            while self.executed < most:
                self.begun = next(self._commands)
                try:
                    connection.request("POST", "/api/v1/commands", json.dumps({"command": self.begun.line}), headers)
                    with connection.getresponse() as response:
                        answer = json.loads(response.read())
                except (OSError, http.client.HTTPException, ValueError):
                    return
                assert answer["printout"].startswith("EXECUTED"), answer
                self.became(self.begun.after)
                self.begun = None
                self.executed += 1

    def became(self, after: State) -> None:
        self.state.clear()
        self.state.update(after)


def phones(registrar: Running, stop: threading.Event) -> None:
    """Register a demonstration extension that has no RAC, over and over."""
    with Udp(registrar.address("sip_udp"), None) as udp:
        udp._socket.settimeout(0.2)
        terminal = Terminal(udp, "12347")
        while not stop.is_set():
            with contextlib.suppress(OSError):
                terminal.register()


def found(registrar: Running) -> State:
    listed = registrar.get("extensions", limit=100_000)["extensions"]
    return {
        each["number"]: Number(each["csp"], each["security_exception"], each["rac"])
        for each in listed
        if not each["number"].startswith("1234")
    }


def strike(registrar: Running, operator: Operator, until: int, delay: float) -> None:
    """Kill the program some time after so many commands were executed."""
    while operator.executed < until:
        time.sleep(0.001)
    time.sleep(delay)
    registrar.process.kill()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Running]]:
    """Start the program on the same folder as before; whatever runs at the end is killed."""
    started: list[Running] = []

    def again() -> Running:
        started.append(Running(tmp_path / "data"))
        return started[-1]

    yield again
    for program in started:
        program.process.kill()
        program.process.wait()


@pytest.mark.slow
def test_what_printed_executed_is_there_after_a_kill_and_nothing_is_half_done(start: Callable[[], Running]) -> None:
    chance = random.Random(SEED)
    operator = Operator(chance)
    share = COMMANDS // (KILLS + 1)
    for life in range(1, KILLS + 2):
        registrar = start()
        present = found(registrar)
        if operator.begun is not None and present == operator.begun.after:
            operator.became(present)
        assert present == operator.state, f"life {life}, after {operator.executed} commands"
        stop = threading.Event()
        threads = [threading.Thread(target=phones, args=(registrar, stop))]
        if life <= KILLS:
            until = life * share - chance.randrange(share // 2)
            threads.append(threading.Thread(target=strike, args=(registrar, operator, until, chance.random() / 50)))
        for thread in threads:
            thread.start()
        operator.work(registrar, 10 * COMMANDS if life <= KILLS else COMMANDS)
        stop.set()
        for thread in threads:
            thread.join()
        if life <= KILLS:
            registrar.process.wait()
    assert operator.executed == COMMANDS
    assert found(registrar) == operator.state
    registrar.stop()
