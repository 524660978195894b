"""RRQ: from a request to attempts (H.225.0 section 7.9; full, lightweight and additive registration)."""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from registrar.h323 import oids
from registrar.h323.addresses import first_address
from registrar.h323.aliases import MOST, MOST_NUMBERS, aliases_of, names_with, number_among
from registrar.h323.endpoints import holder, identifier_for
from registrar.h323.errors import RasError
from registrar.h323.gatekeeper import Gatekeeper
from registrar.h323.h235.proof import TokenProof, Vouched
from registrar.h323.identifiers import called, is_ours
from registrar.h323.messages import Request
from registrar.h323.vendor import vendor_of
from registrar.model.attempt import Action, Attempt
from registrar.model.binding import Alias, Binding, Contact, Endpoint, is_number
from registrar.model.flow import Flow


class Kind(Enum):
    """What a registration is for."""

    FULL = "full"
    LIGHTWEIGHT = "lightweight"
    """``keepAlive``: refresh what is registered."""
    ADDITIVE = "additive"
    """``additiveRegistration``: add aliases to what is registered."""


class Asked(NamedTuple):
    """What an RRQ or a URQ asks the core."""

    kind: Kind
    identifier: str
    """The endpointIdentifier."""
    attempts: tuple[Attempt, ...]
    """Each is decided for itself; what the first says is the answer."""
    proof: TokenProof | None
    followers: tuple[Attempt, ...] = ()
    """To be made when the first attempt was accepted: the endpoint's other numbers."""
    shown: bool = False
    """The request shows that its sender can be reached where it came from."""


def asked(request: Request, message: bytes, flow: Flow, gatekeeper: Gatekeeper, now: float) -> Asked:  # noqa: ARG001
    """Return what an RRQ asks for, ``message`` being its octets. Raises ``RasError`` with the reject reason."""
    if not request["protocolIdentifier"].startswith(oids.H225_VERSION):
        raise RasError("invalidRevision", f"RRQ of another protocol: {request['protocolIdentifier']}")
    ours = gatekeeper.settings.gatekeeper
    named = request.get("gatekeeperIdentifier", "").rstrip("\0")
    if named and not is_ours(named, ours):
        raise RasError("discoveryRequired", "RRQ for another gatekeeper")
    if "additiveRegistration" in request:
        return _additive(request, message, flow, gatekeeper)
    return (_lightweight if request.get("keepAlive") else _full)(request, message, flow, gatekeeper)


def _full(request: Request, message: bytes, flow: Flow, gatekeeper: Gatekeeper) -> Asked:
    ras_address, signal_address = first_address(request["rasAddress"]), first_address(request["callSignalAddress"])
    if ras_address is None:
        raise RasError("invalidRASAddress", "RRQ without a rasAddress that can be reached")
    if signal_address is None:
        raise RasError("invalidCallSignalAddress", "RRQ without a callSignalAddress that can be reached")
    aliases = aliases_of(request.get("terminalAlias"))
    number = number_among(aliases)
    if not number:
        raise RasError("invalidAlias", "RRQ without an alias")
    aliases = names_with(number, aliases)
    proposed = request.get("endpointIdentifier")
    identifier = identifier_for(number, proposed, signal_address, flow, gatekeeper.endpoints, gatekeeper.identifiers)
    proof = gatekeeper.proof(request, message, flow, number, aliases, identifier)
    vendor = vendor_of(request["endpointVendor"])
    signed = proof is not None and proof.signed
    named = _called(request, gatekeeper)
    shown = proof.shown if proof is not None else gatekeeper.shown(request, flow, number)
    endpoint = Endpoint(aliases, signal_address, ras_address, vendor.manufacturer, vendor.version, signed, named, shown)
    contact = _contact(number, identifier, endpoint, _expires(request, gatekeeper))
    terminal = vendor.product or vendor.manufacturer
    others = [binding for binding in gatekeeper.endpoints.endpoint(identifier) if binding.number != number]
    return Asked(
        Kind.FULL,
        identifier,
        (Attempt(number, terminal, flow, proof, (contact,), cseq=_stamp(proof)),),
        proof,
        tuple([_removal(binding, flow) for binding in others]),
        shown,
    )


