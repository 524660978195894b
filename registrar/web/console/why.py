"""The explainer: how a registration came to be accepted or refused, or would be, step by step."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from registrar.model.flow import Transport
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.reason import Reason
from registrar.model.row import Row
from registrar.policy.answers import RAS, SIP
from registrar.policy.explain import Explanation, explain, outcome_words
from registrar.policy.tables import TABLES
from registrar.web.console.frame import Console
from registrar.web.console.links import why_refused, why_registered
from registrar.web.console.query import whole

LATEST: Final = 12
"""Decisions shown of a number."""

_AFTER_THE_POLICY: Final[dict[Reason, str]] = {
    Reason.PIN_REQUIRED: "asked for; none was sent yet",
    Reason.STALE_NONCE: "the challenge was too old, or not given to this address: asked again",
    Reason.WRONG_PIN: "the PIN was wrong",
    Reason.UNKNOWN_NUMBER: "no PIN is right: the number is not initiated",
    Reason.LOCKED_OUT: "not looked at: locked after too many wrong ones",
    Reason.SLOWED_DOWN: "not looked at: too soon after wrong ones",
    Reason.NOT_OWNER: "the credentials are another number's",
}
"""What became of the PIN, where the policy allowed and the registration failed all the same."""


class Asked(NamedTuple):
    """What the page's address asks to be explained."""

    policy: Policy
    protocol: Protocol
    terminal: str
    exception: bool
    rac: bool
    port: int
    secure: bool
    transport: str = ""
    number: str = ""
    reason: Reason | None = None

    @classmethod
    def of(cls, query: Mapping[str, str], console: Console) -> "Asked":
        """Return what is asked; what is not given is as the system is now."""
        ports = {(each.listener.port, each.listener.transport.value): each.listener for each in console.ports}
        transport = query.get("transport", "").upper()
        given = whole(query.get("port", ""), 65535)
        port = console.ports[0].listener.port if given is None else given
        listener = ports.get((port, transport)) or next((found for (n, _), found in ports.items() if n == port), None)
        standard = {5060: (Protocol.SIP, False), 5061: (Protocol.SIP, True)}
        standard |= {1719: (Protocol.H323, False), 3727: (Protocol.H323, True)}
        protocol, secure = standard.get(port, (Protocol.SIP, transport == Transport.TLS.value))
        if listener is not None:
            protocol, secure = listener.protocol, listener.secure
        policy = query.get("policy", "")
        reason = query.get("reason", "")
        return cls(
            Policy(int(policy)) if policy in {"0", "1", "2", "3"} else console.system.state.policy,
            protocol,
            query.get("terminal", "")[:1000],
            query.get("exception") == "yes",
            query.get("rac", "yes") == "yes",
            port,
            secure,
            transport,
            query.get("number", "")[:64],
            Reason(reason) if reason in Reason.__members__ else None,
        )


class Step(NamedTuple):
    """One card on the way to the answer."""

    label: str
    text: str
    detail: str = ""
    kind: str = ""
    """``secure``, ``bad``, ``warn``, ``off`` or nothing."""


def steps(asked: Asked, told: Explanation) -> Iterator[Step]:
    """Yield the way from the port to the answer, in the order in which it is looked at."""
    decision = told.decision
    secure = decision.secure_port
    transport = f" over {asked.transport}" if asked.transport else ""
    name = "SIP" if told.protocol is Protocol.SIP else "H.323 RAS"
    yield Step(
        "Port", f"{told.port}, {'secure' if secure else 'in the clear'}", name + transport, "secure" if secure else ""
    )
    pattern = f"pattern {told.terminal.pattern}" if told.terminal.pattern else "no pattern matches: third party"
    says = told.terminal.text or "(it says nothing)"
    yield Step(
        "Terminal", f"{told.terminal.terminal_class.value.lower()}: {told.terminal.family}", f"{says} · {pattern}"
    )
    unknown = asked.reason is Reason.UNKNOWN_NUMBER
    exception = f"exception {'YES' if decision.exception else 'NO'}"
    rac = "PIN configured" if decision.rac else "no PIN"
    stands = "not initiated; decided as if it were" if unknown else f"number {asked.number}" if asked.number else ""
    yield Step("Extension", f"{exception}, {rac}", stands, "warn" if unknown else "")
    yield Step("Policy", f"{decision.policy.value} {decision.policy.title}", f"table {told.table} serves it for {name}")
    row = decision.row
    promise = (
        "allowed, encrypted" if row.signalling and row.signalling.value == "ENCRYPTED" else "allowed, not encrypted"
    )
    inferred = ", inferred" if row.inferred else ""
    yield Step(
        f"Row {row.id}",
        promise if row.allowed else "not allowed",
        f"requirement {row.section}{inferred}",
        "" if row.allowed else "bad",
    )
    rule = told.rule
    kind = "off" if not row.allowed else "bad" if not rule.allowed else "warn" if rule.downgraded else ""
    yield Step(f"Port rule {rule.id}", rule.words, "", kind)
    yield _pin(asked, told)
    yield _answer(asked, told)


