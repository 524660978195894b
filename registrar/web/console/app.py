"""The console's paths, put together."""

from pathlib import Path

from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from registrar.web.console import (
    certificates,
    commands,
    extensions,
    login,
    media,
    overview,
    policy,
    registrations,
    run,
    scenarios,
    search,
    terminals,
    trace,
    trunks,
    why,
)
from registrar.web.console.frame import Console

STATIC = Path(__file__).parents[1] / "static"


def routes(console: Console) -> list[BaseRoute]:
    """Return every path of the console."""
    rooms = (
        login,
        run,
        search,
        overview,
        registrations,
        why,
        policy,
        trace,
        extensions,
        media,
        certificates,
        trunks,
        terminals,
        scenarios,
        commands,
    )
    return [
        Mount("/static", StaticFiles(directory=STATIC)),
        *(route for room in rooms for route in room.routes(console)),
    ]
