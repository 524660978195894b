"""What happened in a step as a ladder: the phones to the left, the registrar to the right, time downwards."""

from collections.abc import Iterable
from typing import Final

from registrar.phones.transcript import Entry, Kind

WIDTH: Final = 52
"""Columns between the two."""


def ladder(entries: Iterable[Entry]) -> list[str]:
    """Return the lines of the ladder, none when nothing happened."""
    shown = list(entries)
    if not shown:
        return []
    left = max(len(entry.who) for entry in shown if entry.who != "registrar") if _phones(shown) else 0
    lines = [f"{'':{left}} {'':{WIDTH}}  registrar"] if _phones(shown) else []
    return [*lines, *(_line(entry, left) for entry in shown)]


def _phones(entries: list[Entry]) -> bool:
    return any(entry.who != "registrar" for entry in entries)


def _line(entry: Entry, left: int) -> str:
    who = "" if entry.who == "registrar" else entry.who
    match entry.kind:
        case Kind.SENT:
            return f"{who:>{left}} │{_arrow(f'─ {entry.summary} ', f' {entry.over} ─>')}│"
        case Kind.RECEIVED:
            return f"{who:>{left}} │{_arrow(f'<─ {entry.summary} ', f' {entry.over} ─')}│"
        case Kind.SHOWN:
            return f"{who:>{left}} ▢ {entry.summary}"
        case Kind.NOTED if who:
            return f"{who:>{left}} · {entry.summary}"
        case _:
            return f"{'':{left}} │{'':{WIDTH}}│ {entry.summary}" if left else f"  {entry.summary}"


def _arrow(begin: str, end: str) -> str:
    return f"{begin}{'─' * max(1, WIDTH - len(begin) - len(end))}{end}"
