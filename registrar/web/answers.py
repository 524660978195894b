"""Answers in JSON, made and sent in pieces: neither phones nor memory pay for a long one at once."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from fastapi.responses import Response, StreamingResponse

from registrar.core.piecewise import PAUSE, Piecewise, in_pieces
from registrar.slices import Slices
from registrar.web.views import text

ENOUGH: Final = 65_536
"""Characters that are sent at a time."""
FEW: Final = 16
"""Objects made in one piece: half a millisecond."""
JSON: Final = "application/json"


class Listed(NamedTuple):
    """A list in an answer."""

    values: Iterable[Any]
    shown: Callable[[Any], Any] = lambda value: value
    """Makes what JSON holds of a value; ``None`` leaves it out."""


async def answer(slices: Slices, fields: Mapping[str, Any]) -> Response:
    """Return an object; its lists are ``Listed``. One that is long is sent while it is made."""
    pieces = _object(fields)
    first = await slices.run(_enough(pieces))
    more = await slices.run(_enough(pieces))
    if not more:
        return Response(first, media_type=JSON)
    return StreamingResponse(_sent(slices, pieces, first, more), media_type=JSON)


async def _sent(slices: Slices, pieces: Iterator[str], *made: str) -> AsyncIterator[str]:
    for part in made:
        yield part
    while part := await slices.run(_enough(pieces)):
        yield part
        await slices.give_way()  # to send does not, as long as the peer takes it


def _enough(pieces: Iterator[str]) -> Piecewise[str]:
    parts: list[str] = []
    size = 0
    for piece in pieces:
        parts.append(piece)
        size += len(piece)
        if size >= ENOUGH:
            break
        yield PAUSE
    return "".join(parts)


def _object(fields: Mapping[str, Any]) -> Iterator[str]:
    lead = "{"
    for name, value in fields.items():
        yield f'{lead}"{name}":'
        if isinstance(value, Listed):
            yield from _list(value)
        elif isinstance(value, str):
            yield from _text(value)
        else:
            yield _dumped(value)
        lead = ","
    yield "}"


def _list(listed: Listed) -> Iterator[str]:
    yield "["
    lead = ""
    for piece in in_pieces(listed.values, FEW):
        shown = [_dumped(made) for made in map(listed.shown, piece) if made is not None]
        if shown:
            yield lead + ",".join(shown)
            lead = ","
    yield "]"


def _text(value: str) -> Iterator[str]:
    yield '"'
    for start in range(0, len(value), ENOUGH):
        yield _dumped(text(value[start : start + ENOUGH]))[1:-1]
    yield '"'


def _dumped(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
