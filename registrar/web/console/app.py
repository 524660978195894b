"""The console's paths, put together."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
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

    async def authority(_request: Request) -> Response:
        return FileResponse(
            console.ready["ca_file"], media_type="application/x-x509-ca-cert", filename="registrar-ca.crt"
        )

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
        Route(f"/ca/{console.sessions.key_of('ca')}/ca.crt", authority),
        *(route for room in rooms for route in room.routes(console)),
    ]
