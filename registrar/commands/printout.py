"""Printouts: what was executed, what was not and why, and tables that fit 80 columns where their content lets them."""

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Final

from registrar.commands.node import Execution
from registrar.core.piecewise import PAUSE, PIECE, Piecewise, at_once, in_pieces
from registrar.model.changes import Setting
from registrar.model.lock import Lock

WIDTH: Final = 80
LISTED: Final = 100_000
"""Things that one printout lists, as many as numbers may be named."""
EXECUTED: Final = "EXECUTED"
NOT_EXECUTED: Final = "NOT EXECUTED"


def executed(
    *words: str, changes: Iterable[Setting] = (), unregister: Iterable[str] = (), unlock: Iterable[Lock] = ()
) -> Execution:
    """An accepted change; ``words`` are paragraphs below it."""
    printout = "\n".join([EXECUTED, *paragraphs(words)])
    return Execution(True, printout, tuple(changes), tuple(unregister), tuple(unlock), change=True)


def refused(reason: str, *words: str) -> Execution:
    """A refused change: the reason in capitals, then what to do about it."""
    return Execution(False, "\n".join([NOT_EXECUTED, reason, *paragraphs(words)]), exit_status=1)


def printed(lines: Iterable[str]) -> Execution:
    """A print, which changes nothing."""
    return at_once(long_printed(lines))


def long_printed(lines: Iterable[str]) -> Piecewise[Execution]:
    """A print of very many lines, put together in pieces."""
    parts = []
    for piece in in_pieces(lines):
        parts.append("\n".join([line.rstrip() for line in piece]))
        yield PAUSE
    return Execution(True, "\n".join(parts).rstrip("\n"))


def paragraphs(texts: Iterable[str]) -> list[str]:
    """Fold each text into lines; one that is indented is a command to copy and stays one line."""
    lines: list[str] = []
    for text in texts:
        folded = wrap(text, WIDTH, break_on_hyphens=False, break_long_words=False)
        lines += [text] if text.startswith(" ") else folded
    return lines


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], elastic: int | None = None) -> list[str]:
    """Lay out rows in columns, as ``long_table`` does."""
    return at_once(long_table(headers, list(rows), elastic))


def long_table(headers: Sequence[str], rows: list[Sequence[str]], elastic: int | None = None) -> Piecewise[list[str]]:
    """Lay out rows in columns, two spaces apart where there is room, else one; in pieces.

    The rows are let go of as they become lines: of 100,000 at once that takes long as well.

    Headers that begin with ``>`` are of columns aligned to the right. The ``elastic`` column is cut, to 8 characters at
    least, when the rows would be wider than 80 columns.
    """
    names = [header.lstrip(">") for header in headers]
    widths = list(map(len, names))
    for piece in in_pieces(rows):
        columns = zip(*piece, strict=True)
        widths = [max(width, *map(len, column)) for width, column in zip(widths, columns, strict=True)]
        yield PAUSE
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= WIDTH else " "
    if elastic is not None:
        room = WIDTH - (sum(widths) + len(gap) * (len(widths) - 1) - widths[elastic])
        widths[elastic] = min(widths[elastic], max(room, 8))
    cells = (f"{{:{'>' if header.startswith('>') else '<'}{w}.{w}}}" for header, w in zip(headers, widths, strict=True))
    line = gap.join(cells).format  # one for the whole row: there may be 100,000 of them
    lines = [line(*names).rstrip()]
    rows.reverse()
    while rows:
        lines += [line(*row).rstrip() for row in reversed(rows[-PIECE:])]
        del rows[-PIECE:]
        yield PAUSE
    return lines


def block(told: Iterable[tuple[str, str]]) -> list[str]:
    """Lay out what is told of one thing: name, value; a name without value is left out."""
    lines = []
    for name, value in told:
        for place, part in enumerate(wrap(value, WIDTH - 20, break_on_hyphens=False, break_long_words=False)):
            lines.append(f"{'' if place else name:<20}{part}")
    return lines


def not_listed(more: int, noun: str) -> list[str]:
    """Say how many more there are than are listed, if any; the noun in capitals."""
    return [f"{more:,} MORE {noun} are not listed: name the numbers with -d."] if more else []


def counted(count: int, noun: str) -> str:
    """Write a count with its noun, e.g. ``1 registration``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def yes_no(value: bool) -> str:
    """YES or NO, as the requirement writes the security exception."""
    return "YES" if value else "NO"
