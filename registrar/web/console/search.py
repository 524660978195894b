"""The search in the frame: to the registrations that fit, else to the trace."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from registrar.web.console.frame import Console
from registrar.web.console.registrations import View, finds


def routes(console: Console) -> list[Route]:
    """Return the paths."""
    system = console.system

    async def search(request: Request) -> Response:
        view = View(q=request.query_params.get("q", "").strip()[:100])
        found = await system.slices.run(finds(system.state, view, console.clock()))
        return RedirectResponse(f"{'/registrations' if found else '/trace'}{view.link()}", 303)

    return [Route("/search", search)]
