"""Directory numbers as an operator writes several: ``100,105``, ``100..110``, or a mix."""

from collections.abc import Iterable
from typing import Final

MAX_DIGITS: Final = 20
MAX_NUMBERS: Final = 100_000
"""In one command; each costs an extension of a few hundred bytes."""


class ArgumentError(ValueError):
    """An argument is not of its type; ``offset`` is where in the argument, in characters."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


def read_numbers(text: str) -> tuple[str, ...]:
    """Expand a list of numbers and ranges, each number once, in the order written; raise ``ArgumentError``."""
    numbers: dict[str, None] = {}
    offset = 0
    for part in text.split(","):
        first, dots, last = part.partition("..")
        _check(first, offset)
        if dots:
            _check(last, offset + len(first) + 2)
            numbers.update(dict.fromkeys(_range(first, last, offset)))
        else:
            numbers[first] = None
        if len(numbers) > MAX_NUMBERS:
            raise ArgumentError(f"at most {MAX_NUMBERS:,} directory numbers in one command", offset)
        offset += len(part) + 1
    return tuple(numbers)


def _check(number: str, offset: int) -> None:
    if not number:
        raise ArgumentError("a directory number is missing here; a list has no spaces", offset)
    for place, character in enumerate(number):
        if character not in "0123456789":
            raise ArgumentError(f"a directory number has digits only, not {character!r}", offset + place)
    if len(number) > MAX_DIGITS:
        raise ArgumentError(f"a directory number has 1 to {MAX_DIGITS} digits", offset)


def _range(first: str, last: str, offset: int) -> Iterable[str]:
    if len(first) != len(last):
        raise ArgumentError("both ends of a range have the same number of digits", offset)
    low, high = int(first), int(last)
    if low > high:
        raise ArgumentError("a range goes upwards", offset)
    if high - low >= MAX_NUMBERS:
        raise ArgumentError(f"at most {MAX_NUMBERS:,} directory numbers in one command", offset)
    return (f"{number:0{len(first)}d}" for number in range(low, high + 1))


def in_order(numbers: Iterable[str]) -> list[str]:
    """Sort directory numbers: the shorter ones first, then by their digits."""
    return sorted(numbers, key=lambda number: (len(number), number))


def compact(numbers: Iterable[str], width: int = 200) -> str:
    """Write numbers as an operator would, ranges together; what does not fit into ``width`` is only counted."""
    text = ""
    spoken = 0
    ranges = _ranges(in_order(numbers))
    total = sum(count for _, count in ranges)
    for words, count in ranges:
        longer = f"{text},{words}" if text else words
        if len(longer) > width and text:
            return f"{text} and {total - spoken:,} more"
        text = longer
        spoken += count
    return text


def command_for(line: str, numbers: Iterable[str]) -> tuple[str, ...]:
    """Write a command to copy, with the numbers in the place of ``N``; what does not fit is told below it."""
    command, more, rest = compact(numbers).partition(" and ")
    written = f"  {line.replace(' N', f' {command}', 1)}"
    return (written, f"and the same for {rest}") if more else (written,)


def _ranges(numbers: list[str]) -> list[tuple[str, int]]:
    runs: list[tuple[str, str, int]] = []
    for number in numbers:
        if runs:
            first, last, count = runs[-1]
            if len(last) == len(number) and int(number) == int(last) + 1:
                runs[-1] = (first, number, count + 1)
                continue
        runs.append((number, number, 1))
    ranges: list[tuple[str, int]] = []
    for first, last, count in runs:
        if count > 2:
            ranges.append((f"{first}..{last}", count))
        else:
            ranges += [(number, 1) for number in dict.fromkeys((first, last))]
    return ranges