def _pin(asked: Asked, told: Explanation) -> Step:
    if not told.decision.allowed:
        return Step("PIN", "not asked", "it could not succeed", "off")
    if not told.pin_asked:
        return Step("PIN", "not asked", "none is configured", "off")
    if asked.reason in _AFTER_THE_POLICY:
        return Step(
            "PIN", _AFTER_THE_POLICY[asked.reason], "", "warn" if asked.reason is Reason.PIN_REQUIRED else "bad"
        )
    return Step("PIN", "asked for and checked", "")


def _answer(asked: Asked, told: Explanation) -> Step:
    decision = told.decision
    if asked.reason is not None and decision.allowed:
        sip = SIP[asked.reason]
        answer = f"SIP {sip.status} {sip.phrase}" if told.protocol is Protocol.SIP else RAS[asked.reason]
        silent = asked.reason in (Reason.PIN_REQUIRED, Reason.STALE_NONCE)
        return Step("Answer", answer, asked.reason.value, "warn" if silent else "bad")
    if not decision.allowed:
        return Step("Answer", told.answer, told.warning, "bad")
    kind = "warn" if decision.downgraded else "secure" if decision.secure_port else ""
    return Step("Answer", told.answer, outcome_words(decision).partition(", ")[2], kind)


class TableRow(NamedTuple):
    """A row of the requirement's table beside the one that decided."""

    row: Row
    decides: bool
    near: str
    """The one thing that, had it been different, would have met this row; empty for others."""
    terminal_differs: bool
    exception_differs: bool
    rac_differs: bool


def table_rows(told: Explanation) -> list[TableRow]:
    """Return the rows of the table that served, the deciding one marked, near misses with what differs."""
    decision = told.decision
    near = {miss.decision.row.id: miss.change for miss in told.near_misses if miss.decision.row is not decision.row}
    found = []
    for row in TABLES[told.table][1]:
        close = row.id in near
        found.append(
            TableRow(
                row,
                row is decision.row,
                near.get(row.id, ""),
                close and row.terminal is not decision.terminal_class,
                close and row.exception not in (None, decision.exception),
                close and row.rac not in (None, decision.rac),
            )
        )
    return found


def routes(console: Console) -> list[Route]:
    """Return the paths."""
    system = console.system

    def latest(number: str) -> list[tuple[float, str, Any, str]]:
        """What was last decided of the number: when, in which words, the decision, its address."""
        found = [
            (binding.refreshed_at, outcome_words(binding.decision), binding.decision, why_registered(binding))
            for protocol in Protocol
            for binding in system.state.bindings_of(protocol, number).values()
        ]
        for refusal in system.refusals():
            if refusal.attempt.number == number and refusal.outcome.reason is not None:
                words = f"refused, {refusal.outcome.reason.value}"
                found.append((refusal.last_at, words, refusal.outcome.decision, why_refused(refusal)))
        return sorted(found, key=lambda each: each[0], reverse=True)[:LATEST]

    async def why(request: Request) -> Response:
        query: Mapping[str, str] = request.query_params
        number = query.get("number", "")[:64]
        found = latest(number) if number else []
        if found and "port" not in query:
            query = dict(parse_qsl(urlsplit(found[0][3]).query, keep_blank_values=True))
        asked = Asked.of(query, console)
        told = None
        if "terminal" in query or "port" in query:
            told = explain(
                asked.policy,
                asked.protocol,
                asked.terminal,
                asked.exception,
                asked.rac,
                asked.port,
                asked.secure,
                system.limits.port_check,
                system.classifier,
            )
        return console.page(
            request,
            "why.html",
            asked=asked,
            told=told,
            steps=list(steps(asked, told)) if told else [],
            rows=table_rows(told) if told else [],
            table=TABLES[told.table][0] if told else "",
            latest=found,
            policies=list(Policy),
            secure=TerminalClass.SECURE,
            outcome_words=outcome_words,
        )

    return [Route("/why", why)]
