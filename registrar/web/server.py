"""The API on a listening socket, inside the registrar's own event loop."""

import contextlib
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import uvicorn

from registrar.system import System
from registrar.web.api import create_app


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the registrar."""
        yield


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
    app = create_app(system, token=token, hosts=hosts, clock=clock, gauges=gauges, ready=ready)
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = _Server(config)
    try:
        await server.serve([listening])
    finally:
        listening.close()
