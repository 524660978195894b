"""``python -m benchmarks.soak [SECONDS]``: mixed load for an hour; memory, open files and answers must not grow.

Each round phones register over UDP and over TLS connections of their own, H.323 endpoints register in one and
unregister in the next, junk comes in, and an operator prints, changes and unregisters. Then a few phones register one
by one: the quickest of the answers tells how long one takes, whatever else the machine does.
"""

import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.flood import resident
from benchmarks.load import over_tls, over_udp
from benchmarks.ras import Fleet, register, unregister
from benchmarks.registrar import Running, registrar
from benchmarks.sip import numbers
from benchmarks.terminal import PIN
from registrar.remote import Remote

SECONDS = 3600.0
PHONES = 80
TLS_PHONES = 5
ENDPOINTS = 15
PROBES = 10
SETTLED = 70.0
"""Seconds in which what is made once is made: answers are kept for up to 64 s, rings of events and traces fill."""
ROUND = 1.0
"""Seconds between two rounds: a terminal's CSeq follows the clock."""
MEGABYTE = 1 << 20


class Sample(NamedTuple):
    """What one round found."""

    at: float
    """Seconds since the first round."""
    resident: int
    """Octets of memory."""
    files: int
    """Open files, connections among them."""
    answer: float
    """Seconds of the quickest registration."""
    cpu: float
    """Seconds of CPU that the round took of the program."""


def soak(folder: Path, seconds: float) -> list[Sample]:
    """Return a sample of each round. Raises ``RuntimeError`` when anything is refused."""
    return list(_rounds(folder, seconds))


def _rounds(folder: Path, seconds: float) -> Iterator[Sample]:
    wanted = numbers(PHONES + ENDPOINTS + PROBES)
    with registrar(folder, f"{wanted[0]}..{wanted[-1]}", durable=True) as running:
        load = _Load(running, Remote.find(None, folder / "data", {}), wanted)
        pid = running.process.pid
        start = time.monotonic()
        while (began := time.monotonic()) < start + seconds:
            before = running.process.cpu()
            load.round()
            cpu = running.process.cpu() - before
            answer = load.quickest()
            files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
            yield Sample(began - start, resident(pid), files, answer, cpu)
            time.sleep(max(0.0, began + ROUND - time.monotonic()))


class _Load:
    """Everybody who uses the program."""

    def __init__(self, running: Running, remote: Remote, wanted: list[str]) -> None:
        self.running = running
        self.remote = remote
        self.phones, others, self.probes = wanted[:PHONES], wanted[PHONES:-PROBES], wanted[-PROBES:]
        self.endpoints = Fleet(others, PIN, "H.235.1")
        self.rounds = 0

    def round(self) -> None:
        """Let everybody do their part."""
        running, phones = self.running, self.phones
        _accepted(over_udp(running.udp, phones), PHONES)
        _accepted(over_tls(running.tls, phones[:TLS_PHONES], running.authority), TLS_PHONES)
        _accepted(self.endpoints.send(running.ras, unregister if self.rounds % 2 else register), ENDPOINTS)
        for port in (running.udp, running.ras):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
                wire.sendto(b"junk \xff\0 and no message", port)
        for line in (
            "ip_extension -p",
            f"extension -c -d {phones[0]} --security-exception {'yes' if self.rounds % 2 else 'no'}",
            f"extension_unregistration -d {phones[0]}..{phones[9]}",
        ):
            result = self.remote.execute(line)
            if result.exit_status:
                raise RuntimeError(result.printout)
        self.rounds += 1

    def quickest(self) -> float:
        """Return the seconds that the quickest of several registrations takes, one after the other."""
        return min(self._one(number) for number in self.probes)

    def _one(self, number: str) -> float:
        began = time.perf_counter()
        _accepted(over_udp(self.running.udp, [number]), 1)
        return time.perf_counter() - began


def _accepted(accepted: int, wanted: int) -> None:
    if accepted != wanted:
        raise RuntimeError(f"{accepted} of {wanted} were accepted")


def growth(samples: list[Sample], of: Callable[[Sample], float]) -> tuple[float, float]:
    """Return the median of the first and of the last third, after what is made once."""
    settled = min(SETTLED, samples[-1].at * 0.6)
    steady = [sample for sample in samples if sample.at >= settled]
    part = max(1, len(steady) // 3)
    return median(map(of, steady[:part])), median(map(of, steady[-part:]))


def told(samples: list[Sample]) -> str:
    """Return the result in a line."""
    memory, files, answer, cpu = (
        growth(samples, of)
        for of in (lambda s: s.resident / MEGABYTE, lambda s: s.files, lambda s: s.answer * 1e3, lambda s: s.cpu * 1e3)
    )
    return (
        f"{len(samples)} rounds in {samples[-1].at:.0f} s; from the first third to the last:"
        f" memory {memory[0]:.1f} to {memory[1]:.1f} MiB, open files {files[0]:.0f} to {files[1]:.0f},"
        f" an answer {answer[0]:.2f} to {answer[1]:.2f} ms, CPU of a round {cpu[0]:.1f} to {cpu[1]:.1f} ms"
    )


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        print(told(soak(Path(name), float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)))
