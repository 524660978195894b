"""Long work in pieces: a generator that yields after each, so that whoever runs it lets others have their turn."""

from collections.abc import Generator, Iterable
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

T = TypeVar("T")

PIECE: Final = 64
"""Things looked at in one piece: some tenths of a millisecond at most."""


class Pause(NamedTuple):
    """Others may have their turn now; nothing comes of it. The state may have changed afterwards."""


PAUSE: Final = Pause()

Piecewise = Generator[Pause, None, T]
"""Work that may be interrupted at every ``Pause``; what comes of it is what the generator returns."""


def in_pieces(things: Iterable[T], size: int = PIECE) -> Generator[list[T], None, None]:
    """Yield the things, ``size`` at a time; they must not change meanwhile."""
    rest = iter(things)
    while piece := list(islice(rest, size)):
        yield piece


def let_go(things: list[Any] | dict[Any, Any]) -> Piecewise[None]:
    """Empty a list or a dict: of 100,000 things at once that takes long as well."""
    while things:
        if isinstance(things, dict):
            for _ in range(min(PIECE, len(things))):
                things.popitem()
        else:
            del things[-PIECE:]
        yield PAUSE


def at_once(work: Piecewise[T]) -> T:
    """Do the work without letting anybody have a turn."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            done: T = end.value
            return done
