"""The API on a listening socket, inside the registrar's own event loop."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from registrar.system import System
from registrar.web.api import create_app
from registrar.web.connections import CONNECTIONS, Connection
from registrar.web.console.frame import compile_templates

GRACE = 0.5
"""Seconds that commands and listings have to be answered in when the server stops."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the registrar."""
        yield


class Ending:
    """ASGI middleware that ends what is being answered, event streams above all, when the server stops."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._running: dict[asyncio.Task[Any], bool] = {}
        """Whether the answer has begun."""
        self._ends = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; when the end comes meanwhile, finish what was begun."""
        task = asyncio.current_task()
        assert task is not None

        async def sent(message: Message) -> None:
            self._running[task] = True
            await send(message)

        self._running[task] = False
        try:
            await self._app(scope, receive, sent)
        except asyncio.CancelledError:
            if not self._ends:
                raise
            if not self._running[task]:
                await send({"type": "http.response.start", "status": 503, "headers": [(b"connection", b"close")]})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            del self._running[task]

    def end(self) -> None:
        """End streams at once, and a little later what has not been answered by then."""
        self._ends = True
        self._cancel(only_begun=True)
        asyncio.get_running_loop().call_later(GRACE, self._cancel)

    def _cancel(self, only_begun: bool = False) -> None:
        for task, begun in self._running.items():
            if begun or not only_begun:
                task.cancel()


async def serve(
    system: System,
    listening: socket.socket,
    *,
    token: str,
    hosts: Iterable[str],
    clock: Callable[[], float],
    gauges: Callable[[], Iterable[tuple[str, str, float]]],
    ready: Mapping[str, Any],
) -> None:
    """Serve until cancelled. ``listening`` is closed then."""
    guard = create_app(system, token=token, hosts=hosts, clock=clock, gauges=gauges, ready=ready)
    app = Ending(guard)
    config = uvicorn.Config(
        app,
        http=Connection,
        log_config=None,
        log_level="error",
        access_log=False,
        lifespan="off",
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    serving = asyncio.ensure_future(server.serve([listening]))
    preparing = asyncio.ensure_future(compile_templates())
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        app.end()
        preparing.cancel()
        try:
            await serving
        finally:
            listening.close()
            await guard.close()
