"""What every action goes through: an operator's line, carried out, with its printout."""

import json

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from registrar.commands.line import masked
from registrar.web.console.frame import Console, form
from registrar.web.console.live import policy_words


def routes(console: Console) -> list[Route]:
    """Return the paths."""
    system = console.system

    async def run(request: Request) -> Response:
        line = (await form(request)).get("command", "").strip()
        if not line:
            return PlainTextResponse("no command", 422)
        execution = await system.execute(line, console.clock())
        html = console.part("parts/pieces.html", "ran", line=masked(line), execution=execution, at=console.clock())
        changed = {"HX-Trigger": json.dumps({"executed": policy_words(system)})} if execution.executed else {}
        return HTMLResponse(html, headers={"Cache-Control": "no-store", **changed})

    return [Route("/run", run, methods=["POST"])]
