"""``python -m benchmarks.flood [SECONDS]``: REGISTERs as fast as they go, while a phone at another address registers.

The flood comes from 127.0.0.2 in a process of its own, many times what the registrar can serve; the phone, at
127.0.0.1, sends again after T1 (0.5 s) as RFC 3261 section 17.1.2.2 has it.
"""

import multiprocessing
import socket
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.process import Address
from benchmarks.registrar import registrar
from benchmarks.terminal import Terminal

SECONDS = 10.0
T1 = 0.5
NUMBER = "10001"
FLOODER = "127.0.0.2"
MEGABYTE = 1 << 20


class Flooded(NamedTuple):
    """What a flood was met with."""

    sent: int
    """Datagrams of the flood."""
    seconds: float
    answers: list[float]
    """Seconds that each request of the phone waited for its answer."""
    grown: int
    """Octets of memory that the registrar took meanwhile."""


def flood(folder: Path, seconds: float) -> Flooded:
    """Flood a registrar in the folder. Raises ``TimeoutError`` when the phone is not answered."""
    with (
        registrar(folder, f"10000..{NUMBER}", durable=True) as running,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire,
    ):
        wire.bind(("127.0.0.1", 0))
        wire.connect(running.udp)
        terminal = Terminal(NUMBER, "127.0.0.1", f"127.0.0.1:{wire.getsockname()[1]}", "UDP")
        register(wire, terminal)  # what is made once is made
        before = resident(running.process.pid)
        sent = multiprocessing.Value("q", 0)
        began = time.monotonic()
        source = multiprocessing.Process(target=pour, args=(running.udp, seconds, sent), daemon=True)
        source.start()
        answers: list[float] = []
        peak = before
        while source.is_alive():
            answers += register(wire, terminal)
            peak = max(peak, resident(running.process.pid))
        source.join()
        running.process.check()
        return Flooded(sent.value, time.monotonic() - began, answers, peak - before)


def pour(registrar: Address, seconds: float, sent: "multiprocessing.sharedctypes.Synchronized[int]") -> None:
    """Send REGISTERs for a number that exists, each from a new transaction, without waiting for anything."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind((FLOODER, 0))
        terminal = Terminal("10000", "127.0.0.1", f"{FLOODER}:{wire.getsockname()[1]}", "UDP")
        requests = [terminal.register() for _ in range(1000)]
        end = time.monotonic() + seconds
        count = 0
        while time.monotonic() < end:
            for request in requests:
                wire.sendto(request, registrar)
            count += len(requests)
        sent.value = count


def register(wire: socket.socket, terminal: Terminal) -> list[float]:
    """Register with the PIN; return how long each of the two requests waited."""
    challenge, first = _ask(wire, terminal.register())
    accepted, second = _ask(wire, terminal.answer(challenge))
    if not accepted.startswith(b"SIP/2.0 200"):
        raise RuntimeError(accepted.decode())
    return [first, second]


def _ask(wire: socket.socket, request: bytes) -> tuple[bytes, float]:
    began = time.monotonic()
    branch = request[request.index(b"z9hG4bK") : request.index(b";rport")]
    for _ in range(20):
        wire.send(request)
        wire.settimeout(T1)
        try:
            answer = wire.recv(65535)
            while branch not in answer:  # one more to a copy of the request before
                answer = wire.recv(65535)
        except TimeoutError:
            continue
        return answer, time.monotonic() - began
    raise TimeoutError("the phone was not answered")


def resident(pid: int) -> int:
    """Return the octets of memory that a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        met = flood(Path(name), float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
    print(
        f"{met.sent / met.seconds:,.0f} datagrams a second; {len(met.answers)} requests of the phone answered after"
        f" {max(met.answers) * 1000:.0f} ms at most; memory grew by {met.grown / MEGABYTE:.0f} MiB"
    )
