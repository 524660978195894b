"""The policy: its four choices, what each would refuse before it does, and what is left to do after a change."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from registrar.commands.node import Execution
from registrar.commands.preview import Preview, preview, remedies, verdict
from registrar.commands.run import advance, execute
from registrar.core.piecewise import Piecewise
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.policy.tables import TABLE_OF
from registrar.web.console.frame import Console
from registrar.web.console.policies import MEANING


class Kind(NamedTuple):
    """What extensions of one kind would meet."""

    exception: bool
    rac: bool
    many: int
    protocol: str
    """Empty when it is the same in both."""
    secure: str
    insecure: str


LOSSES = 100
"""Registrations listed that would be lost; the rest are counted."""


def routes(console: Console) -> list[Route]:
    """Return the paths."""
    system = console.system

    def looked_at(request: Request) -> Policy | None:
        wanted = request.query_params.get("to", "")
        return Policy(int(wanted)) if wanted in {"0", "1", "2", "3"} else None

    def shown(policy: Policy | None) -> Piecewise[dict[str, Any]]:
        now = console.clock()
        more: dict[str, Any] = {"line": "", "denial": "", "remedies": [], "preview": None, "kinds": [], "losses": []}
        if policy is not None and policy is not system.state.policy:
            more = yield from _before(console, policy, now)
        return {
            "meanings": MEANING,
            "in_force": system.state.policy,
            "to": policy,
            "tallies": console.census.look(now),
            **more,
        }

    async def page(request: Request) -> Response:
        told = await system.slices.run(shown(looked_at(request)))
        return console.page(request, "policy.html", tables=TABLE_OF, Protocol=Protocol, **told)

    async def stream(request: Request) -> Response:
        policy = looked_at(request)

        def sheet() -> Piecewise[str]:
            told = yield from shown(policy)
            return console.part("parts/policy.html", "sheet", **told)

        return console.live.stream(request, {"sheet": sheet})

    return [Route("/policy", page), Route("/live/policy", stream)]


def _before(console: Console, policy: Policy, now: float) -> Piecewise[dict[str, Any]]:
    """What the policy would refuse and lose, the refusal of the command itself if there is one, and what mends both."""
    system = console.system
    line = f"sec_policy -set {policy.value}" if policy else "sec_policy -remove"
    begun = execute(line, system.node(now), now)
    tried = begun if isinstance(begun, Execution) else (yield from advance(begun))
    seen = yield from preview(system.state, system.classifier, policy, system.limits.port_check, now)
    denial = tried.printout if isinstance(tried, Execution) and not tried.executed else ""
    return {
        "line": line,
        "denial": denial,
        "remedies": remedies(seen),
        "preview": seen,
        "kinds": list(_kinds(seen)),
        "losses": seen.losses[:LOSSES],
    }


def _kinds(seen: Preview) -> Iterator[Kind]:
    for exception, rac, many in seen.extensions.kinds:
        sip, h323 = (
            [verdict(seen.policy, seen.port_check, protocol, terminal, exception, rac) for terminal in TerminalClass]
            for protocol in (Protocol.SIP, Protocol.H323)
        )
        if sip == h323:
            yield Kind(exception, rac, many, "", *sip)
        else:
            yield Kind(exception, rac, many, "SIP", *sip)
            yield Kind(exception, rac, many, "H.323", *h323)
