"""What the API shows: the model's values as JSON objects. PINs are in none of them."""

from collections.abc import Iterable
from typing import Any

from registrar.core.state import State
from registrar.model.binding import Binding
from registrar.model.events import (
    BindingEvent,
    CommandEvent,
    Event,
    LockEvent,
    RefusalEvent,
    StoreEvent,
    Subject,
    WarningEvent,
)
from registrar.model.extension import Extension
from registrar.model.flow import Flow
from registrar.model.policy import Policy, Protocol
from registrar.model.row import Decision, Row
from registrar.model.terminal import Terminal
from registrar.policy.explain import Explanation
from registrar.trace.mask import masked
from registrar.trace.recorder import Record
from registrar.trace.words import number_of as number_of_record
from registrar.trace.words import summary

Json = dict[str, Any]


def text(value: str) -> str:
    """Return text that may hold octets that are no UTF-8 in a form that JSON holds."""
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()


def registration(binding: Binding) -> Json:
    """Return a registration as ``GET /api/v1/registrations`` lists it."""
    contact = binding.contact
    endpoint = contact.endpoint
    return {
        "number": binding.number,
        **_terminal(binding.terminal),
        **_flow(binding.flow),
        **decision(binding.decision),
        "contact": text(contact.uri),
        "instance": text(contact.instance),
        "reg_id": contact.reg_id,
        "q": contact.q,
        "aliases": [text(alias) for _, alias in endpoint.aliases] if endpoint else [],
        "vendor": text(endpoint.vendor) if endpoint else "",
        "version": text(endpoint.version) if endpoint else "",
        "call_id": text(binding.call_id),
        "path": [text(value) for value in binding.path],
        "registered_at": binding.registered_at,
        "refreshed_at": binding.refreshed_at,
        "expires_at": binding.expires_at,
    }


def extension(extension: Extension, state: State, bindings: int) -> Json:
    """Return an extension; of its RAC only whether there is one."""
    return {
        "number": extension.number,
        "csp": extension.csp,
        "lim": extension.lim,
        "customer": extension.customer,
        "security_exception": extension.security_exception,
        "rac": extension.number in state.racs,
        "registrations": bindings,
    }


def policy(value: Policy) -> Json:
    """Return the policy by number and title."""
    return {"policy": value.value, "title": value.title}


def row(value: Row) -> Json:
    """Return a row of the policy tables."""
    return {
        "id": value.id,
        "section": value.section,
        "inferred": value.inferred,
        "allowed": value.allowed,
        "signalling": value.signalling.value if value.signalling else None,
    }


def explanation(value: Explanation) -> Json:
    """Return an explanation, in values and in words."""
    return {
        **decision(value.decision),
        "port": value.port,
        "terminal": text(value.terminal.text),
        "family": value.terminal.family,
        "pattern": value.terminal.pattern,
        "table": value.table,
        "row_details": row(value.decision.row),
        "port_rule": value.rule.id,
        "pin_asked": value.pin_asked,
        "answer": value.answer,
        "warning": value.warning,
        "near_misses": [{"change": miss.change, **decision(miss.decision)} for miss in value.near_misses],
        "text": "\n".join(value.lines()),
    }


def event(value: Event) -> Json:
    """Return an event of the stream."""
    return {"id": value.id, "time": value.time, "type": value.subject.type.value, **_subject(value.subject)}


def events(values: Iterable[Event]) -> list[Json]:
    """Return events of the stream."""
    return [event(value) for value in values]


def _subject(subject: Subject) -> Json:
    if isinstance(subject, BindingEvent):
        return {**registration(subject.binding), "cause": subject.cause.value if subject.cause else None}
    if isinstance(subject, RefusalEvent):
        attempt, outcome = subject.attempt, subject.outcome
        return {
            "number": text(attempt.number),
            **_terminal(outcome.terminal),
            **_flow(attempt.flow),
            **decision(outcome.decision),
            "reason": outcome.reason.value if outcome.reason else None,
            "count": subject.times,
            "first_at": subject.first_at,
            "last_at": subject.last_at,
        }
    if isinstance(subject, LockEvent):
        return {"number": text(subject.number), "address": subject.source, "until": subject.until}
    if isinstance(subject, CommandEvent):
        return {"command": text(subject.line), "printout": text(subject.printout)}
    if isinstance(subject, StoreEvent):
        return {
            "detail": subject.detail,
            "count": subject.times,
            "first_at": subject.first_at,
            "last_at": subject.last_at,
        }
    if isinstance(subject, WarningEvent):
        return {"detail": subject.detail}
    return {
        "protocol": subject.listener.protocol.value,
        "transport": subject.listener.transport.value,
        "port": subject.listener.port,
        "address": subject.address[0],
        "detail": text(subject.detail),
        "count": subject.times,
        "first_at": subject.first_at,
        "last_at": subject.last_at,
    }


def record(value: Record) -> Json:
    """Return a record of the trace, its credentials masked."""
    protocol = value.flow.listener.protocol
    octets = masked(value.octets, protocol)
    judgement = value.judgement
    return {
        "id": value.id,
        "time": value.time,
        "kind": value.kind.value,
        "protocol": protocol.value,
        **_flow(value.flow),
        "connection": value.flow.connection,
        "number": text(number_of_record(value)),
        "reason": judgement.reason.value if judgement and judgement.reason else None,
        "row": judgement.decision.row.id if judgement else None,
        "summary": text(summary(value)),
        "text": octets.decode("utf-8", "backslashreplace") if protocol is Protocol.SIP else "",
        "hex": octets.hex(),
        "length": value.length or len(octets),
    }


def _terminal(terminal: Terminal) -> Json:
    return {
        "terminal": text(terminal.text),
        "terminal_class": terminal.terminal_class.value,
        "family": terminal.family,
        "pattern": terminal.pattern,
    }


def _flow(flow: Flow) -> Json:
    tls = flow.tls
    return {
        "transport": flow.listener.transport.value,
        "address": flow.address[0],
        "source_port": flow.address[1],
        "port": flow.listener.port,
        "secure": flow.listener.secure,
        "tls_version": tls.version if tls else None,
        "tls_cipher": tls.cipher if tls else None,
        "tls_server_name": text(tls.server_name) if tls else None,
    }


def decision(value: Decision) -> Json:
    """Return what the policy said."""
    return {
        "protocol": value.protocol.value,
        "policy": value.policy.value,
        "policy_title": value.policy.title,
        "row": value.row.id,
        "row_inferred": value.row.inferred,
        "terminal_class": value.terminal_class.value,
        "security_exception": value.exception,
        "rac": value.rac,
        "allowed": value.allowed,
        "reason": value.reason.value if value.reason else None,
        "signalling": value.signalling.value if value.signalling else None,
        "downgraded": value.downgraded,
    }


def number_of(subject: Subject) -> str | None:
    """Return the number an event is about, ``None`` when it is about none."""
    if isinstance(subject, BindingEvent):
        return subject.binding.number
    if isinstance(subject, RefusalEvent):
        return subject.attempt.number
    return subject.number if isinstance(subject, LockEvent) else None