def _lightweight(request: Request, message: bytes, flow: Flow, gatekeeper: Gatekeeper) -> Asked:
    bindings = _registered(request, flow, gatekeeper)
    first, *rest = bindings
    identifier = first.contact.key
    proof = gatekeeper.proof(request, message, flow, first.number, _aliases_of(bindings), identifier)
    _keep_to_place(first, flow, proof)
    expires = _expires(request, gatekeeper)
    terminal = vendor_of(request["endpointVendor"]).product or first.terminal.text
    shown = proof.shown if proof is not None else gatekeeper.shown(request, flow, first.number)
    own, *others = [_refreshed(each, expires, proof, shown, request, gatekeeper) for each in bindings]
    return Asked(
        Kind.LIGHTWEIGHT,
        identifier,
        (Attempt(first.number, terminal, flow, proof, (own,), cseq=_stamp(proof)),),
        proof,
        tuple([Attempt(each.number, terminal, flow, Vouched(), (it,)) for each, it in zip(rest, others, strict=True)]),
        shown,
    )


def _additive(request: Request, message: bytes, flow: Flow, gatekeeper: Gatekeeper) -> Asked:
    bindings = _registered(request, flow, gatekeeper)
    first = bindings[0]
    identifier = first.contact.key
    added = aliases_of(request.get("terminalAlias"))
    if not added:
        raise RasError("invalidAlias", "additive RRQ without an alias")
    proof = gatekeeper.proof(request, message, flow, first.number, (*_aliases_of(bindings), *added), identifier)
    _keep_to_place(first, flow, proof)
    expires = _expires(request, gatekeeper)
    terminal = vendor_of(request["endpointVendor"]).product or first.terminal.text
    shown = proof.shown if proof is not None else gatekeeper.shown(request, flow, first.number)
    attempts = []
    groups = _by_number(added, first.number)
    if len({binding.number for binding in bindings} | groups.keys()) > MOST_NUMBERS:
        raise RasError("resourceUnavailable")
    for number, aliases in groups.items():
        contact = _refreshed(first, expires, proof, shown, request, gatekeeper)
        endpoint = contact.endpoint
        if endpoint is None:
            raise RasError("fullRegistrationRequired")
        held = dict.fromkeys((*(endpoint.aliases if number == first.number else ()), *aliases))
        if len(held) > MOST:
            raise RasError("resourceUnavailable")
        contact = _contact(number, identifier, endpoint._replace(aliases=tuple(held)), expires)
        attempts.append(Attempt(number, terminal, flow, proof, (contact,), cseq=_stamp(proof)))
    return Asked(Kind.ADDITIVE, identifier, tuple(attempts), proof, shown=shown)


def still_there(request: Request, message: bytes, flow: Flow, gatekeeper: Gatekeeper) -> Asked:
    """Return what an IRR asks for that answers the question whether a registered endpoint is still there."""
    first, *rest = gatekeeper.endpoints.endpoint(request["endpointIdentifier"])
    identifier = first.contact.key
    proof = gatekeeper.proof(request, message, flow, first.number, _aliases_of([first, *rest]), identifier)
    attempt = Attempt(first.number, first.terminal.text, flow, proof, (first.contact,), cseq=_stamp(proof))
    followers = [Attempt(each.number, each.terminal.text, flow, Vouched(), (each.contact,)) for each in rest]
    return Asked(Kind.LIGHTWEIGHT, identifier, (attempt,), proof, tuple(followers))


