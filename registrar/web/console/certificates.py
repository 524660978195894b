"""Certificates: the server's, its chain, the authorities; what is to be done about them."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from registrar.model.certificate import WARNING_DAYS, day
from registrar.web.console.frame import Console
from registrar.web.console.phones import authority_link, qr


def routes(console: Console) -> list[Route]:
    """Return the paths."""
    system = console.system

    def shown() -> dict[str, Any]:
        return {
            "certificates": system.surroundings.certificates(),
            "now": console.clock(),
            "day": day,
            "warning_days": WARNING_DAYS,
        }

    async def page(request: Request) -> Response:
        link = authority_link(console)
        return console.page(request, "certificates.html", authority=link, authority_qr=qr(link), **shown())

    async def stream(request: Request) -> Response:
        return console.live.stream(
            request, {"cards": lambda: console.part("parts/certificates.html", "cards", **shown())}
        )

    return [Route("/certificates", page), Route("/live/certificates", stream)]
