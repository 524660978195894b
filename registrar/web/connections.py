"""Connections of the HTTP server within limits: nobody holds one without asking, or without reading the answer.

uvicorn alone waits for ever for the rest of a request and for whoever does not read, and takes connections without end.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTIONS = 1000
"""Open at once, event streams among them; whoever asks something over one more is told 503."""
SPARE = 100
"""When no more are left, the oldest of which nothing is being answered makes room; so many over it are told 503, no
more."""
PER_SOURCE = 600
"""Open at once from one address; beyond them its own oldest of which nothing is being answered makes room, or none is
taken."""
REQUEST_SECONDS = 30.0
"""From the connection, or a request's first octet, to the whole request with its body."""
UNREAD_SECONDS = 60.0
"""For which somebody may leave unread what fills his connection: 64 KiB here, and what the kernel holds."""


class Connection(H11Protocol):
    """One connection."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._asking: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self.since = self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it, or close it when there are too many."""
        super().connection_made(transport)
        self._watch()
        there = [each for each in self.connections if not each.transport.is_closing()]
        own = [each for each in there if _host(each) == _host(self)]
        if len(own) > PER_SOURCE:
            (_oldest_idle(own, self) or self).transport.abort()
        elif len(there) > CONNECTIONS - SPARE:
            idle = _oldest_idle(there, self)
            if idle is not None or len(there) > CONNECTIONS + SPARE:
                (idle or self).transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take octets of a request; its time ends with its last one."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Leave the wait for the next request to uvicorn, which is shorter, unless part of it is there."""
        super().on_response_complete()
        self._asking = self._stop(self._asking)
        if not self.cycle.response_complete:
            self._watch()

    def _watch(self) -> None:
        cycle = self.cycle
        if cycle is not None and not cycle.more_body and not cycle.response_complete:
            self._asking = self._stop(self._asking)
        elif self._asking is None and not self.transport.is_closing():
            self._asking = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def pause_writing(self) -> None:
        """What is sent is not read fast enough."""
        super().pause_writing()
        self._reading = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It was read."""
        super().resume_writing()
        self._reading = self._stop(self._reading)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let it go."""
        self._asking, self._reading = self._stop(self._asking), self._stop(self._reading)
        super().connection_lost(exc)

    @staticmethod
    def _stop(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
        if timer is not None:
            timer.cancel()
        return None


def _oldest_idle(connections: list[Any], new: Connection) -> Any:
    """Return the oldest of them of which nothing is being answered, ``None`` when there is no other than the new one.

    It has asked nothing yet, only a part of something, or was answered.
    """
    idle = [each for each in connections if each is not new and not _is_answered(each.cycle)]
    return min(idle, key=lambda each: each.since, default=None)


def _is_answered(cycle: Any) -> bool:
    return cycle is not None and not cycle.more_body and not cycle.response_complete


def _host(connection: Any) -> str:
    return connection.client[0] if connection.client else ""
