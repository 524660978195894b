"""Extensions and their PINs: listed, initiated, changed and erased by the commands that do it."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from registrar.core.numbered import beginning
from registrar.core.piecewise import Piecewise
from registrar.model.policy import Protocol
from registrar.web.console.frame import Console
from registrar.web.console.query import whole

PAGE: Final = 100


def routes(console: Console) -> list[Route]:
    """Return the paths."""
    system = console.system

    def table(q: str, page: int) -> Piecewise[dict[str, Any]]:
        state = system.state
        found = beginning((yield from state.numbers.look()), q)
        rows = [
            (
                state.extensions[number],
                number in state.racs,
                sum(len(state.bindings_of(protocol, number)) for protocol in Protocol),
            )
            for number in found.page((page - 1) * PAGE, PAGE)
        ]
        return {
            "rows": rows,
            "found": len(found),
            "q": q,
            "page": page,
            "pages": max(1, -(-len(found) // PAGE)),
            "link": lambda page: f"?q={q}&page={page}",
        }

    def part(q: str, page: int) -> Piecewise[str]:
        shown = yield from table(q, page)
        return console.part("parts/extensions.html", "table", **shown)

    def asked(request: Request) -> tuple[str, int]:
        page = request.query_params.get("page", "1")
        q = request.query_params.get("q", "")
        return (q if q.isascii() and q.isdigit() else ""), whole(page, 10**6) or 1

    async def extensions(request: Request) -> Response:
        q, page = asked(request)
        number = request.query_params.get("number", "")
        if not (number.isascii() and number.isdigit()):
            number = ""
        return console.page(request, "extensions.html", number=number, **await system.slices.run(table(q, page)))

    async def stream(request: Request) -> Response:
        q, page = asked(request)
        return console.live.stream(request, {"table": lambda: part(q, page)})

    return [Route("/extensions", extensions), Route("/live/extensions", stream)]
