"""Requests about resources, services and status (H.225.0 sections 7.15 to 7.20), and what is no request."""

from typing import Final

from registrar.h323.messages import Message, Request, confirm, reason
from registrar.model.binding import Binding

RESPONSES: Final = frozenset(
    {
        "gatekeeperConfirm",
        "gatekeeperReject",
        "registrationConfirm",
        "registrationReject",
        "unregistrationConfirm",
        "unregistrationReject",
        "admissionConfirm",
        "admissionReject",
        "bandwidthConfirm",
        "bandwidthReject",
        "disengageConfirm",
        "disengageReject",
        "locationConfirm",
        "locationReject",
        "unknownMessageResponse",
        "requestInProgress",
        "resourcesAvailableConfirm",
        "infoRequestAck",
        "infoRequestNak",
        "serviceControlResponse",
        "admissionConfirmSequence",
    }
)
"""Never answered, or two gatekeepers would answer each other for ever."""


def resources(request: Request) -> Message:
    """RAI: it is noted."""
    return confirm("resourcesAvailableConfirm", request, protocolIdentifier=request["protocolIdentifier"])


def service_control(request: Request) -> Message:
    """SCI: there is no such service here."""
    return confirm("serviceControlResponse", request, result=reason("notAvailable"))


def status(request: Request, sender: Binding | None) -> Message | None:
    """IRR: acknowledged where it asks for that."""
    if not request.get("needResponse"):
        return None
    if sender is None:
        return confirm("infoRequestNak", request, nakReason=reason("notRegistered"))
    return confirm("infoRequestAck", request)
