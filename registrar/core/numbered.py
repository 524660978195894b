"""Directory numbers in order: the shorter ones first, then by their digits."""

from collections.abc import Iterable, Iterator
from typing import Final

from registrar.core.ordered import Ordered
from registrar.core.piecewise import PAUSE, Piecewise, in_pieces

Numbered = tuple[int, str]
"""A number behind its length: so they compare."""

LONGEST: Final = 20
"""Digits of a directory number."""
_BEYOND: Final = ":"
"""Comes after every digit."""


def numbered(numbers: Iterable[str]) -> Piecewise[list[Numbered]]:
    """Return numbers as they compare."""
    found: list[Numbered] = []
    for piece in in_pieces(list(numbers)):
        found += [(len(number), number) for number in piece]
        yield PAUSE
    return found


def beginning(order: Ordered[Numbered], digits: str) -> "Beginning":
    """Return what is there of the numbers that begin with these digits, of all of them without any."""
    if not digits:
        return Beginning(order, [(0, len(order))])
    spans = [
        (order.before((length, digits)), order.before((length, digits + _BEYOND)))
        for length in range(len(digits), LONGEST + 1)
    ]
    return Beginning(order, [span for span in spans if span[0] < span[1]])


class Beginning:
    """The numbers that begin alike, by place; true until a number comes or goes."""

    def __init__(self, order: Ordered[Numbered], spans: list[tuple[int, int]]) -> None:
        self._order = order
        self._spans = spans

    def __len__(self) -> int:
        return sum(stop - start for start, stop in self._spans)

    def page(self, offset: int, limit: int) -> list[str]:
        """Return ``limit`` numbers after ``offset`` others."""
        return [number for start, stop in self._parts(offset, limit) for _, number in self._order.part(start, stop)]

    def _parts(self, offset: int, limit: int) -> Iterator[tuple[int, int]]:
        for start, stop in self._spans:
            first = min(start + offset, stop)
            last = min(first + limit, stop)
            offset -= first - start
            limit -= last - first
            if first < last:
                yield first, last
