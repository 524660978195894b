"""Connections of the HTTP server within limits: nobody holds one without asking, or without reading the answer.

uvicorn alone waits for ever for the rest of a request and for whoever does not read, and takes connections without end.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTIONS = 1000
"""Open at once, event streams among them; whoever asks something over one more is told 503."""
SPARE = 100
"""Open at once beyond those; more are closed unheard."""
PER_SOURCE = 600
"""Open at once from one address; more are closed unheard."""
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

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it, or close it when there are too many."""
        super().connection_made(transport)
        of_source = sum(_host(other) == _host(self) for other in self.connections)
        if len(self.connections) > CONNECTIONS + SPARE or of_source > PER_SOURCE:
            transport.abort()
        else:
            self._watch()

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


def _host(connection: Any) -> str:
    return connection.client[0] if connection.client else ""
