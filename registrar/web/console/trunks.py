"""Routes: trunks and tie lines to other systems, and whether their far ends answer."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from registrar.commands.media_encryption import media_state
from registrar.model.media import Media
from registrar.web.console.frame import Console


def routes(console: Console) -> list[Route]:
    """Return the paths."""
    system = console.system

    def shown() -> dict[str, Any]:
        state = system.state
        return {
            "trunks": [route for _, route in sorted(state.routes.items())],
            "media": media_state(Media.ROUTE, state.encrypted_media),
        }

    async def page(request: Request) -> Response:
        return console.page(request, "routes.html", **shown())

    async def stream(request: Request) -> Response:
        return console.live.stream(request, {"table": lambda: console.part("parts/routes.html", "table", **shown())})

    return [Route("/routes", page), Route("/live/routes", stream)]
