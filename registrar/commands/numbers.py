"""Directory numbers as an operator writes several: ``100,105``, ``100..110``, or a mix."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, starmap
from typing import Final

from registrar.core.numbered import LONGEST
from registrar.core.piecewise import PAUSE, Piecewise, in_pieces

MAX_DIGITS: Final = LONGEST
MAX_NUMBERS: Final = 100_000
"""In one command; each costs an extension of a few hundred bytes."""

Span = tuple[int, int, int]
"""A range: how many digits, the lowest number, the highest."""


class ArgumentError(ValueError):
    """An argument is not of its type; ``offset`` is where in the argument, in characters."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


class Numbers:
    """Directory numbers as they were written, each once; those of a range are made when they are asked for."""

    def __init__(self, spans: list[Span], count: int, apart: bool) -> None:
        """``count`` is of different numbers; ``apart`` says that none is written twice."""
        self._spans = spans
        self._count = count
        self._apart = apart

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        every = chain.from_iterable(starmap(_expanded, self._spans))
        return every if self._apart else iter(dict.fromkeys(every))

    def expanded(self) -> Piecewise[list[str]]:
        """Return all of them, made in pieces: 100,000 at once take a while."""
        found: list[str] = InOrder() if self._apart and self._spans == sorted(self._spans) else []
        for piece in in_pieces(self):
            found += piece
            yield PAUSE
        return found


def some_of(numbers: list[str], wanted: Callable[[str], bool]) -> Piecewise[list[str]]:
    """Return those of the numbers that are wanted, looked at in pieces; they are in order where the others are."""
    found = type(numbers)()
    for piece in in_pieces(numbers):
        found += filter(wanted, piece)
        yield PAUSE
    return found


def read_numbers(text: str) -> tuple[str, ...]:
    """Expand a list of numbers and ranges, each number once, in the order written; raise ``ArgumentError``."""
    return tuple(read(text))


def read(text: str) -> Numbers:
    """Read a list of numbers and ranges; raise ``ArgumentError``."""
    spans: list[Span] = []
    seen: set[str] | None = None
    """The numbers one by one, once there are too many unless some are written twice."""
    count = offset = 0
    for part in text.split(","):
        first, dots, last = part.partition("..")
        _check(first, offset)
        if dots:
            _check(last, offset + len(first) + 2)
        span = _span(first, last if dots else first, offset)
        spans.append(span)
        count += span[2] - span[1] + 1
        if seen is None and count > MAX_NUMBERS:
            seen = set(chain.from_iterable(starmap(_expanded, spans[:-1])))
        if seen is not None:
            seen.update(_expanded(*span))
            if len(seen) > MAX_NUMBERS:
                raise ArgumentError(f"at most {MAX_NUMBERS:,} directory numbers in one command", offset)
        offset += len(part) + 1
    different = _different(spans)
    return Numbers(spans, different, different == count)


def _different(spans: list[Span]) -> int:
    """Return how many different numbers there are in spans."""
    count, digits, end = 0, 0, -1
    for length, low, high in sorted(spans):
        if length != digits:
            digits, end = length, -1
        count += max(0, high - max(low, end + 1) + 1)
        end = max(end, high)
    return count


def _check(number: str, offset: int) -> None:
    if not number:
        raise ArgumentError("a directory number is missing here; a list has no spaces", offset)
    for place, character in enumerate(number):
        if character not in "0123456789":
            raise ArgumentError(f"a directory number has digits only, not {character!r}", offset + place)
    if len(number) > MAX_DIGITS:
        raise ArgumentError(f"a directory number has 1 to {MAX_DIGITS} digits", offset)


def _span(first: str, last: str, offset: int) -> Span:
    if len(first) != len(last):
        raise ArgumentError("both ends of a range have the same number of digits", offset)
    low, high = int(first), int(last)
    if low > high:
        raise ArgumentError("a range goes upwards", offset)
    if high - low >= MAX_NUMBERS:
        raise ArgumentError(f"at most {MAX_NUMBERS:,} directory numbers in one command", offset)
    return len(first), low, high


def _expanded(digits: int, low: int, high: int) -> Iterable[str]:
    if low >= 10 ** (digits - 1):
        return map(str, range(low, high + 1))  # twice as quick
    return (f"{number:0{digits}d}" for number in range(low, high + 1))


class InOrder(list[str]):
    """Directory numbers that are in order already, each once."""


def in_order(numbers: Iterable[str]) -> InOrder:
    """Sort directory numbers, each once: the shorter ones first, then by their digits."""
    return InOrder(sorted(set(numbers), key=lambda number: (len(number), number)))


def compact(numbers: Iterable[str], width: int = 200) -> str:
    """Write numbers as an operator would, ranges together; what does not fit into ``width`` is only counted.

    Of numbers that are ``InOrder`` only those that are written are looked at.
    """
    ordered = numbers if isinstance(numbers, InOrder) else in_order(numbers)
    text = ""
    spoken = 0
    for words, count in _ranges(ordered):
        longer = f"{text},{words}" if text else words
        if len(longer) > width and text:
            return f"{text} and {len(ordered) - spoken:,} more"
        text = longer
        spoken += count
    return text


def command_for(line: str, numbers: Iterable[str]) -> tuple[str, ...]:
    """Write a command to copy, with the numbers in the place of ``N``; what does not fit is told below it."""
    command, more, rest = compact(numbers).partition(" and ")
    written = f"  {line.replace(' N', f' {command}', 1)}"
    return (written, f"and the same for {rest}") if more else (written,)


def _ranges(numbers: InOrder) -> Iterator[tuple[str, int]]:
    """Yield numbers and ranges as they are written, and how many each of them is."""
    start = 0
    while start < len(numbers):
        stop = _end_of_range(numbers, start)
        if stop - start > 2:
            yield f"{numbers[start]}..{numbers[stop - 1]}", stop - start
        else:
            yield from ((number, 1) for number in numbers[start:stop])
        start = stop


def _end_of_range(numbers: InOrder, start: int) -> int:
    """Return where the numbers that count on from the one at ``start`` end, by steps that double and are halved."""
    first = numbers[start]
    low, step = start, 1

    def counts_on(place: int) -> bool:
        return (
            place < len(numbers)
            and len(numbers[place]) == len(first)
            and int(numbers[place]) - int(first) == place - start
        )

    while counts_on(low + step):
        low += step
        step *= 2
    while step:
        if counts_on(low + step):
            low += step
        step //= 2
    return low + 1
