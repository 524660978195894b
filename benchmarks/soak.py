"""``python -m benchmarks.soak [SECONDS]``: mixed load for an hour; memory, open files and answers must not grow.

Each round 200 phones register over UDP and 10 over TLS connections of their own, and an operator prints and changes.
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.flood import resident
from benchmarks.load import over_tls, over_udp
from benchmarks.registrar import registrar
from benchmarks.sip import numbers
from registrar.remote import Remote

SECONDS = 3600.0
PHONES = 200
TLS_PHONES = 10
SETTLED = 0.3
"""The part of the time in which what is made once is made: rings of events and traces fill, code is warmed up."""
ROUND = 1.0
"""Seconds between two rounds: a terminal's CSeq follows the clock."""
MEGABYTE = 1 << 20


class Sample(NamedTuple):
    """What one round found."""

    resident: int
    """Octets of memory."""
    files: int
    """Open files, connections among them."""
    seconds: float
    """That the round took."""


def soak(folder: Path, seconds: float) -> list[Sample]:
    """Return a sample of each round. Raises ``RuntimeError`` when anything is refused."""
    return list(_rounds(folder, seconds))


def _rounds(folder: Path, seconds: float) -> Iterator[Sample]:
    wanted = numbers(PHONES)
    with registrar(folder, f"{wanted[0]}..{wanted[-1]}", durable=True) as running:
        remote = Remote.find(None, folder / "data", {})
        end = time.monotonic() + seconds
        yes = False
        while time.monotonic() < end:
            began = time.monotonic()
            accepted = over_udp(running.udp, wanted) + over_tls(running.tls, wanted[:TLS_PHONES], running.authority)
            if accepted != PHONES + TLS_PHONES:
                raise RuntimeError(f"{accepted} of {PHONES + TLS_PHONES} registrations were accepted")
            yes = not yes
            for line in (
                "ip_extension -p",
                f"extension -c -d {wanted[0]} --security-exception {'yes' if yes else 'no'}",
            ):
                result = remote.execute(line)
                if result.exit_status:
                    raise RuntimeError(result.printout)
            pid = running.process.pid
            files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
            took = time.monotonic() - began
            yield Sample(resident(pid), files, took)
            time.sleep(max(0.0, ROUND - took))


def growth(samples: list[Sample], of: Callable[[Sample], float]) -> tuple[float, float]:
    """Return the median of the first and of the last part, after what is made once."""
    steady = samples[int(len(samples) * SETTLED) :]
    part = max(1, len(steady) // 3)
    return median(map(of, steady[:part])), median(map(of, steady[-part:]))


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        samples = soak(Path(name), float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
    memory, files, answers = (
        growth(samples, of) for of in (lambda s: s.resident, lambda s: s.files, lambda s: s.seconds)
    )
    print(
        f"{len(samples)} rounds; from the first part to the last: memory {memory[0] / MEGABYTE:.1f} to"
        f" {memory[1] / MEGABYTE:.1f} MiB, open files {files[0]:.0f} to {files[1]:.0f},"
        f" a round {answers[0] * 1000:.0f} to {answers[1] * 1000:.0f} ms"
    )
