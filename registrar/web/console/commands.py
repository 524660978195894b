"""The shell as a page of its own, with the pages of every command beside it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from registrar.commands.catalogue import COMMANDS
from registrar.web.console.frame import Console


def routes(console: Console) -> list[Route]:
    """Return the paths."""

    async def commands(request: Request) -> Response:
        return console.page(request, "commands.html", commands=COMMANDS)

    return [Route("/commands", commands)]
