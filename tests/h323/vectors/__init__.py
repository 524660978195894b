"""The messages in this folder."""

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent


class Captured(NamedTuple):
    scenario: str
    frame: str
    message: str
    octets: bytes

    def __str__(self) -> str:
        return f"{self.scenario}-{self.frame}-{self.message}"


def _captured() -> list[Captured]:
    lines = (FOLDER / "captured.tsv").read_text().splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    return [Captured(scenario, frame, message, bytes.fromhex(octets)) for scenario, frame, message, octets in rows]


CAPTURED = _captured()
CANONICAL = [bytes.fromhex(line) for line in (FOLDER / "canonical-random.hex").read_text().split()]
