"""Values of the model as rows of the tables, and back."""

import json
from collections.abc import Sequence
from typing import Any

from registrar.model.binding import Binding, Contact, Endpoint
from registrar.model.flow import Flow, Listener, TlsSession, Transport
from registrar.model.licence import Licence
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.route import Route
from registrar.model.terminal import Terminal
from registrar.policy.decide import decide

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
    contact, flow, terminal, decision = binding.contact, binding.flow, binding.terminal, binding.decision
    listener = flow.listener
    details = _dumps(
        (
            contact,
            binding.call_id,
            binding.cseq,
            (listener.transport.value, listener.host, flow.address[1], flow.connection, flow.tls),
            (terminal.text, terminal.terminal_class.value, terminal.family, terminal.pattern),
            (decision.exception, decision.rac),
            binding.path,
            binding.temporary_gruu,
        )
    )
    return (
        *clean_key(key),
        binding.registered_at,
        binding.refreshed_at,
        binding.expires_at,
        listener.port,
        flow.address[0],
        _clean(terminal.text),
        decision.policy.value,
        decision.row.id,
        details,
    )


def binding_of(row: tuple[Any, ...]) -> Binding:
    """Return the binding that ``binding_row`` was given."""
    protocol_name, number, _, registered_at, refreshed_at, expires_at, port, host, _, policy, _, details = row
    (contact, call_id, cseq, flow, terminal, conditions, path, gruu), _ = _loads(details)
    exception, rac = conditions
    transport, listening_host, peer_port, connection, tls = flow
    text, class_name, family, pattern = terminal
    protocol, terminal_class = _PROTOCOLS[protocol_name], _CLASSES[class_name]
    listener = Listener(protocol, _TRANSPORTS[transport], listening_host, port)
    return Binding(
        number,
        _contact(contact),
        call_id,
        cseq,
        Flow(listener, (host, peer_port), connection, TlsSession(*tls) if tls else None),
        Terminal(text, terminal_class, family, pattern),
        decide(_POLICIES[policy], protocol, terminal_class, exception, rac, listener.secure),
        registered_at,
        refreshed_at,
        expires_at,
        tuple(path),
        gruu,
    )


def _contact(values: list[Any]) -> Contact:
    contact = Contact(*values)
    if contact.endpoint is None:
        return contact
    endpoint = Endpoint(*contact.endpoint)
    (host, port), (ras_host, ras_port) = endpoint.signal_address, endpoint.ras_address
    return contact._replace(
        endpoint=endpoint._replace(
            aliases=tuple([(kind, text) for kind, text in endpoint.aliases]),
            signal_address=(host, port),
            ras_address=(ras_host, ras_port),
        )
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
