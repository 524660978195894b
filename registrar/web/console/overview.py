"""The overview: ports, counts, the policy in words, the latest refusals, and where to point a phone."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from registrar.model.licence import VOIP_SECURITY
from registrar.web.console.frame import Console
from registrar.web.console.links import why_refused
from registrar.web.console.live import live
from registrar.web.console.phones import phone_setup
from registrar.web.console.policies import MEANING
from registrar.web.console.tallies import rates, tallies

LATEST = 6
"""Refusals shown."""


def routes(console: Console) -> list[Route]:
    """Return the paths."""
    system = console.system

    def shown() -> dict[str, Any]:
        now = console.clock()
        refusals = system.refusals()[: -LATEST - 1 : -1]
        certificates = system.surroundings.certificates()
        licence = system.state.licence
        return {
            "meaning": MEANING[system.state.policy],
            "tallies": tallies(system, now),
            "rates": rates(system, now),
            "refusals": [(refusal, why_refused(refusal)) for refusal in refusals],
            "certificates": certificates,
            "certificate_problem": system.surroundings.certificate_problem(now),
            "licensed": licence is not None and licence.grants(VOIP_SECURITY, now),
            "licence": licence,
            "now": now,
        }

    async def overview(request: Request) -> Response:
        return console.page(request, "overview.html", setup=phone_setup(console), **shown())

    async def stream(request: Request) -> Response:
        def figures() -> str:
            return console.part("parts/overview.html", "figures", **shown())

        return live(request, system, {"figures": figures})

    return [Route("/", overview), Route("/live/overview", stream)]
