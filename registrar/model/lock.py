"""A lock: too many wrong PINs for a number, or from a source address. Before it, the count of them."""

from typing import NamedTuple


class Lock(NamedTuple):
    """A lock that is in force, of a number or of a source address."""

    number: str
    """Empty for the lock of a source."""
    source: str
    """Empty for the lock of a number."""
    failures: int
    """Wrong PINs counted before it."""
    until: float
    """POSIX seconds."""

    @property
    def key(self) -> tuple[str, str]:
        """What is locked: number and source, one of them empty."""
        return self.number, self.source


class Failures(NamedTuple):
    """Wrong PINs of a number or of a source address that have not led to a lock yet."""

    wrong: int
    """How many, a burst being one."""
    since: float
    """POSIX seconds of the first."""
    last: float
    """POSIX seconds of the last."""
