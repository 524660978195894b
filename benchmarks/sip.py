"""CPU of an authenticated SIP registration, beside Kamailio's in the same run."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.kamailio import kamailio
from benchmarks.load import over_tls, over_udp
from benchmarks.registrar import Running, registrar

Load = Callable[[Running], int]
"""Puts a load on a registrar and returns how many registrations were accepted."""

ROUNDS = 5
FIRST = 10_000


def numbers(count: int) -> list[str]:
    """Return ``count`` consecutive directory numbers."""
    width = len(str(FIRST + count))
    return [f"{number:0{width}}" for number in range(FIRST, FIRST + count)]


def cost(running: Running, load: Load, expected: int) -> float:
    """Return the microseconds of CPU that one registration cost the registrar."""
    before = running.process.cpu()
    accepted = load(running)
    if accepted != expected:
        raise RuntimeError(f"{accepted} of {expected} registrations were accepted")
    time.sleep(0.2)  # what was put off is part of the cost
    return (running.process.cpu() - before) / expected * 1e6


def side_by_side(
    ours: Running, theirs: Running, load: Load, expected: int, rounds: int = ROUNDS
) -> tuple[float, float]:
    """Return the median costs of both, measured in turns after a round that is not counted."""
    for running in (ours, theirs):
        cost(running, load, expected)
    costs = [(cost(ours, load, expected), cost(theirs, load, expected)) for _ in range(rounds)]
    return median(mine for mine, _ in costs), median(other for _, other in costs)


def report(name: str, ours: float, theirs: float, aim: str) -> str:
    """Return one line of the result."""
    return f"{name:<34} {ours:8.1f} µs  Kamailio {theirs:8.1f} µs  ratio {ours / theirs:5.2f}  ({aim})"


def with_kamailio(*, durable: bool, tls: bool, count: int) -> tuple[float, float]:
    """Measure both registrars with ``count`` numbers."""
    wanted = numbers(count)
    with TemporaryDirectory() as name, ExitStack() as stack:
        mine, other = Path(name, "registrar"), Path(name, "kamailio")
        mine.mkdir()
        other.mkdir()
        ours = stack.enter_context(registrar(mine, f"{wanted[0]}..{wanted[-1]}", durable=durable))
        certificates = Path(ours.authority).parent
        server = certificates / "server.pem"
        theirs = stack.enter_context(
            kamailio(other, durable=durable, certificate=server, key=certificates / "server.key")
        )
        time.sleep(1)
        theirs.process.check()

        def load(running: Running) -> int:
            if tls:
                return over_tls(running.tls, wanted, ours.authority)
            return over_udp(running.udp, wanted)

        return side_by_side(ours, theirs, load, count)


def growth(few: int = 1_000, many: int = 100_000) -> tuple[float, float]:
    """Return the cost of a registration with ``few`` bindings in place and with ``many``.

    One registrar has the ones, another the others, and the same numbers register with them in turns: what the machine
    does meanwhile it does to both.
    """
    wanted = numbers(many)
    extensions = f"{wanted[0]}..{wanted[-1]}"
    with TemporaryDirectory() as name, ExitStack() as stack:
        running = []
        for bindings in (few, many):
            folder = Path(name, str(bindings))
            folder.mkdir()
            running.append(stack.enter_context(registrar(folder, extensions, durable=False)))
            over_udp(running[-1].udp, wanted[:bindings])
        return side_by_side(running[0], running[1], lambda one: over_udp(one.udp, wanted[:few]), few, rounds=31)


def lines() -> Iterator[str]:
    """Measure everything; yield a line for each result."""
    ours, theirs = with_kamailio(durable=False, tls=False, count=5_000)
    yield report("UDP, bindings in memory", ours, theirs, "aim 1.5, goal 1.0")
    ours, theirs = with_kamailio(durable=True, tls=False, count=5_000)
    yield report("UDP, stored before the answer", ours, theirs, "aim 1.0, goal 0.5")
    ours, theirs = with_kamailio(durable=False, tls=True, count=500)
    yield report("TLS, handshake and registration", ours, theirs, "aim 1.0, goal 0.8")
    before, after = growth()
    ratio = after / before
    yield f"{'UDP, with 100,000 bindings':<34} {after:8.1f} µs  with 1,000 {before:8.1f} µs  ratio {ratio:5.2f}"
