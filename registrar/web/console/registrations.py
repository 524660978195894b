"""The registrations that are current: live, filtered, sorted, a page at a time."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode
from zlib import crc32

from markupsafe import Markup
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from registrar.core.ordered import Ordered
from registrar.core.piecewise import PAUSE, Piecewise
from registrar.core.state import State
from registrar.model.binding import Binding
from registrar.model.policy import Policy, Protocol
from registrar.web.console.frame import Console, moment, words
from registrar.web.console.links import why_registered
from registrar.web.console.query import whole

PAGE: Final = 50
ROWS_KEPT: Final = 2000
NEAR: Final = 1000
"""Of a page that is no further from the beginning only the first so many are kept while they are looked for."""

SORTS: Final[dict[str, Callable[[Binding], Any]]] = {
    "number": lambda binding: (len(binding.number), binding.number),
    "port": lambda binding: (binding.flow.listener.port, binding.flow.listener.transport.value),
    "terminal": lambda binding: binding.terminal.text.lower(),
    "address": lambda binding: binding.flow.address,
    "row": lambda binding: binding.decision.row.id,
    "expires": attrgetter("expires_at"),
    "since": attrgetter("registered_at"),
}
FLAGS: Final[dict[str, Callable[[Binding, Policy], bool]]] = {
    "encrypted": lambda binding, _: binding.flow.listener.secure,
    "plain": lambda binding, _: not binding.flow.listener.secure,
    "downgraded": lambda binding, _: binding.decision.downgraded,
    "old": lambda binding, policy: binding.decision.policy is not policy,
}


class View(NamedTuple):
    """What of the table is looked at: it stands in the page's address."""

    q: str = ""
    port: str = ""
    flag: str = ""
    sort: str = "since"
    down: bool = True
    page: int = 1

    @classmethod
    def of(cls, query: QueryParams) -> "View":
        """Return the view that an address names; what makes no sense counts as not given."""
        sort, page = query.get("sort", "since"), query.get("page", "1")
        return cls(
            query.get("q", "")[:100],
            query.get("port", "") if whole(query.get("port", ""), 65535) is not None else "",
            query.get("flag", "") if query.get("flag", "") in FLAGS else "",
            sort if sort in SORTS else "since",
            query.get("order", "down") != "up",
            whole(page, 10**6) or 1,
        )

    def link(self, **other: Any) -> str:
        """Return the address of this view with something else in it."""
        view = self._replace(**{"page": 1, **other})
        asked = {"q": view.q, "port": view.port, "flag": view.flag}
        if (view.sort, view.down) != ("since", True):
            asked |= {"sort": view.sort, "order": "down" if view.down else "up"}
        if view.page > 1:
            asked["page"] = str(view.page)
        return f"?{urlencode({name: value for name, value in asked.items() if value})}"

    def sorted_by(self, sort: str) -> str:
        """Return the address of the view sorted so, or the other way round if it is already."""
        return self.link(sort=sort, down=not self.down if self.sort == sort else sort == "since")


class Page(NamedTuple):
    """One page of the table."""

    rows: list[Markup]
    found: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.found // PAGE))


class Found(NamedTuple):
    """What a view finds."""

    bindings: list[Binding]
    """Those of its page."""
    found: int
    total: int


def look(state: State, view: View, now: float) -> Piecewise[Found]:
    """Return what the view finds: at once by number or by age, after a look at every registration otherwise."""
    roll, first = state.roll, (view.page - 1) * PAGE
    if view.sort not in ("number", "since"):
        return (yield from _sorted(state, view, now))
    order = yield from (roll.by_number if view.sort == "number" else roll.by_age).look()
    if not (view.port or view.flag or view.q):
        return Found(roll.found(order.page(first, PAGE, down=view.down)), len(order), len(order))
    fits = _fitting(view, state.policy)
    found: list[Binding] = []
    many = 0
    for places in order.walk(down=view.down):
        for binding in roll.found(places):
            if binding.expires_at > now and fits(binding):
                if first <= many < first + PAGE:
                    found.append(binding)
                many += 1
        yield PAUSE
    return Found(found, many, state.binding_count)


def _sorted(state: State, view: View, now: float) -> Piecewise[Found]:
    """Find those of a page that nothing is kept in the order of."""
    key, first = SORTS[view.sort], (view.page - 1) * PAGE
    fits, many, most = _fitting(view, state.policy), 0, first + PAGE
    candidates: list[tuple[Any, ...]] = []
    for places in (yield from state.roll.by_number.look()).walk():
        for place, binding in state.roll.pairs(places):
            if binding.expires_at > now and fits(binding):
                candidates.append((key(binding), *place))
                many += 1
        if most <= NEAR and len(candidates) > 2 * NEAR:
            candidates.sort(reverse=view.down)
            del candidates[most:]
        yield PAUSE
    order = yield from Ordered.of(candidates)
    shown = order.page(first, PAGE, down=view.down)
    yield from order.let_go()
    return Found(state.roll.found([candidate[1:] for candidate in shown]), many, state.binding_count)


