"""What every action goes through: an operator's line, carried out, with its printout."""

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from registrar.commands.line import MAX_LINE, masked
from registrar.web.console.frame import Console


def routes(console: Console) -> list[Route]:
    """Return the paths."""
    system = console.system

    async def run(request: Request) -> Response:
        body = await request.body()
        if len(body) > 4 * MAX_LINE:
            return PlainTextResponse("longer than any command", 413)
        line = parse_qs(body.decode("utf-8", "replace")).get("command", [""])[0].strip()
        if not line:
            return PlainTextResponse("no command", 422)
        execution = await system.execute(line, console.clock())
        html = console.part("parts/pieces.html", "ran", line=masked(line), execution=execution, at=console.clock())
        changed = {"HX-Trigger": "executed"} if execution.executed else {}
        return HTMLResponse(html, headers={"Cache-Control": "no-store", **changed})

    return [Route("/run", run, methods=["POST"])]
