"""Values of the model as rows of the tables, and back."""

import json
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple

from registrar.model.binding import Binding, Contact, Endpoint, binding_identity
from registrar.model.changes import SetBinding
from registrar.model.flow import Flow, Listener, TlsSession, Transport
from registrar.model.licence import Licence
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.route import Route
from registrar.model.row import Decision
from registrar.model.terminal import Terminal
from registrar.policy.decide import decide
from registrar.store.errors import damaged

MEDIA = "media encryption: "
"""What the key of an enabled media encryption begins with in the ``node`` table."""

_loads = json.JSONDecoder().raw_decode
_dumps = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
_CLASSES = {item.value: item for item in TerminalClass}
_TRANSPORTS = {item.value: item for item in Transport}
_PROTOCOLS = {item.value: item for item in Protocol}
_POLICIES = {item.value: item for item in Policy}


def clean_key(key: tuple[str, str, str]) -> tuple[str, str, str]:
    """Return the binding's key as the columns hold it: a URI may carry octets that are no text."""
    protocol, number, identity = key
    return key if identity.isascii() else (protocol, number, _clean(identity))


def _clean(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def binding_row(key: tuple[str, str, str], binding: Binding) -> tuple[Any, ...]:
    """Return the values of the ``bindings`` columns, in their order."""
    flow, terminal, decision = binding.flow, binding.terminal, binding.decision
    details = _dumps(
        (
            binding.contact,
            binding.call_id,
            binding.cseq,
            flow.address[1],
            flow.connection,
            binding.path,
            binding.temporary_gruu,
        )
    )
    return (
        *clean_key(key),
        binding.registered_at,
        binding.refreshed_at,
        binding.expires_at,
        flow.listener.port,
        flow.address[0],
        _clean(terminal.text),
        decision.policy.value,
        decision.row.id,
        details,
        _common_text(flow.listener, flow.tls, terminal, decision),
    )


_told: dict[tuple[int, int, int], tuple[str, Listener, Terminal, Decision]] = {}
"""The texts of late, by the identity of what they tell, which they keep alive; a registration has no time for more."""
_TOLD = 256


def _common_text(listener: Listener, tls: TlsSession | None, terminal: Terminal, decision: Decision) -> str:
    place = (id(listener), id(terminal), id(decision))
    if tls is None and place in _told:
        return _told[place][0]
    text = _dumps(
        (
            (listener.protocol.value, listener.transport.value, listener.host, listener.port),
            tls,
            (terminal.text, terminal.terminal_class.value, terminal.family, terminal.pattern),
            (decision.policy.value, decision.exception, decision.rac),
        )
    )
    if tls is None:
        if len(_told) >= _TOLD:
            _told.clear()
        _told[place] = text, listener, terminal, decision
    return text


class _Common(NamedTuple):
    """What many bindings share."""

    protocol: str
    listener: Listener
    tls: TlsSession | None
    terminal: Terminal
    decision: Decision


def _common_of(text: str) -> _Common:
    (name, transport, host, port), tls, (claim, class_name, family, pattern), conditions = _loads(text)[0]
    protocol, terminal_class = _PROTOCOLS[name], _CLASSES[class_name]
    listener = Listener(protocol, _TRANSPORTS[transport], host, port)
    policy, exception, rac = conditions
    return _Common(
        protocol.value,
        listener,
        TlsSession(*tls) if tls else None,
        Terminal(claim, terminal_class, family, pattern),
        decide(_POLICIES[policy], protocol, terminal_class, exception, rac, listener.secure),
    )


_END = 1e11
"""POSIX seconds: the year 5138. What is not before it is no moment of a registration."""

READ: Final = ("number", "registered_at", "refreshed_at", "expires_at", "address", "details", "common")
"""The columns of ``bindings`` that ``binding_changes`` reads; the others say to people what is in these as well."""


def binding_changes(rows: Iterable[tuple[Any, ...]]) -> list[SetBinding]:
    """Return what puts the bindings in place that ``binding_row`` was given, the oldest first.

    Everything about a start with very many bindings hangs on it, so what is equal is made once. Raises ``StoreError``.
    """
    known: dict[str, _Common] = {}
    changes: list[SetBinding] = []
    decoder: Any = json.JSONDecoder()
    add, new, scan = changes.append, tuple.__new__, decoder.scan_once
    number = ""
    try:
        for number, registered_at, refreshed_at, expires_at, host, details, text in rows:
            common = known.get(text)
            if common is None:
                common = known[text] = _common_of(text)
            protocol, listener, tls, terminal, decision = common
            if not (0 <= registered_at < _END and 0 <= refreshed_at < _END and 0 <= expires_at < _END):
                raise ValueError("a moment that is none")
            (asked, call_id, cseq, port, connection, path, gruu), _ = scan(details, 0)
            uri, _expires, _q, _instance, reg_id, _params, key, endpoint = asked
            if endpoint is not None:
                asked[-1] = _endpoint(endpoint)
            contact = new(Contact, asked)
            binding = Binding(
                number,
                contact,
                call_id,
                cseq,
                Flow(listener, (host, port), connection, tls),
                terminal,
                decision,
                registered_at,
                refreshed_at,
                expires_at,
                tuple(path) if path else (),
                gruu,
            )
            identity = binding_identity(contact) if reg_id else key or uri
            add(new(SetBinding, ((protocol, number, identity), binding)))
    except (ValueError, TypeError, LookupError, AttributeError, StopIteration) as error:
        raise damaged(f"a registration of {number}", error) from None
    changes.sort(key=_age)
    return changes


_age = attrgetter("binding.registered_at")


def _endpoint(values: Sequence[Any]) -> Endpoint:
    endpoint = Endpoint(*values)
    (host, port), (ras_host, ras_port) = endpoint.signal_address, endpoint.ras_address
    return endpoint._replace(
        aliases=tuple([(kind, text) for kind, text in endpoint.aliases]),
        signal_address=(host, port),
        ras_address=(ras_host, ras_port),
    )


def lock_key(key: tuple[str, str]) -> tuple[str, str]:
    """Return the lock's key as the columns hold it: whoever guesses may give a number that is no text."""
    number, source = key
    return _clean(number).replace("\0", "\\0"), source


def licence_text(licence: Licence) -> str:
    """Return the licence as JSON."""
    return _dumps(licence)


def licence_of(text: str) -> Licence:
    """Return the licence that ``licence_text`` was given."""
    system, features, expires_at = json.loads(text)
    return Licence(system, tuple(features), expires_at)


def route_row(route: Route) -> tuple[Any, ...]:
    """Return the values of the ``routes`` columns, in their order."""
    return route.number, route.protocol.value, route.host, route.port, route.transport.value


def route_of(row: Sequence[Any]) -> Route:
    """Return the route that ``route_row`` was given."""
    number, protocol, host, port, transport = row
    return Route(number, _PROTOCOLS[protocol], host, port, _TRANSPORTS[transport])
