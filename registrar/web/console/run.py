"""What every action goes through: an operator's line, carried out, with its printout."""

import json
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from registrar.commands.line import masked
from registrar.web.console.frame import Console, form
from registrar.web.console.live import policy_words

LINES: Final = 1000
"""Of a printout that a page shows; more would only be slow."""


def routes(console: Console) -> list[Route]:
    """Return the paths."""
    system = console.system

    async def run(request: Request) -> Response:
        line = (await form(request)).get("command", "").strip()
        if not line:
            return PlainTextResponse("no command", 422)
        execution = await system.execute(line, console.clock())
        shown = execution._replace(printout=beginning(execution.printout))
        html = console.part("parts/pieces.html", "ran", line=masked(line), execution=shown, at=console.clock())
        changed = {"HX-Trigger": json.dumps({"executed": policy_words(system)})} if execution.executed else {}
        return HTMLResponse(html, headers={"Cache-Control": "no-store", **changed})

    return [Route("/run", run, methods=["POST"])]


def beginning(printout: str) -> str:
    """Return as much of a printout as a page shows, and how much more there is."""
    *lines, rest = printout.split("\n", LINES)
    if len(lines) < LINES:
        return printout
    more = rest.count("\n") + 1
    return "\n".join([*lines, "", f"{more:,} MORE LINES are not shown: registrar exec prints them."])
