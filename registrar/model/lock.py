"""A lock: too many wrong PINs for a number, or from a source address. Before it, the count of them."""

from typing import Final, NamedTuple

UNPROVEN: Final = "unproven"
"""In the place of a source address: everybody who has not shown that he can be reached where he writes from.

Each may be the same liar, so they count as one source.
"""


class Lock(NamedTuple):
    """A lock that is in force, of a number or of a source address."""

    number: str
    """Empty for the lock of a source."""
    source: str
    """Empty for the lock of a number for everybody; ``UNPROVEN`` where it is for those alone."""
    failures: int
    """Wrong PINs counted before it."""
    until: float
    """POSIX seconds."""

    @property
    def key(self) -> tuple[str, str]:
        """What is locked: number and source, one of them empty as a rule."""
        return self.number, self.source


class Failures(NamedTuple):
    """Wrong PINs of a number or of a source address that have not led to a lock yet."""

    wrong: int
    """How many, a burst being one."""
    since: float
    """POSIX seconds of the first."""
    last: float
    """POSIX seconds of the last."""
