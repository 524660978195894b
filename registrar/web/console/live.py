"""Live pages: parts of a page are made anew when something happened, and sent where they differ.

What is sent is how things stand, not what happened: a page that was away, or slow, misses nothing. Making the parts of
every page that is looked at may take a hundredth of the time, so that it costs registrations next to nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping

from starlette.requests import Request
from starlette.responses import StreamingResponse

from registrar.system import System
from registrar.web.console.query import whole

LOOK = 0.2
"""Seconds between looks at whether something happened."""
PACE = 1.0
"""Seconds at least between two makings of the same part, while things go on happening."""
SHARE = 100
"""Parts that took a second to make are made again after so many seconds, times the number of pages looked at."""
KEEP_ALIVE = 15.0
"""Seconds of silence after which a comment is sent, so that nothing on the way takes the connection for dead."""

_looking = 0
"""Pages that are looked at now."""

Parts = Mapping[str, Callable[[], str]]
"""The parts of a page by the name of their event, each with what makes its HTML."""


def policy_words(system: System) -> str:
    """Return what the frame says of the policy in force: ``1 ALL_SECURE``."""
    policy = system.state.policy
    return f"{policy.value} {policy.title}"


def live(request: Request, system: System, parts: Parts, also: Callable[[], int] = lambda: 0) -> StreamingResponse:
    """Return the event stream of a page. ``?since=`` is the last event that the page had heard of.

    ``also`` counts what else may change the parts beside events and the trace.
    """
    since = request.query_params.get("since", "")
    stream = _stream(system, parts, whole(since) or 0, also)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _stream(system: System, parts: Parts, since: int, also: Callable[[], int]) -> AsyncIterator[str]:
    if since and since < system.bus.last_id:
        yield f"event: behind\ndata: {system.bus.last_id - since}\n\n"
    global _looking
    _looking += 1
    try:
        async for text in _changes(system, parts, also):
            yield text
    finally:
        _looking -= 1


async def _changes(system: System, parts: Parts, also: Callable[[], int]) -> AsyncIterator[str]:
    sent: dict[str, str] = {}
    seen = (-1, -1, -1)
    parts = {**parts, "policy": lambda: policy_words(system)}
    quiet = 0.0
    while True:
        now = (system.bus.last_id, system.trace.last_id, also())
        if now == seen:
            await asyncio.sleep(LOOK)
            quiet += LOOK
            if quiet >= KEEP_ALIVE:
                quiet = 0.0
                yield ": still here\n\n"
            continue
        seen = now
        began = time.process_time()
        changed = [(name, html) for name, make in parts.items() if (html := make()) != sent.get(name)]
        took = time.process_time() - began
        sent.update(changed)
        for name, html in changed:
            data = html.replace("\r", "").replace("\n", "\ndata: ")
            yield f"id: {seen[0]}\nevent: {name}\ndata: {data}\n\n"
            quiet = 0.0
        await asyncio.sleep(max(PACE, took * SHARE * _looking))