def _registered(request: Request, flow: Flow, gatekeeper: Gatekeeper) -> tuple[Binding, ...]:
    """Return the bindings that a lightweight or additive RRQ builds on."""
    bindings = registered(request, flow, gatekeeper, "terminalAlias")
    if not bindings:
        raise RasError("fullRegistrationRequired")
    return bindings


def registered(request: Request, flow: Flow, gatekeeper: Gatekeeper, aliases: str) -> tuple[Binding, ...]:
    """Return the bindings of the endpoint that sent the request.

    It is known by its identifier; where it names none, by an alias (in the component ``aliases``) and by taking calls
    at the same address, which must be where the request came from.
    """
    identifier = request.get("endpointIdentifier")
    if identifier is not None:
        return gatekeeper.endpoints.endpoint(identifier)
    signal_address = first_address(request["callSignalAddress"])
    for alias in aliases_of(request.get(aliases)):
        binding = holder(gatekeeper.endpoints, alias[1]) if is_number(alias) else None
        if (
            binding is not None
            and binding.contact.endpoint is not None
            and binding.contact.endpoint.signal_address == signal_address
            and binding.flow.address[0] == flow.address[0]
        ):
            return gatekeeper.endpoints.endpoint(binding.contact.key)
    return ()


def _keep_to_place(binding: Binding, flow: Flow, proof: TokenProof | None) -> None:
    """Whoever proves no PIN must come from where it registered."""
    if proof is None and binding.flow.address[0] != flow.address[0]:
        raise RasError("fullRegistrationRequired")


def _by_number(aliases: Iterable[Alias], own: str) -> dict[str, list[Alias]]:
    """Group aliases by the number they are registered with: names belong to the endpoint's own."""
    groups: dict[str, list[Alias]] = {}
    for alias in aliases:
        groups.setdefault(alias[1] if is_number(alias) else own, []).append(alias)
    return groups


def _aliases_of(bindings: Iterable[Binding]) -> Iterator[Alias]:
    return (alias for each in bindings if each.contact.endpoint is not None for alias in each.contact.endpoint.aliases)


def _expires(request: Request, gatekeeper: Gatekeeper) -> int:
    """The time to live granted and the grace after it."""
    settings = gatekeeper.settings
    wanted: int = request.get("timeToLive", settings.time_to_live)
    return max(settings.min_time_to_live, min(wanted, settings.max_time_to_live)) + settings.grace


def _called(request: Request, gatekeeper: Gatekeeper) -> str:
    """What the endpoint calls this gatekeeper, empty where that is its own identifier."""
    ours = gatekeeper.settings.gatekeeper
    named = called(request, ours)
    return named if named != ours else ""


def _stamp(proof: TokenProof | None) -> int:
    return proof.stamp if proof is not None else 0


def _contact(number: str, identifier: str, endpoint: Endpoint, expires: int) -> Contact:
    host, port = endpoint.signal_address
    uri = f"h323:{number}@[{host}]:{port}" if ":" in host else f"h323:{number}@{host}:{port}"
    return Contact(uri, expires, instance=identifier, key=identifier, endpoint=endpoint)


def _refreshed(
    binding: Binding, expires: int, proof: TokenProof | None, shown: bool, request: Request, gatekeeper: Gatekeeper
) -> Contact:
    contact = binding.contact
    endpoint = contact.endpoint
    if endpoint is not None:
        signed = proof is not None and proof.signed
        named = _called(request, gatekeeper) if "gatekeeperIdentifier" in request else endpoint.gatekeeper
        if endpoint.signed is not signed or endpoint.gatekeeper != named or endpoint.shown is not shown:
            endpoint = endpoint._replace(signed=signed, gatekeeper=named, shown=shown)
            return contact._replace(expires=expires, endpoint=endpoint)
    return contact if contact.expires == expires else contact._replace(expires=expires)


def _removal(binding: Binding, flow: Flow) -> Attempt:
    contact = binding.contact._replace(expires=0)
    return Attempt(binding.number, binding.terminal.text, flow, Vouched(), (contact,), Action.REMOVE)
