"""URQ: from a request to attempts (H.225.0 section 7.10)."""

from registrar.h323.aliases import aliases_of
from registrar.h323.errors import RasError
from registrar.h323.gatekeeper import Gatekeeper
from registrar.h323.h235.proof import Vouched
from registrar.h323.messages import Request
from registrar.h323.registration import Asked, Kind, registered
from registrar.model.attempt import Action, Attempt, Proof
from registrar.model.binding import Alias, Binding, is_number
from registrar.model.flow import Flow


def asked(request: Request, message: bytes, flow: Flow, gatekeeper: Gatekeeper, now: float) -> Asked:
    """Return what a URQ asks for, ``message`` being its octets. Raises ``RasError`` with the reject reason."""
    aliases = aliases_of(request.get("endpointAlias"))
    bindings = registered(request, flow, gatekeeper, "endpointAlias")
    if not bindings:
        raise RasError("notCurrentlyRegistered")
    first = bindings[0]
    identifier = first.contact.key
    names = [alias for each in bindings for alias in _aliases(each)]
    tokens = gatekeeper.proof(request, message, flow, first.number, names, identifier)
    proof = tokens if tokens is not None else _known_by_identifier(request, first, flow)
    shown = tokens.shown if tokens is not None else gatekeeper.shown(request, flow, first.number)
    leaving = _leaving(bindings, aliases)
    if leaving:
        first, *others = leaving
        attempts = (_removal(first, flow, proof),)
        followers = tuple([_removal(binding, flow, Vouched()) for binding in others])
        return Asked(Kind.FULL, identifier, attempts, tokens, followers, shown)
    rest = max(gatekeeper.settings.min_time_to_live, int(first.expires_at - now))
    return Asked(Kind.ADDITIVE, identifier, (_without(first, aliases, flow, proof, rest),), tokens, shown=shown)


def _known_by_identifier(request: Request, binding: Binding, flow: Flow) -> Proof | None:
    """Some endpoints prove their PIN when they register and not when they leave (H323Plus with CAT).

    From the very address it registered from, an endpoint is known by its identifier.
    """
    same = flow.address == binding.flow.address and flow.connection == binding.flow.connection
    return Vouched() if same and request.get("endpointIdentifier") is not None else None


def _leaving(bindings: tuple[Binding, ...], aliases: tuple[Alias, ...]) -> list[Binding]:
    """Return the bindings to be removed: all, or those of the numbers named."""
    numbers = {alias[1] for alias in aliases if is_number(alias)}
    if not aliases:
        return list(bindings)
    named = [binding for binding in bindings if binding.number in numbers]
    return named or [each for each in bindings if set(_aliases(each)) <= set(aliases)]


def _without(binding: Binding, aliases: tuple[Alias, ...], flow: Flow, proof: Proof | None, rest: int) -> Attempt:
    """Register the number anew for the ``rest`` of its time, without the names that are given up."""
    endpoint, given_up = binding.contact.endpoint, {text for _, text in aliases}
    if endpoint is None or given_up.isdisjoint(text for _, text in endpoint.aliases):
        raise RasError("notCurrentlyRegistered")
    kept = tuple([alias for alias in endpoint.aliases if alias[1] not in given_up])
    contact = binding.contact._replace(expires=rest, endpoint=endpoint._replace(aliases=kept))
    return Attempt(binding.number, binding.terminal.text, flow, proof, (contact,))


def _removal(binding: Binding, flow: Flow, proof: Proof | None) -> Attempt:
    contact = binding.contact._replace(expires=0)
    return Attempt(binding.number, binding.terminal.text, flow, proof, (contact,), Action.REMOVE)


def _aliases(binding: Binding) -> tuple[Alias, ...]:
    return binding.contact.endpoint.aliases if binding.contact.endpoint is not None else ()
