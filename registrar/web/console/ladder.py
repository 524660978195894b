"""An exchange as a ladder: lanes for phone, port and registrar, an arrow a message, a step for each decision."""

from typing import Any, Final, NamedTuple

from registrar.model.policy import Protocol
from registrar.model.reason import Reason
from registrar.trace.exchanges import Exchange
from registrar.trace.recorder import Kind, Record
from registrar.trace.words import summary

PHONE, PORT, CORE = 110, 300, 424
"""Where the lanes stand, of 500."""
TOP: Final = 64
ROW: Final = 46
_ASKED: Final = frozenset({Reason.PIN_REQUIRED, Reason.STALE_NONCE})


class Rung(NamedTuple):
    """One arrow or step."""

    id: int
    """The record's, in the trace."""
    y: int
    words: str
    kind: str
    """``is-bad``, ``is-secure``, ``is-warn`` or nothing."""
    start: int
    end: int
    """Where the arrow begins and ends; the same for a step."""
    time: str
    lost: bool = False
    """The arrow does not arrive: a refused handshake."""


class Ladder(NamedTuple):
    """What a page draws."""

    rungs: list[Rung]
    height: int
    phone: str
    address: str
    port: str
    secure: bool


def ladder(exchange: Exchange) -> Ladder:
    """Return the drawing of an exchange."""
    flow = exchange.flow
    began = exchange.records[0].time
    rungs = [_rung(record, place, began) for place, record in enumerate(exchange.records)]
    host, number = flow.address
    listener = flow.listener
    return Ladder(
        rungs,
        TOP + ROW * len(rungs) + 24,
        exchange.number or "phone",
        f"[{host}]:{number}" if ":" in host else f"{host}:{number}",
        f"{'SIP' if listener.protocol is Protocol.SIP else 'RAS'} {listener.port} {listener.transport.value}",
        listener.secure,
    )


def _rung(record: Record, place: int, began: float) -> Rung:
    y = TOP + ROW * place + 30
    time = f"+{record.time - began:.3f}" if place else "0.000"
    words = summary(record)
    if record.judgement is not None:
        return Rung(record.id, y, words, kind_of(record), CORE, CORE, time)
    if record.kind in (Kind.HANDSHAKE_REFUSED, Kind.MALFORMED):
        return Rung(record.id, y, words, "is-bad", PHONE, PORT, time, lost=True)
    ends = (PORT, PHONE) if record.kind is Kind.SENT else (PHONE, PORT)
    return Rung(record.id, y, words, kind_of(record), *ends, time)


def scripted(happened: list[dict[str, Any]]) -> Ladder | None:
    """Return the drawing of what happened in a scenario's step, as its report tells it; none when nothing did."""
    if not happened:
        return None
    began = happened[0]["time"]
    rungs = []
    phones = [each["who"] for each in happened if each["who"] != "registrar"]
    over = next((each["over"] for each in happened if each["over"]), "")
    for place, each in enumerate(happened):
        y = TOP + ROW * place + 30
        ends = {"sent": (PHONE, PORT), "received": (PORT, PHONE)}.get(each["kind"], (CORE, CORE))
        time = f"+{each['time'] - began:.3f}" if place else "0.000"
        rungs.append(Rung(place, y, each["summary"], "", *ends, time))
    secure = over.startswith("TLS")
    return Ladder(rungs, TOP + ROW * len(rungs) + 24, phones[0] if phones else "phone", "", over or "port", secure)


def kind_of(record: Record) -> str:
    """Return how a record is coloured; the words say it too."""
    judgement = record.judgement
    if judgement is not None:
        if judgement.reason is not None:
            return "is-warn" if judgement.reason in _ASKED else "is-bad"
        return "is-warn" if judgement.decision.downgraded else "is-secure" if judgement.decision.secure_port else ""
    if record.kind in (Kind.HANDSHAKE_REFUSED, Kind.MALFORMED):
        return "is-bad"
    return "is-secure" if record.flow.listener.secure else ""


def shade_of(exchange: Exchange) -> str:
    """Return how an exchange is coloured in the list."""
    if exchange.refused:
        return "is-bad"
    if exchange.judgement is not None and exchange.judgement.reason is not None:
        return "is-warn" if exchange.judgement.reason in _ASKED else "is-bad"
    if exchange.judgement is not None and exchange.judgement.decision.downgraded:
        return "is-warn"
    return "is-secure" if exchange.flow.listener.secure else "is-plain"
