"""Datagrams that somebody broke: ``python -m tests.h323.fuzz SEED COUNT`` counts what becomes of them.

Nothing but ``PerError`` may come out of the decoder; what it takes is encoded and decoded again, to the same value.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

from registrar.h323 import ras
from registrar.h323.errors import PerError
from tests.h323 import values
from tests.h323.vectors import CANONICAL, CAPTURED

LARGEST = 1_500
"""Octets of the messages to begin with: the canonical ones are up to 20,000 octets of much the same."""

TELLING = (0x00, 0x01, 0x3F, 0x40, 0x7F, 0x80, 0x81, 0xBF, 0xC0, 0xC4, 0xFF)
"""Octets that mean something as a length or a preamble."""


class Tally(NamedTuple):
    """What became of the datagrams."""

    taken: int
    refused: int
    grown: int
    """Octets of memory that the process took during the second half."""


def fuzz(seed: int, count: int) -> Tally:
    """Breaks and decodes ``count`` datagrams."""
    random = Random(seed)
    whole = [captured.octets for captured in CAPTURED] * 4
    whole += [octets for octets in CANONICAL if len(octets) <= LARGEST]
    whole += [ras.encode(values.message(name, values.picker(n))) for n in range(4) for name in values.ALTERNATIVES]
    taken = refused = before = 0
    for number in range(count):
        if number == count // 2:
            before = resident()
        octets = broken(random, whole)
        try:
            message = ras.decode(octets)
        except PerError:
            refused += 1
            continue
        taken += 1
        again = ras.encode(message)
        if ras.decode(again) != message:
            raise AssertionError(octets.hex())
    return Tally(taken, refused, resident() - before)


def broken(random: Random, whole: list[bytes]) -> bytes:
    """One of the messages after one to four accidents, or octets at random."""
    if random.random() < 0.05:
        return random.randbytes(random.randrange(200))
    octets = bytearray(random.choice(whole))
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        random.choice(ACCIDENTS)(random, octets, whole)
    return bytes(octets)


Accident = Callable[[Random, bytearray, list[bytes]], None]


def flip(random: Random, octets: bytearray, _: list[bytes]) -> None:
    if octets:
        octets[random.randrange(len(octets))] ^= 1 << random.randrange(8)


def replace(random: Random, octets: bytearray, _: list[bytes]) -> None:
    if octets:
        octets[random.randrange(len(octets))] = random.choice(TELLING)


def break_off(random: Random, octets: bytearray, _: list[bytes]) -> None:
    del octets[random.randrange(len(octets) + 1) :]


def lose(random: Random, octets: bytearray, _: list[bytes]) -> None:
    at = random.randrange(len(octets) + 1)
    del octets[at : at + random.choice((1, 1, 2, 4, 16))]


def insert(random: Random, octets: bytearray, _: list[bytes]) -> None:
    at = random.randrange(len(octets) + 1)
    octets[at:at] = random.randbytes(random.choice((1, 1, 2, 4, 16)))


def repeat(random: Random, octets: bytearray, _: list[bytes]) -> None:
    at = random.randrange(len(octets) + 1)
    octets[at:at] = octets[at : at + random.randrange(64)] * random.choice((1, 2, 8))


def graft(random: Random, octets: bytearray, whole: list[bytes]) -> None:
    other = random.choice(whole)
    octets[random.randrange(len(octets) + 1) :] = other[random.randrange(len(other)) :]


ACCIDENTS: list[Accident] = [flip, flip, flip, replace, replace, break_off, lose, insert, repeat, graft]


def resident() -> int:
    """Octets of memory that this process has (Linux)."""
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * 4096


if __name__ == "__main__":
    json.dump(fuzz(int(sys.argv[1]), int(sys.argv[2]))._asdict(), sys.stdout)