def finds(state: State, view: View, now: float) -> Piecewise[bool]:
    """Return whether the view finds anything."""
    fits = _fitting(view, state.policy)
    for places in (yield from state.roll.by_age.look()).walk(down=True):
        for binding in state.roll.found(places):
            if binding.expires_at > now and fits(binding):
                return True
        yield PAUSE
    return False


def _fitting(view: View, policy: Policy) -> Callable[[Binding], bool]:
    """Return what tells whether a binding is one that the view asks for."""
    tests: list[Callable[[Binding], bool]] = []
    if view.port:
        port = int(view.port)
        tests.append(lambda binding: binding.flow.listener.port == port)
    if view.flag:
        flagged = FLAGS[view.flag]
        tests.append(lambda binding: flagged(binding, policy))
    if view.q:
        tests.append(_matching(view.q.lower()))
    return tests[0] if len(tests) == 1 else lambda binding: all(test(binding) for test in tests)


def _matching(text: str) -> Callable[[Binding], bool]:
    """Return what tells whether a text is in a binding; what many bindings share is looked at once."""
    row = text.upper()
    claims: dict[str, bool] = {}

    def matches(binding: Binding) -> bool:
        claim = binding.terminal.text
        claimed = claims.get(claim)
        if claimed is None:
            claimed = claims[claim] = text in claim.lower()
        return (
            claimed
            or binding.number.startswith(text)
            or text in binding.flow.address[0]
            or row == binding.decision.row.id
            or text in binding.call_id.lower()
        )

    return matches


class Rows:
    """Rows as they were made last: a binding never changes, a refresh puts another one in its place."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._made: dict[tuple[str, str, str], tuple[Binding, bool, Markup]] = {}

    def row(self, binding: Binding, policy: Policy) -> Markup:
        """Return the row of a binding under the policy in force."""
        key, old = binding.key, binding.decision.policy is not policy
        made = self._made.get(key)
        if made is not None and made[0] is binding and made[1] is old:
            return made[2]
        flow = binding.flow
        kind = {
            "secure": flow.listener.secure,
            "tls": flow.tls is not None,
            "old": old,
            "downgraded": binding.decision.downgraded,
        }
        html = self._console.filled("parts/registrations.html", "row", kind, _told(binding))
        if len(self._made) >= ROWS_KEPT:
            self._made.clear()
        self._made[key] = (binding, old, html)
        return html


def _told(binding: Binding) -> dict[str, str]:
    """What stands in a row, each with the name of its place."""
    flow, decision, terminal = binding.flow, binding.decision, binding.terminal
    inferred = ", inferred" if decision.row.inferred else ""
    return {
        "identity": f"r{crc32(' '.join(binding.key).encode('utf-8', 'surrogateescape')):08x}",
        "number": binding.number,
        "why": why_registered(binding),
        "command": f"extension_unregistration -d {binding.number}",
        "port": str(flow.listener.port),
        "transport": flow.listener.transport._value_,
        "version": flow.tls.version if flow.tls is not None else "",
        "cipher": flow.tls.cipher if flow.tls is not None else "",
        "terminal": words(terminal.text) or "(it says nothing)",
        "protocol": "SIP" if decision.protocol is Protocol.SIP else "H.323",
        "class": terminal.terminal_class._value_.lower(),
        "family": terminal.family,
        "exception": "YES" if decision.exception else "NO",
        "pin": "set" if decision.rac else "none",
        "address": f"{flow.address[0]}:{flow.address[1]}",
        "policy": str(decision.policy._value_),
        "title": decision.policy.title,
        "row": decision.row.id,
        "section": decision.row.section + inferred,
        "expires": moment(binding.expires_at, "left"),
        "since": moment(binding.registered_at),
    }


def routes(console: Console) -> list[Route]:
    """Return the paths."""
    system, rows = console.system, Rows(console)

    def table(view: View) -> Piecewise[dict[str, Any]]:
        state = system.state
        bindings, found, total = yield from look(state, view, console.clock())
        return {"view": view, "page": Page([rows.row(binding, state.policy) for binding in bindings], found, total)}

    def part(view: View) -> Piecewise[str]:
        shown = yield from table(view)
        return console.part("parts/registrations.html", "table", **shown)

    async def registrations(request: Request) -> Response:
        view = View.of(request.query_params)
        return console.page(request, "registrations.html", **await system.slices.run(table(view)))

    async def stream(request: Request) -> Response:
        view = View.of(request.query_params)
        return console.live.stream(request, {"table": lambda: part(view)})

    return [Route("/registrations", registrations), Route("/live/registrations", stream)]
