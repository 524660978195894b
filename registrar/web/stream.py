"""The event stream: Server-Sent Events that resume, and a wait for one event."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from starlette.requests import Request

from registrar.bus import Bus
from registrar.model.events import Event
from registrar.web import views

KEEP_ALIVE = 15.0
"""Seconds of silence after which a comment is sent, so that nothing on the way takes the connection for dead."""


class Follower:
    """Reads a bus from a position on, waiting at its end. A context manager.

    A position beyond the end is of an earlier run, whose events are gone: all of this run's are new.
    """

    def __init__(self, bus: Bus, since: int, wanted: Callable[[Event], bool]) -> None:
        self._bus = bus
        self._position = since if since <= bus.last_id else 0
        self._wanted = wanted
        self._more = asyncio.Event()
        self._stopped = False
        self._leave: Callable[[], None] = lambda: None

    def __enter__(self) -> "Follower":
        self._leave = self._bus.subscribe(lambda _event: self._more.set())
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()

    def take(self) -> list[Event]:
        """Return the wanted events since the last call, without waiting."""
        self._more.clear()
        events = self._bus.since(self._position)
        if events:
            self._position = events[-1].id
        return [event for event in events if self._wanted(event)]

    async def wait(self, seconds: float) -> list[Event]:
        """Return the wanted events as soon as there is one, none when the time is over or it was stopped."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not (events := self.take()) and not self._stopped:
            try:
                await asyncio.wait_for(self._more.wait(), deadline - loop.time())
            except TimeoutError:
                return self.take()
        return events

    def stop(self) -> None:
        """Wait no longer."""
        self._stopped = True
        self._more.set()


@contextmanager
def until_left(request: Request, stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` when whoever sent the request goes away meanwhile."""

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        stop()

    watching = asyncio.ensure_future(watch())
    try:
        yield
    finally:
        watching.cancel()


async def server_sent(bus: Bus, since: int, wanted: Callable[[Event], bool]) -> AsyncIterator[str]:
    """Yield the stream as ``text/event-stream``, from after ``since`` on, for ever."""
    with Follower(bus, since, wanted) as follower:
        yield ": connected\n\n"
        while True:
            events = await follower.wait(KEEP_ALIVE)
            for event in events:
                data = json.dumps(views.event(event), separators=(",", ":"))
                yield f"id: {event.id}\nevent: {event.subject.type.value}\ndata: {data}\n\n"
            if not events:
                yield ": still here\n\n"
