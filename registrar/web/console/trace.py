"""The trace: exchanges, the ladder of one, and the message behind an arrow."""

from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from registrar.h323.errors import PerError
from registrar.h323.ras import decode
from registrar.h323.tree import lines as tree_lines
from registrar.model.policy import Protocol
from registrar.trace.exchanges import Exchange
from registrar.trace.mask import masked
from registrar.trace.recorder import Kind, Record
from registrar.trace.recording import scenario
from registrar.trace.words import summary, text
from registrar.web.console.frame import Console, moment, words
from registrar.web.console.ladder import ladder, shade_of
from registrar.web.console.links import why_judged
from registrar.web.console.query import whole

LISTED: Final = 50
"""Exchanges shown, the newest."""
RECORDS_READ: Final = 6 * LISTED
"""Records read at a time for a list of the newest exchanges, six for a registration: nobody reads more a second."""
OUTCOMES: Final = ("accepted", "refused", "wire")


class View(NamedTuple):
    """What of the trace is looked at: it stands in the page's address."""

    q: str = ""
    protocol: str = ""
    outcome: str = ""
    record: int = 0
    """A record of the exchange that is open; the message shown is this record's."""

    @classmethod
    def of(cls, query: QueryParams) -> "View":
        """Return the view that an address names; what makes no sense counts as not given."""
        record = query.get("record", "")
        return cls(
            query.get("q", "")[:100],
            query.get("protocol", "") if query.get("protocol") in ("sip", "h323") else "",
            query.get("outcome", "") if query.get("outcome") in OUTCOMES else "",
            whole(record) or 0,
        )

    @property
    def filtered(self) -> bool:
        """Not everything is listed."""
        return bool(self.q or self.protocol or self.outcome)

    def link(self, **other: Any) -> str:
        """Return the address of this view with something else in it."""
        asked = {name: value for name, value in (self._asdict() | other).items() if value}
        return f"/trace?{urlencode(asked)}" if asked else "/trace"


def routes(console: Console) -> list[Route]:
    """Return the paths."""
    exchanges = console.exchanges

    def listed(view: View, most: int = 0) -> dict[str, Any]:
        exchanges.update(most)
        found = exchanges.newest_first()
        if view.filtered:
            found = [each for each in found if _wanted(each, view)]
        opened = exchanges.find(view.record) if view.record else None
        place = view.link(record=0)
        place += "&" if "?" in place else "?"
        return {
            "view": view,
            "found": len(found),
            "exchanges": [line(each, place, each is opened) for each in found[:LISTED]],
        }

    def line(exchange: Exchange, place: str, current: bool) -> Markup:
        last = exchange.records[-1]
        listener = last.flow.listener
        kind = {"shade": shade_of(exchange), "secure": listener.secure, "current": current}
        told = {
            "id": str(exchange.id),
            "link": f"{place}record={exchange.id}",
            "number": words(exchange.number) or "\N{EN DASH}",
            "port": f"{listener.port} {listener.transport._value_}",
            "at": moment(last.time, "clock"),
            "said": last_words(exchange),
        }
        return console.filled("parts/trace.html", "exchange", kind, told)

    def drawn(view: View) -> dict[str, Any]:
        opened = exchanges.find(view.record) if view.record else None
        record = _chosen(opened, view) if opened is not None else None
        return {
            "view": view,
            "opened": opened,
            "ladder": ladder(opened) if opened is not None else None,
            "record": record,
            "message": message(record) if record is not None else None,
        }

    def why(shown: dict[str, Any]) -> str:
        record = shown["record"]
        return why_judged(record.flow, record.judgement) if record is not None and record.judgement else ""

    async def page(request: Request) -> Response:
        view = View.of(request.query_params)
        shown = listed(view) | drawn(view)
        recorded = scenario(shown["opened"]) if shown["opened"] is not None else ""
        return console.page(request, "trace.html", why=why(shown), recorded=recorded, **shown)

    async def stream(request: Request) -> Response:
        view = View.of(request.query_params)
        most = 0 if view.filtered else RECORDS_READ
        parts = {"exchanges": lambda: console.part("parts/trace.html", "listing", **listed(view, most))}
        if view.record:
            parts["ladder"] = lambda: console.part("parts/trace.html", "middle", **drawn(view))
        return console.live.stream(request, parts)

    return [Route("/trace", page), Route("/live/trace", stream)]


def message(record: Record) -> dict[str, Any]:
    """Return what is behind an arrow: SIP text, a decoded RAS tree, octets; credentials masked."""
    protocol = record.flow.listener.protocol
    octets = masked(record.octets, protocol)
    tree: list[str] = []
    if octets and protocol is Protocol.H323:
        try:
            tree = list(tree_lines(decode(record.octets)))
        except PerError as error:
            tree = [f"cannot be decoded: {error}"]
    return {
        "words": summary(record),
        "text": text(octets) if protocol is Protocol.SIP else "",
        "tree": tree,
        "hex": hex_lines(octets),
    }


def hex_lines(octets: bytes) -> str:
    """Return octets as a hex dump: place, sixteen octets, their characters."""
    lines = []
    for place in range(0, len(octets), 16):
        part = octets[place : place + 16]
        shown = "".join(chr(octet) if 32 <= octet < 127 else "·" for octet in part)
        lines.append(f"{place:04x}  {part[:8].hex(' '):<23}  {part[8:].hex(' '):<23}  {shown}")
    return "\n".join(lines)


def last_words(exchange: Exchange) -> str:
    """Return what an exchange came to, for the list."""
    for record in reversed(exchange.records):
        if record.judgement is not None or record.kind in (Kind.HANDSHAKE_REFUSED, Kind.MALFORMED):
            return summary(record)
    first, last = exchange.records[0], exchange.records[-1]
    return summary(last) if first is last else f"{summary(first)}, {summary(last)}"


def _chosen(exchange: Exchange, view: View) -> Record:
    return next((record for record in exchange.records if record.id == view.record), exchange.records[0])


def _wanted(exchange: Exchange, view: View) -> bool:
    if view.protocol and exchange.protocol.value != view.protocol:
        return False
    accepted = exchange.judgement is not None and exchange.judgement.reason is None
    if view.outcome and view.outcome != ("wire" if exchange.refused else "accepted" if accepted else "refused"):
        return False
    if not view.q:
        return True
    asked = view.q.lower()
    return (
        exchange.number.startswith(view.q)
        or exchange.flow.address[0].startswith(view.q)
        or asked in last_words(exchange).lower()
        or (len(view.q) > 5 and any(view.q.encode() in record.octets for record in exchange.records))
    )
