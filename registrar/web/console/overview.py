"""The overview: ports, counts, the policy in words, the latest refusals, and where to point a phone."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from registrar.model.events import RefusalEvent
from registrar.model.licence import VOIP_SECURITY
from registrar.web.console.frame import Console
from registrar.web.console.links import why_refused
from registrar.web.console.live import kept, numbers
from registrar.web.console.phones import phone_setup
from registrar.web.console.policies import MEANING
from registrar.web.console.tallies import Rates, Tallies

LATEST = 6
"""Refusals shown."""
WITHOUT_NEWS = 2.0
"""Seconds after which rates and recent refusals are looked at even when nothing happens: they go down alone."""


def routes(console: Console) -> list[Route]:
    """Return the paths."""
    system, census, rates = console.system, console.census, Rates(console.system)

    def counted() -> dict[str, str]:
        """Everything that changes all the time."""
        now = console.clock()
        return _counted(console, census.look(now), rates.look(now))

    def figures() -> dict[str, Any]:
        now = console.clock()
        tallies = census.look(now)
        kinds = {"stale": bool(tallies.stale), "refused": bool(tallies.refused)}
        return {"meaning": MEANING[system.state.policy], **kinds}

    def refusals() -> list[tuple[RefusalEvent, bool]]:
        """The latest, and whether the number of each is locked just now."""
        locked = {lock.number for lock in system.locks(console.clock()) if not lock.source}
        return [(refusal, refusal.attempt.number in locked) for refusal in system.refusals()[: -LATEST - 1 : -1]]

    def explained(latest: list[tuple[RefusalEvent, bool]]) -> list[tuple[RefusalEvent, bool, str]]:
        return [(refusal, locked, why_refused(refusal)) for refusal, locked in latest]

    def foundation() -> dict[str, Any]:
        now = console.clock()
        certificates, licence = system.surroundings.certificates(), system.state.licence
        return {
            "certificates": certificates,
            "certificate_problem": system.surroundings.certificate_problem(now),
            "days_left": certificates.server.days_left(now) if certificates else 0,
            "licensed": licence is not None and licence.grants(VOIP_SECURITY, now),
            "licence": licence,
        }

    async def overview(request: Request) -> Response:
        return console.page(
            request,
            "overview.html",
            setup=phone_setup(console),
            numbers=counted(),
            **figures(),
            refusals=explained(refusals()),
            **foundation(),
        )

    async def stream(request: Request) -> Response:
        def part(name: str, **shown: Any) -> str:
            return console.part("parts/overview.html", name, **shown)

        parts = {
            "figures": kept(figures, lambda shown: part("figures", numbers=counted(), **shown)),
            "refusals": kept(refusals, lambda latest: part("latest", refusals=explained(latest))),
            "foundation": kept(foundation, lambda shown: part("foundation", **shown)),
            "numbers": lambda: numbers(counted()),
        }
        return console.live.stream(request, parts, lambda: int(console.clock() / WITHOUT_NEWS))

    return [Route("/", overview), Route("/live/overview", stream)]


def _counted(console: Console, tallies: Tallies, rates: dict[Any, float]) -> dict[str, str]:
    """Return the page's numbers, each by the name of its place."""
    told = {
        "registrations": f"{tallies.registrations:,}",
        "encrypted": f"{tallies.encrypted:,}",
        "plain": f"{tallies.plain:,}",
        "stale": f"{tallies.stale:,}",
        "refused": f"{tallies.refused:,}",
    }
    for port in console.ports:
        listener = port.listener
        rate = rates.get((listener.port, listener.transport), 0.0)
        told[f"{port.name}-registered"] = f"{tallies.on(listener):,}"
        told[f"{port.name}-rate"] = f"{rate:.1f}" if rate else "0"
    return told
