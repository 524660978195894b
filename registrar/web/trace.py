"""The trace over HTTP: records to list and to follow, and a capture file."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Annotated, TypeVar

from fastapi import FastAPI, Header, Query, Request
from fastapi.responses import Response, StreamingResponse

from registrar import __version__
from registrar.system import System
from registrar.trace.exchanges import Exchanges
from registrar.trace.pcapng import capture
from registrar.trace.recorder import Record
from registrar.web import views
from registrar.web.describe import NO_PLACE
from registrar.web.places import Places
from registrar.web.schema import Trace

PACE = 0.25
"""Seconds between looks at the trace: nobody is called when something is recorded, that would cost on the hot path."""
SLICE = 0.01
"""Seconds of work on a long answer before others have their turn."""
KEEP_ALIVE = 60
"""Looks without news after which a comment is sent."""
MEDIA_TYPE = "application/x-pcapng"

T = TypeVar("T")

Exchange = Annotated[int | None, Query(ge=0, description="only the exchange that this record belongs to")]
Number = Annotated[str | None, Query(description="only exchanges of this number")]


def add_trace(app: FastAPI, system: System, places: Places) -> None:
    """Add the trace's paths to the API."""
    exchanges = Exchanges(system.trace)

    def chosen(exchange: int | None, number: str | None) -> list[Record]:
        if exchange is None and number is None:
            return system.trace.since()
        exchanges.update()
        found = exchanges.find(exchange) if exchange is not None else None
        among = exchanges.newest_first() if exchange is None else [found] if found is not None else []
        records = [record for each in among if number in (None, each.number) for record in each.records]
        return sorted(records, key=lambda record: record.id)

    @app.get(
        "/api/v1/trace",
        response_model=Trace,
        tags=["trace"],
        responses={200: {"content": {"text/event-stream": {}}}, 503: NO_PLACE},
    )
    async def trace(
        request: Request,
        since: Annotated[int | None, Query(ge=0, description="records after this id")] = None,
        exchange: Exchange = None,
        number: Number = None,
        limit: Annotated[int, Query(ge=0, le=100_000, description="the newest ones, how many at most")] = 1000,
        accept: Annotated[str, Header(include_in_schema=False)] = "",
        last_event_id: Annotated[int | None, Header(ge=0)] = None,
    ) -> Response:
        """List what went over the wire and what was decided, or follow it (``Accept: text/event-stream``).

        Credentials are masked. A stream begins now, or after ``Last-Event-ID`` or ``since``.
        """
        position = last_event_id if last_event_id is not None else since
        if "text/event-stream" in accept:
            start = system.trace.last_id if position is None else position
            wanted = (lambda _: True) if number is None else _of(number, exchanges)
            stream = places.held(places.check(request), _follow(system, start, wanted))
            return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        records = [record for record in chosen(exchange, number) if record.id > (position or 0)]
        shown = await _in_slices(map(views.record, records[max(0, len(records) - limit) :]))
        body = json.dumps({"last_id": system.trace.last_id, "records": shown}, separators=(",", ":"))
        return Response(body, media_type="application/json")

    @app.get(
        "/api/v1/trace.pcapng",
        tags=["trace"],
        response_class=Response,
        responses={200: {"content": {MEDIA_TYPE: {}}}},
    )
    async def trace_capture(exchange: Exchange = None, number: Number = None) -> Response:
        """Return the trace as a file for Wireshark; what came inside TLS is readable in it, credentials are masked."""
        body = b"".join(await _in_slices(capture(chosen(exchange, number), f"registrar {__version__}")))
        name = "trace" if exchange is None else f"trace-{exchange}"
        return Response(
            body, media_type=MEDIA_TYPE, headers={"Content-Disposition": f'attachment; filename="{name}.pcapng"'}
        )


async def _in_slices(made: Iterable[T]) -> list[T]:
    """Return what is made piece by piece, letting phones have their turn: a record may take some milliseconds."""
    found: list[T] = []
    since = time.perf_counter()
    for piece in made:
        found.append(piece)
        if time.perf_counter() - since > SLICE:
            await asyncio.sleep(0)
            since = time.perf_counter()
    return found


def _of(number: str, exchanges: Exchanges) -> Callable[[Record], bool]:
    def wanted(record: Record) -> bool:
        exchanges.update()
        exchange = exchanges.find(record.id)
        return exchange is not None and exchange.number == number

    return wanted


async def _follow(system: System, since: int, wanted: Callable[[Record], bool]) -> AsyncIterator[str]:
    yield ": connected\n\n"
    quiet = 0
    while True:
        records = system.trace.since(since)
        quiet = 0 if records else quiet + 1
        for record in records:
            since = record.id
            if wanted(record):
                data = json.dumps(views.record(record), separators=(",", ":"))
                yield f"id: {record.id}\nevent: record\ndata: {data}\n\n"
                await asyncio.sleep(0)
        if quiet >= KEEP_ALIVE:
            quiet = 0
            yield ": still here\n\n"
        await asyncio.sleep(PACE)
