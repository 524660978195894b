"""``python -m benchmarks.flood [SECONDS]``: more than the registrar can serve, while a phone elsewhere registers.

For each kind of flood (``benchmarks.floods``) the registrar's capacity is measured first, in the same run: requests
answered in a second, no two of them alike. Then ten times as much is offered from a process of its own, as far as that
comes up to it. The phone, at 127.0.0.1, registers over the same transport with its PIN; over UDP it sends again after
T1 (0.5 s, RFC 3261 section 17.1.2.2), in H.323 after 3 s (H.225.0 table 27) or when a RIP says so. Where the flood
forges its addresses, there is a phone that has registered before, and others that come from addresses never heard of.

The registrar keeps to one core, of which a busy neighbour has half, both while its capacity is measured and in the
flood; everybody else keeps to the other cores. On two cores ten times as much could not be offered otherwise: a forged
datagram costs its sender an eighth of what it costs to serve, a connection a tenth of a handshake, nearly all of it in
the kernel; and senders on the registrar's core would take their time from it.
"""

import multiprocessing
import os
import selectors
import socket
import ssl
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cache
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.floods import KINDS, Kind
from benchmarks.process import neighbour, on_cores
from benchmarks.registrar import Running, registrar
from benchmarks.terminal import PIN, Terminal
from tests.h323.endpoint import Endpoint

SECONDS = 10.0
MEASURED = 2.0
"""Seconds that the capacity is measured for."""
TIMES = 11
"""Ten, and room for a capacity that differs from one moment to the next."""
T1 = 0.5
RAS_REPEAT = 3.0
PATIENCE = 32.0
"""Seconds after which a phone gives up: 64 x T1."""
PAUSE = 0.3
"""Seconds before a phone registers again: its CSeq follows the clock."""
IN_TIME = 1.0
NUMBER = "10001"
PHONE = "127.0.0.1"
STRANGERS = "127.0.1"
"""What the addresses of phones begin with that were never heard of before; each has a number of its own."""
STRANGERS_AT_ONCE = 50
"""In H.323, where one of them would wait out a short flood."""
LAST = "10251"
MEGABYTE = 1 << 20

Waits = list[float]
"""Seconds that requests waited for their answers; ``PATIENCE`` for those that got none."""


class Flooded(NamedTuple):
    """What a flood was met with."""

    kind: Kind
    capacity: float
    """Answered in a second without a flood."""
    offered: float
    """In a second."""
    waits: Waits
    """Of the phone's requests."""
    stranger: Waits
    """The same of a phone never heard of before, where there is one."""
    grown: int
    """Octets of memory that the registrar took meanwhile."""

    @property
    def times(self) -> float:
        """How many times the capacity was offered."""
        return self.offered / self.capacity

    def __str__(self) -> str:
        told = (
            f"{self.kind.name:<31} {self.capacity:7,.0f} {self.kind.unit} a second served alone,"
            f" {self.offered:8,.0f} offered ({self.times:.1f} times); {_told(self.waits)};"
            f" memory grew by {self.grown / MEGABYTE:.0f} MiB"
        )
        return told + (f"\n{'':<31} a stranger's {_told(self.stranger)}" if self.stranger else "")


def _told(waits: Waits) -> str:
    return f"{len(waits)} requests, {share(waits):.0%} answered within 1 s, the slowest after {max(waits):.2f} s"


def share(waits: Waits) -> float:
    """Return the part that was answered in time."""
    return len([wait for wait in waits if wait < IN_TIME]) / len(waits)


def flood(folder: Path, kind: Kind, seconds: float, measured: float = MEASURED) -> Flooded:
    """Flood a registrar in the folder. Raises ``RuntimeError`` when the phone is refused or the registrar ends."""
    its_own, others = _cores()
    with ExitStack() as stack:
        with on_cores(its_own):
            running = stack.enter_context(registrar(folder, f"10000..{LAST}", durable=True))
            stack.enter_context(neighbour())
        stack.enter_context(on_cores(others))
        phone = PHONES.get(kind.name, _over_udp)
        phone(running, PHONE, NUMBER)  # what is made once is made, and the phone is known
        capacity = kind.capacity(running, measured)
        before = peak = resident(running.process.pid)
        sent = multiprocessing.Value("q", 0)
        source = multiprocessing.Process(
            target=_pour, args=(kind, running, TIMES * capacity, seconds, sent), daemon=True
        )
        source.start()
        waits: Waits = []
        stranger: Waits = []
        places = cycle(range(1, 251))
        while source.is_alive():
            waits += phone(running, PHONE, NUMBER)
            if "forged" in kind.name:
                some = [next(places) for _ in range(STRANGERS_AT_ONCE if phone is _over_ras else 1)]
                hosts = {f"{STRANGERS}.{place}": str(int(NUMBER) + place) for place in some}
                if phone is _over_ras:
                    stranger += _all_over_ras(running, hosts)
                else:
                    stranger += [wait for host, number in hosts.items() for wait in phone(running, host, number)]
            peak = max(peak, resident(running.process.pid))
        source.join()
        if source.exitcode:
            raise RuntimeError("the flood broke off")
        running.process.check()
        return Flooded(kind, capacity, sent.value / seconds, waits, stranger, peak - before)


def _cores() -> tuple[set[int], set[int]]:
    """The registrar's core and those of everybody else; where there is but one they share it."""
    first, *others = sorted(os.sched_getaffinity(0))
    return {first}, set(others) or {first}


def _pour(
    kind: Kind,
    running: Running,
    rate: float,
    seconds: float,
    sent: "multiprocessing.sharedctypes.Synchronized[int]",
) -> None:
    sent.value = kind.pour(running, rate, seconds)


