"""What became of scenarios: values, for every kind of report."""

from enum import Enum
from pathlib import Path
from typing import NamedTuple

from registrar.phones.transcript import Entry


class Status(Enum):
    """How a case came out."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    """It could not be run to its end."""
    LEFT_OUT = "left out"


class Mismatch(NamedTuple):
    """Something that is not as it was expected."""

    what: str
    """The key of ``expect``, e.g. ``status``."""
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, got {self.got}"


class StepResult(NamedTuple):
    """What became of a step."""

    title: str
    """The step in words, e.g. ``register desk``."""
    note: str
    line: int
    """Where the step stands in its file."""
    mismatches: tuple[Mismatch, ...]
    entries: tuple[Entry, ...]
    """What happened meanwhile, in order."""
    printout: str
    """Of a command."""
    seconds: float


class CaseResult(NamedTuple):
    """What became of a case."""

    file: Path
    title: str
    about: str
    """What it shows."""
    tags: tuple[str, ...]
    status: Status
    message: str
    """Why it did not pass, in one line; empty when it did."""
    steps: tuple[StepResult, ...]
    """Those that were carried out; the last one is the one that failed."""
    seconds: float

    @property
    def failed_step(self) -> StepResult | None:
        """The step that failed."""
        return self.steps[-1] if self.steps and self.steps[-1].mismatches else None


class Summary(NamedTuple):
    """A whole run."""

    results: tuple[CaseResult, ...]
    total: int
    """Cases there were to run; more than the results when the run was interrupted."""
    seconds: float

    def count(self, status: Status) -> int:
        """Return how many cases came out so."""
        return sum(result.status is status for result in self.results)

    @property
    def held(self) -> bool:
        """True when every case was run, and none failed."""
        good = {Status.PASSED, Status.LEFT_OUT}
        return len(self.results) == self.total and all(result.status in good for result in self.results)
