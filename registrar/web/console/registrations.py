"""The registrations that are current: live, filtered, sorted, a page at a time."""

from collections.abc import Callable, Iterable
from heapq import nlargest, nsmallest
from itertools import islice
from operator import attrgetter
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode
from zlib import crc32

from markupsafe import Markup
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from registrar.model.binding import Binding
from registrar.model.events import BindingEvent, EventType
from registrar.model.policy import Policy, Protocol
from registrar.system import System
from registrar.web.console.frame import Console, moment, words
from registrar.web.console.links import why_registered
from registrar.web.console.query import whole

PAGE: Final = 50
ROWS_KEPT: Final = 2000
EVENTS_READ: Final = 10 * PAGE

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


def look(bindings: Iterable[Binding], view: View, policy: Policy, now: float) -> Found:
    """Return what the view finds."""
    live_ones = [binding for binding in bindings if binding.expires_at > now]
    found = live_ones
    if view.port:
        found = [binding for binding in found if binding.flow.listener.port == int(view.port)]
    if view.flag:
        flagged = FLAGS[view.flag]
        found = [binding for binding in found if flagged(binding, policy)]
    if view.q:
        found = [binding for binding in found if _matches(binding, view.q.lower())]
    first = (view.page - 1) * PAGE
    # bindings come oldest first, more or less, and numbers upwards: the quick way round for a heap
    sort = SORTS[view.sort]
    shown = nlargest(first + PAGE, reversed(found), sort) if view.down else nsmallest(first + PAGE, found, sort)
    return Found(shown[first:], len(found), len(live_ones))


def newest(system: System) -> Found | None:
    """Return the first page of the newest without looking at all others; ``None`` when the last events do not tell.

    While hundreds register in a second, this is the page that is looked at.
    """
    found: dict[tuple[str, str, str], Binding] = {}
    for event in islice(system.bus.newest_first(), EVENTS_READ):
        subject = event.subject
        if isinstance(subject, BindingEvent) and subject.type is EventType.REGISTERED:
            key = subject.binding.key
            binding = system.binding(key)
            if binding is not None and binding.registered_at == subject.binding.registered_at:
                found.setdefault(key, binding)
                if len(found) == PAGE:
                    total = system.state.binding_count
                    return Found(list(found.values()), total, total)
    return None


def _matches(binding: Binding, text: str) -> bool:
    return (
        binding.number.startswith(text)
        or text in binding.terminal.text.lower()
        or text in binding.flow.address[0]
        or text == binding.decision.row.id.lower()
        or text in binding.call_id.lower()
    )


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

    def table(view: View) -> dict[str, Any]:
        state = system.state
        told = newest(system) if view == View() else None
        bindings, found, total = told or look(state.all_bindings(), view, state.policy, console.clock())
        return {"view": view, "page": Page([rows.row(binding, state.policy) for binding in bindings], found, total)}

    async def registrations(request: Request) -> Response:
        view = View.of(request.query_params)
        return console.page(request, "registrations.html", **table(view))

    async def stream(request: Request) -> Response:
        view = View.of(request.query_params)
        return console.live.stream(
            request, {"table": lambda: console.part("parts/registrations.html", "table", **table(view))}
        )

    return [Route("/registrations", registrations), Route("/live/registrations", stream)]
