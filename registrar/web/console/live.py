"""Live pages: parts of a page are made anew when something happened, and sent where they differ.

What is sent is how things stand, not what happened: a page that was away, or slow, misses nothing. A part is made once
for everybody who looks at it, and so seldom that looking costs registrations next to nothing.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final, TypeVar

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from registrar.core.piecewise import PAUSE, Piecewise
from registrar.system import System
from registrar.web.console.query import whole

LOOK = 0.2
"""Seconds between looks at whether something happened."""
PACE = 0.9
"""Seconds at least between two makings of the same parts, while things go on happening."""
SHARE: Final = 800
"""All parts together that took a second to make are made again after so many seconds."""
SLOWEST: Final = 5.0
"""Seconds after which parts are made anew all the same, or twenty times as long as they took."""
KEEP_ALIVE = 15.0
"""Seconds of silence after which a comment is sent, so that nothing on the way takes the connection for dead."""
STREAMS = 200
"""Pages looked at at once; whoever opens more is told 503."""

_NOWHERE: Final = (-1, -1, -1)

T = TypeVar("T")
Make = Callable[[], str]
Parts = Mapping[str, Callable[[], str | Piecewise[str]]]
"""The parts of a page by the name of their event, each with what makes its HTML, in pieces where that may take long."""


def policy_words(system: System) -> str:
    """Return what the frame says of the policy in force: ``1 ALL_SECURE``."""
    policy = system.state.policy
    return f"{policy.value} {policy.title}"


def kept(look: Callable[[], T], make: Callable[[T], str]) -> Make:
    """Return a part that is made of what ``look`` returns, and kept as long as that stays the same."""
    seen: list[tuple[T, str]] = []

    def part() -> str:
        stands = look()
        if not seen or seen[0][0] != stands:
            seen[:] = [(stands, make(stands))]
        return seen[0][1]

    return part


def numbers(values: Mapping[str, str]) -> str:
    """Return a part of numbers alone: the page puts each where ``data-figure`` names it."""
    return json.dumps(values, separators=(",", ":"))


class Sight:
    """What one page shows, whoever looks at it."""

    def __init__(self, system: System, parts: Parts, also: Callable[[], int]) -> None:
        self.viewers = 0
        self.took = 0.0
        """Seconds of the processor that the last making took."""
        self.due = 0.0
        """When parts may be made next, by the event loop's clock."""
        self.version = 0
        """Grows with every part that changed."""
        self._system = system
        self._also = also
        self._parts: Parts = {**parts, "policy": lambda: policy_words(system)}
        self._stands = _NOWHERE
        self._making = False
        self._spent = 0.0
        self._made: dict[str, tuple[int, str]] = {}

    async def look(self, now: float, others: float) -> None:
        """Make the parts anew if something happened; ``others`` is what other pages took the last time."""
        stands = (self._system.bus.last_id, self._system.trace.last_id, self._also())
        if self._making or now < self.due or stands == self._stands:
            return
        self._making, self._stands, self._spent = True, _NOWHERE, 0.0
        try:
            for name, make in self._parts.items():
                text = await self._text(make)
                if name not in self._made or self._made[name][1] != text:
                    self.version += 1
                    self._made[name] = self.version, text
            self._stands = stands
        finally:  # whoever looked may have gone away
            self._making = False
        self.took = self._spent
        self.due = now + min(max(PACE, (self.took + others) * SHARE), max(SLOWEST, self.took * 20))

    async def _text(self, make: Callable[[], str | Piecewise[str]]) -> str:
        began = time.thread_time()
        made = make()
        self._spent += time.thread_time() - began
        return made if isinstance(made, str) else await self._system.slices.run(self._timed(made))

    def _timed(self, work: Piecewise[str]) -> Piecewise[str]:
        while True:
            began = time.thread_time()
            try:
                next(work)
            except StopIteration as end:
                text: str = end.value
                return text
            finally:
                self._spent += time.thread_time() - began
            yield PAUSE

    def since(self, version: int) -> str:
        """Return as event stream what changed after that version."""
        return "".join(
            f"id: {self._stands[0]}\nevent: {name}\n{_data(text)}\n"
            for name, (made, text) in self._made.items()
            if made > version
        )


def _data(text: str) -> str:
    """The text as the lines of an event: each ends where anybody might see the end of a line."""
    return "".join(f"data: {line}\n" for line in text.replace("\r", "").split("\n"))


class Live:
    """The live pages of a console."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._sights: dict[str, Sight] = {}

    def stream(self, request: Request, parts: Parts, also: Callable[[], int] = lambda: 0) -> Response:
        """Return the event stream of a page. ``?since=`` is the last event that the page had heard of.

        The page's address says all that ``parts`` depend on. ``also`` counts what else may change them beside events
        and the trace.
        """
        if sum(sight.viewers for sight in self._sights.values()) >= STREAMS:
            return PlainTextResponse(f"{STREAMS} pages are looked at already", 503, {"Retry-After": "10"})
        asked = [pair for pair in request.query_params.multi_items() if pair[0] != "since"]
        address = f"{request.url.path} {asked}"
        since = whole(request.query_params.get("since", "")) or 0
        stream = self._stream(address, Sight(self._system, parts, also), since)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def _stream(self, address: str, new: Sight, since: int) -> AsyncIterator[str]:
        last = self._system.bus.last_id
        if since and since < last:
            yield f"event: behind\ndata: {last - since}\n\n"
        sight = self._sights.setdefault(address, new)
        sight.viewers += 1
        try:
            async for text in self._changes(sight):
                yield text
        finally:
            sight.viewers -= 1
            if not sight.viewers:
                del self._sights[address]

    async def _changes(self, sight: Sight) -> AsyncIterator[str]:
        clock = asyncio.get_running_loop().time
        version, sent_at = 0, clock()
        while True:
            now = clock()
            await sight.look(now, sum(other.took for other in self._sights.values()) - sight.took)
            if sight.version > version:
                text = sight.since(version)
                version, sent_at = sight.version, now
                yield text
            elif now - sent_at >= KEEP_ALIVE:
                sent_at = now
                yield ": still here\n\n"
            await asyncio.sleep(max(LOOK, sight.due - clock()))