# -- phones ---------------------------------------------------------------------------------------------------------


def _over_udp(running: Running, host: str, number: str) -> Waits:
    """Register with the PIN; return how long each of the two requests waited."""
    time.sleep(PAUSE)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind((host, 0))
        wire.connect(running.udp)
        terminal = Terminal(number, "127.0.0.1", f"{host}:{wire.getsockname()[1]}", "UDP")
        request = terminal.register()
        waits: Waits = []
        while True:
            branch = request[request.index(b"z9hG4bK") : request.index(b";rport")]
            answer, waited = _ask(wire, request, lambda data, branch=branch: branch in data, T1)  # type: ignore[misc]
            waits.append(waited)
            if not answer.startswith(b"SIP/2.0 401"):
                return _accepted(answer, b"SIP/2.0 200", waits)
            request = terminal.answer(answer)


def _over_ras(running: Running, host: str, number: str) -> Waits:
    if not _endpoint(running.ras, number).identifier:
        _all_over_ras(running, {host: number})
        time.sleep(1)  # a time stamp counts once, in seconds
    waits = _all_over_ras(running, {host: number})
    time.sleep(1)
    return waits


@cache
def _endpoint(registrar: tuple[str, int], number: str) -> Endpoint:  # noqa: ARG001 - another one, another endpoint
    return Endpoint(number, PIN, product="H323Plus simple", clock=time.time)


def _all_over_ras(running: Running, numbers: dict[str, str]) -> Waits:
    """Register phones at once, by their hosts, or refresh them: each says it again every 3 s, or when a RIP says so."""
    waits: Waits = []
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        due: dict[socket.socket, tuple[bytes, float]] = {}
        endpoints: dict[socket.socket, Endpoint] = {}
        for host, number in numbers.items():
            wire = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            wire.bind((host, 0))
            wire.connect(running.ras)
            selector.register(wire, selectors.EVENT_READ)
            endpoint = _endpoint(running.ras, number)
            endpoints[wire] = endpoint
            due[wire] = endpoint.keep_alive() if endpoint.identifier else endpoint.register(), 0.0
        began = time.monotonic()
        while due and (now := time.monotonic()) - began < PATIENCE:
            for wire, (request, at) in list(due.items()):
                if at <= now:
                    wire.send(request)
                    due[wire] = request, now + RAS_REPEAT
            for key, _ in selector.select(max(0.0, min(at for _, at in due.values()) - time.monotonic())):
                wire = key.fileobj  # type: ignore[assignment]
                message = endpoints[wire].take(wire.recv(65535))
                if message.name == "requestInProgress":
                    due[wire] = due[wire][0], time.monotonic() + message.value["delay"] / 1000
                    continue
                if message.name != "registrationConfirm":
                    raise RuntimeError(message.name)
                waits.append(time.monotonic() - began)
                del due[wire]
                selector.unregister(wire)
    return waits + [PATIENCE] * len(due)


def _ask(wire: socket.socket, request: bytes, is_answer: Callable[[bytes], bool], repeat: float) -> tuple[bytes, float]:
    """Send until there is an answer, ever more seldom; return it and how long it took."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < PATIENCE:
        wire.send(request)
        wire.settimeout(repeat)
        repeat = min(2 * repeat, max(4.0, repeat))
        try:
            while not is_answer(answer := wire.recv(65535)):  # one more to a copy of the request before
                pass
        except TimeoutError:
            continue
        return answer, time.monotonic() - began
    return b"", waited


def _over_tcp(running: Running, host: str, number: str) -> Waits:
    return _over_connection(running.udp, host, number, "TCP", None)


def _over_tls(running: Running, host: str, number: str) -> Waits:
    return _over_connection(running.tls, host, number, "TLS", ssl.create_default_context(cafile=running.authority))


def _over_connection(
    registrar: tuple[str, int], host: str, number: str, transport: str, trust: ssl.SSLContext | None
) -> Waits:
    """The same; connecting, and the handshake, are part of the first wait."""
    time.sleep(PAUSE)
    began = time.monotonic()
    try:
        wire = socket.create_connection(registrar, PATIENCE, source_address=(host, 0))
        if trust is not None:
            wire = trust.wrap_socket(wire, server_hostname="localhost")
    except OSError:
        return [PATIENCE]
    with wire, wire.makefile("rb") as answers:
        terminal = Terminal(number, "127.0.0.1", f"{host}:{wire.getsockname()[1]}", transport)
        request = terminal.register()
        waits: Waits = []
        while True:
            wire.sendall(request)
            answer = b"".join(iter(answers.readline, b"\r\n"))
            waits.append(time.monotonic() - began)
            if not answer.startswith(b"SIP/2.0 401"):
                return _accepted(answer, b"SIP/2.0 200", waits)
            request = terminal.answer(answer)
            began = time.monotonic()


def _accepted(answer: bytes, start: bytes, waits: Waits) -> Waits:
    if answer and not answer.startswith(start):
        raise RuntimeError(answer.decode())
    return waits


PHONES: dict[str, Callable[[Running, str, str], Waits]] = {
    "RAS over UDP": _over_ras,
    "RAS over UDP, forged addresses": _over_ras,
    "SIP over TCP": _over_tcp,
    "half-open TLS handshakes": _over_tls,
    "TLS handshakes": _over_tls,
}
"""The phone for each kind of flood that is not of SIP over UDP."""


def resident(pid: int) -> int:
    """Return the octets of memory that a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def main(arguments: Sequence[str]) -> None:
    """Measure each kind; print a line when it is done."""
    for kind in KINDS.values():
        with TemporaryDirectory() as name:
            print(flood(Path(name), kind, float(arguments[0]) if arguments else SECONDS), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
