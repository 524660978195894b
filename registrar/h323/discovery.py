"""GRQ: where the gatekeeper is, and what it agrees on with an endpoint (H.225.0 section 7.8)."""

from registrar.h323 import oids
from registrar.h323.h235.negotiation import choose
from registrar.h323.identifiers import called, is_ours
from registrar.h323.messages import Message, Request, gatekeeper_confirm, gatekeeper_reject, reason
from registrar.h323.settings import RasSettings
from registrar.h323.vendor import vendor_of
from registrar.model.flow import Address


def terminal_of(request: Request) -> str:
    """Return what the endpoint says it is, empty when it does not say."""
    identifier = request["endpointType"].get("vendor")
    if identifier is None:
        return ""
    vendor = vendor_of(identifier)
    return vendor.product or vendor.manufacturer


def answer(request: Request, settings: RasSettings, ras_address: Address, excluded: str, showing: str = "") -> Message:
    """Return the answer to a GRQ.

    ``ras_address`` is where this endpoint reaches the gatekeeper; ``excluded`` says why a terminal of its kind could
    never register, and is empty when it could. ``showing`` is the gatekeeperIdentifier by which the endpoint will show
    that it was reached, empty when it need not.
    """
    ours = called(request, settings.gatekeeper)
    if not request["protocolIdentifier"].startswith(oids.H225_VERSION):
        return gatekeeper_reject(request, ours, reason("invalidRevision"))
    if excluded:
        return gatekeeper_reject(request, ours, reason("terminalExcluded"), excluded)
    if not is_for(request, settings.gatekeeper):
        return gatekeeper_reject(request, ours, reason("terminalExcluded"))
    return gatekeeper_confirm(request, showing or ours, ras_address, choose(request, settings.preferred))


def is_for(request: Request, gatekeeper: str) -> bool:
    """Return whether the GRQ looks for any gatekeeper or for this one."""
    named = request.get("gatekeeperIdentifier", "").rstrip("\0")
    return not named or is_ours(named, gatekeeper)
