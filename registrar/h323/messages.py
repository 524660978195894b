"""The messages that the gatekeeper sends, from the model's values (H.225.0 sections 7.8 to 7.20)."""

from collections.abc import Iterable
from typing import Any, Final

from registrar.h323 import oids
from registrar.h323.addresses import transport_of
from registrar.h323.aliases import address_of_alias
from registrar.h323.h235.negotiation import Choice
from registrar.model.binding import Alias
from registrar.model.flow import Address

Request = dict[str, Any]
"""The components of a message that was received."""
Message = tuple[str, dict[str, Any]]
"""The name of an alternative of RasMessage, and its components."""
Reason = tuple[str, Any]
"""An alternative of one of the reject reasons."""

_RETURNED: Final = 1024
"""Octets of a message that was not understood that are sent back."""

REREGISTRATION: Final[Reason] = ("reregistrationRequired", None)
TTL_EXPIRED: Final[Reason] = ("ttlExpired", None)

_NO_UUIES: Final = dict.fromkeys(
    (
        "setup",
        "callProceeding",
        "connect",
        "alerting",
        "information",
        "releaseComplete",
        "facility",
        "progress",
        "empty",
        "status",
        "statusInquiry",
        "setupAcknowledge",
        "notify",
    ),
    False,
)
"""No copies of call signalling are asked for."""


def reason(name: str) -> Reason:
    """Return a reject reason that has no value of its own."""
    return name, None


def text(words: str) -> dict[str, Any]:
    """Return words for people as nonStandardData, under an identifier that everybody may use (RFC 5612)."""
    return {"nonStandardIdentifier": ("object", oids.WORDS), "data": words.encode()}


def gatekeeper_confirm(request: Request, gatekeeper: str, ras_address: Address, choice: Choice | None) -> Message:
    """GCF: where this gatekeeper is, and how an endpoint is to prove its PIN."""
    value = {
        "requestSeqNum": request["requestSeqNum"],
        "protocolIdentifier": request["protocolIdentifier"],
        "gatekeeperIdentifier": gatekeeper,
        "rasAddress": transport_of(ras_address),
    }
    if choice is not None:
        value["authenticationMode"] = choice.mechanism
        value["algorithmOID"] = choice.algorithm
    return "gatekeeperConfirm", value


def gatekeeper_reject(request: Request, gatekeeper: str, why: Reason, words: str = "") -> Message:
    """GRJ."""
    return "gatekeeperReject", _reject(request, gatekeeper, why, words)


def registration_confirm(
    request: Request, gatekeeper: str, endpoint: str, aliases: Iterable[Alias], time_to_live: int
) -> Message:
    """RCF. The aliases take the place of the endpoint's own list, so they must be all that it has."""
    return "registrationConfirm", {
        "requestSeqNum": request["requestSeqNum"],
        "protocolIdentifier": request["protocolIdentifier"],
        "callSignalAddress": [],
        "terminalAlias": [address_of_alias(alias) for alias in aliases],
        "gatekeeperIdentifier": gatekeeper,
        "endpointIdentifier": endpoint,
        "timeToLive": time_to_live,
        "willRespondToIRR": True,
        "maintainConnection": False,
        "supportsAdditiveRegistration": None,
    }


def registration_reject(request: Request, gatekeeper: str, why: Reason, words: str = "") -> Message:
    """RRJ."""
    return "registrationReject", _reject(request, gatekeeper, why, words)


def unregistration_request(
    sequence: int,
    gatekeeper: str,
    endpoint: str,
    signal_address: Address,
    why: Reason,
    aliases: Iterable[Alias] = (),
) -> Message:
    """URQ of the gatekeeper's own, of the whole endpoint or some aliases. H323Plus needs both identifiers."""
    value = {
        "requestSeqNum": sequence,
        "callSignalAddress": [transport_of(signal_address)],
        "endpointIdentifier": endpoint,
        "gatekeeperIdentifier": gatekeeper,
        "reason": why,
    }
    addresses = [address_of_alias(alias) for alias in aliases]
    if addresses:
        value["endpointAlias"] = addresses
    return "unregistrationRequest", value


def unregistration_reject(request: Request, why: Reason) -> Message:
    """URJ."""
    return "unregistrationReject", {"requestSeqNum": request["requestSeqNum"], "rejectReason": why}


def info_request(sequence: int) -> Message:
    """IRQ about no call in particular, to hear whether the endpoint is still there."""
    no_call = {"guid": bytes(16)}
    return "infoRequest", {"requestSeqNum": sequence, "callReferenceValue": 0, "callIdentifier": no_call}


def admission_confirm(request: Request, destination: Address) -> Message:
    """ACF: the endpoints signal to each other, without the gatekeeper in between."""
    return "admissionConfirm", {
        "requestSeqNum": request["requestSeqNum"],
        "bandWidth": request["bandWidth"],
        "callModel": ("direct", None),
        "destCallSignalAddress": transport_of(destination),
        "willRespondToIRR": True,
        "uuiesRequested": _NO_UUIES,
    }


def location_confirm(request: Request, signal_address: Address, ras_address: Address) -> Message:
    """LCF."""
    return "locationConfirm", {
        "requestSeqNum": request["requestSeqNum"],
        "callSignalAddress": transport_of(signal_address),
        "rasAddress": transport_of(ras_address),
    }


def confirm(name: str, request: Request, **components: Any) -> Message:
    """Return a confirmation that needs little more than the request's number."""
    return name, {"requestSeqNum": request["requestSeqNum"], **components}


def reject(name: str, request: Request, why: Reason, **components: Any) -> Message:
    """Return a rejection that needs little more than the request's number and a reason."""
    return name, {"requestSeqNum": request["requestSeqNum"], "rejectReason": why, **components}


def not_understood(sequence: int, octets: bytes) -> Message:
    """XRS: the message is none that a gatekeeper takes."""
    return "unknownMessageResponse", {"requestSeqNum": sequence, "messageNotUnderstood": octets[:_RETURNED]}


def _reject(request: Request, gatekeeper: str, why: Reason, words: str) -> dict[str, Any]:
    value = {
        "requestSeqNum": request["requestSeqNum"],
        "protocolIdentifier": request["protocolIdentifier"],
        "rejectReason": why,
        "gatekeeperIdentifier": gatekeeper,
    }
    if words:
        value["nonStandardData"] = text(words)
    return value
