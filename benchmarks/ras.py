"""CPU of an H.323 registration: a full RRQ with and without a password, and a keep-alive, beside Kamailio's SIP."""

import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.kamailio import kamailio
from benchmarks.load import PATIENCE, WINDOW, over_udp
from benchmarks.registrar import Running, registrar
from benchmarks.sip import ROUNDS, numbers
from benchmarks.sip import cost as sip_cost
from benchmarks.terminal import PIN
from registrar.h323.ras import decode
from tests.h323.endpoint import Endpoint

Request = Callable[[Endpoint], bytes]

COUNT = 3_000
FEW, MANY = 1_000, 100_000
AIMS = {"RRQ without a password": 130, "RRQ with MD5": 200, "keep-alive": 80}
"""Microseconds, on a machine where Kamailio takes 31 for a SIP registration."""
REFERENCE = 31


class Fleet:
    """Endpoints that register one after the other, many at a time."""

    def __init__(self, wanted: Sequence[str], pin: str = "", token: str = "MD5") -> None:
        self.endpoints = [
            Endpoint(number, pin, token=token, product="H323Plus simple", clock=time.time) for number in wanted
        ]
        self._requests = cycle(range(1, 65_536))
        """requestSeqNum goes on from one round to the next: a port that is met again makes no request a copy."""

    def send(self, gatekeeper: tuple[str, int], request: Request, some: int | None = None) -> int:
        """Let each endpoint (or ``some``) send its request; return how many were confirmed."""
        endpoints = self.endpoints[:some]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
            wire.connect(gatekeeper)
            wire.settimeout(PATIENCE)
            waiting: dict[int, Endpoint] = {}
            following = self._numbered(endpoints, request, waiting)
            for _, octets in zip(range(WINDOW), following, strict=False):
                wire.send(octets)
            confirmed = finished = 0
            while finished < len(endpoints):
                octets = wire.recv(65535)
                message = decode(octets)
                waiting.pop(message.value["requestSeqNum"]).take(octets)
                finished += 1
                confirmed += message.name.endswith("Confirm")
                for octets in following:
                    wire.send(octets)
                    break
            return confirmed

    def _numbered(
        self, endpoints: Iterable[Endpoint], request: Request, waiting: dict[int, Endpoint]
    ) -> Iterator[bytes]:
        """Yield the requests, each with a number of its own: they all come from one address."""
        for endpoint in endpoints:
            number = next(self._requests)
            endpoint.sequence = iter([number])  # type: ignore[assignment]
            waiting[number] = endpoint
            yield request(endpoint)


def register(endpoint: Endpoint) -> bytes:
    """A full RRQ as H323Plus sends it."""
    return endpoint.register(timeToLive=3600)


def unregister(endpoint: Endpoint) -> bytes:
    """URQ, after which it is as new."""
    request = endpoint.unregister()
    endpoint.identifier = ""
    return request


def keep_alive(endpoint: Endpoint) -> bytes:
    """A lightweight one."""
    return endpoint.keep_alive(timeToLive=3600)


def cost(running: Running, fleet: Fleet, request: Request, some: int) -> float:
    """Return the microseconds of CPU that one request costs the gatekeeper."""
    time.sleep(2.1)  # a time stamp counts once, in seconds
    before = running.process.cpu()
    confirmed = fleet.send(running.ras, request, some)
    if confirmed != some:
        raise RuntimeError(f"{confirmed} of {some} requests were confirmed")
    return (running.process.cpu() - before) / some * 1e6


def beside_kamailio(pin: str, token: str, *, durable: bool = False) -> tuple[float, float, float]:
    """Return the costs of a full RRQ, of a keep-alive, and of Kamailio's SIP registration, measured in turns."""
    wanted = numbers(COUNT)
    span = f"{wanted[0]}..{wanted[-1]}"
    with TemporaryDirectory() as name, ExitStack() as stack:
        mine, other = Path(name, "registrar"), Path(name, "kamailio")
        mine.mkdir()
        other.mkdir()
        ours = stack.enter_context(registrar(mine, span, durable=durable, pin=bool(pin)))
        server = Path(ours.authority).parent
        certificate, key = server / "server.pem", server / "server.key"
        theirs = stack.enter_context(kamailio(other, durable=False, certificate=certificate, key=key))
        fleet = Fleet(wanted, pin, token)

        def turn() -> tuple[float, float, float]:
            return (
                cost(ours, fleet, register, COUNT),
                cost(ours, fleet, keep_alive, COUNT),
                sip_cost(theirs, lambda running: over_udp(running.udp, wanted), COUNT),
            )

        turn()
        full, alive, sip = zip(*(turn() for _ in range(ROUNDS)), strict=True)
        return median(full), median(alive), median(sip)


def growth() -> tuple[float, float]:
    """Return the cost of a full RRQ with few endpoints registered and with many."""
    wanted = numbers(MANY)
    with (
        TemporaryDirectory() as name,
        registrar(Path(name), f"{wanted[0]}..{wanted[-1]}", durable=False, pin=False) as ours,
    ):
        fleet = Fleet(wanted[:FEW])

        def measure() -> float:
            return median([cost(ours, fleet, register, FEW) for _ in range(ROUNDS)])

        measure()
        few = measure()
        for start in range(0, MANY, 50_000):
            Fleet(wanted[start : start + 50_000]).send(ours.ras, register)
        return few, measure()


def report(name: str, ours: float, theirs: float) -> str:
    """Return one line of the result."""
    aim = AIMS.get(name)
    words = f"  (aim {aim / REFERENCE:.1f})" if aim else ""
    return f"RAS {name:<34} {ours:8.1f} µs  Kamailio's SIP {theirs:6.1f} µs  ratio {ours / theirs:5.2f}{words}"


def lines() -> Iterator[str]:
    """Measure everything; yield a line for each result."""
    for pin, token, words in (("", "", ""), (PIN, "MD5", " with MD5"), (PIN, "H.235.1", " with H.235.1")):
        full, alive, theirs = beside_kamailio(pin, token)
        yield report(f"RRQ{words or ' without a password'}", full, theirs)
        yield report(f"keep-alive{words}", alive, theirs)
    full, alive, theirs = beside_kamailio("", "", durable=True)
    yield report("RRQ stored before the answer", full, theirs)
    yield report("keep-alive stored before the answer", alive, theirs)
    few, many = growth()
    yield f"RAS {'RRQ with 100,000 endpoints':<34} {many:8.1f} µs  with 1,000 {few:8.1f} µs  ratio {many / few:5.2f}"


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
