"""Answers to RRQ and URQ: from outcomes to messages (H.225.0 sections 7.9 and 7.10)."""

from collections.abc import Sequence
from typing import Final

from registrar.h323.aliases import address_of_alias, aliases_of
from registrar.h323.errors import RasError
from registrar.h323.identifiers import called
from registrar.h323.messages import (
    Message,
    Reason,
    Request,
    confirm,
    reason,
    registration_confirm,
    registration_reject,
    unregistration_reject,
)
from registrar.h323.registration import Asked, Kind
from registrar.h323.settings import RasSettings
from registrar.model.attempt import Attempt
from registrar.model.outcome import Outcome
from registrar.model.reason import Reason as Why

_OF_URJ: Final = frozenset({"securityDenial", "securityError"})
"""The reasons of RRJ that URJ has as well."""


def to_registration(request: Request, asked: Asked, outcomes: Sequence[Outcome], settings: RasSettings) -> Message:
    """Return the answer to an RRQ, given what became of its attempts and of those that followed, in their order."""
    additive = asked.kind is Kind.ADDITIVE
    accepted = [outcome for outcome in outcomes if outcome.accepted]
    if not accepted or not (additive or outcomes[0].accepted):
        return _refusal(request, asked, asked.attempts[0], outcomes[0], settings)
    identifier = asked.identifier
    bindings = [each for outcome in accepted for each in outcome.bindings if each.contact.key == identifier]
    endpoints = [each.contact.endpoint for each in bindings]
    aliases = {alias: None for endpoint in endpoints if endpoint is not None for alias in endpoint.aliases}
    if additive:
        aliases = {alias: None for alias in aliases_of(request["terminalAlias"]) if alias in aliases}
    first = bindings[0]
    time_to_live = max(1, int(first.expires_at - first.refreshed_at) - settings.grace)
    return registration_confirm(request, called(request, settings.gatekeeper), identifier, aliases, time_to_live)


def to_unregistration(request: Request, _asked: Asked, outcomes: Sequence[Outcome], settings: RasSettings) -> Message:
    """Return the answer to a URQ, given what became of its attempts."""
    first = outcomes[0]
    if first.accepted:
        return confirm("unregistrationConfirm", request)
    why = _reason(first, settings)
    return unregistration_reject(request, why if why[0] in _OF_URJ else reason("permissionDenied"))


def to_error(name: str, request: Request, error: RasError, settings: RasSettings) -> Message:
    """Return the answer to an RRQ or URQ that could not become an attempt."""
    if name == "unregistrationRequest":
        return unregistration_reject(request, error.reason)
    return registration_reject(request, called(request, settings.gatekeeper), error.reason)


def _refusal(request: Request, asked: Asked, attempt: Attempt, outcome: Outcome, settings: RasSettings) -> Message:
    why = _reason(outcome, settings)
    if outcome.reason is Why.DUPLICATE_ALIAS:
        endpoint = attempt.contacts[0].endpoint
        aliases = endpoint.aliases if endpoint is not None else ()
        held = [address_of_alias(alias) for alias in aliases if alias[1] == outcome.held]
        additive = asked.kind is Kind.ADDITIVE
        why = ("invalidTerminalAliases", {"terminalAlias": held}) if additive else ("duplicateAlias", held)
    words = settings.warnings.get(outcome.reason) if outcome.reason is not None else None
    if words:
        words = f"{words} ({outcome.decision.row.id})"
    return registration_reject(request, called(request, settings.gatekeeper), why, words or "")


def _reason(outcome: Outcome, settings: RasSettings) -> Reason:
    """Return the reject reason that stands in ``answers`` as ``RRJ``, a name, and perhaps a name within it."""
    why = outcome.reason or Why.OVERLOADED
    answer = settings.answers[why]
    if why is Why.UNKNOWN_NUMBER and settings.reveal_unknown:
        answer = settings.revealed
    _, name, *inner = answer.split()
    return (name, (inner[0], None)) if inner else (name, None)
