"""OPTIONS: what this registrar can do (RFC 3261 section 11.2)."""

from registrar.model.flow import Flow
from registrar.sip.inspection import ALLOW, SUPPORTED
from registrar.sip.message import Request
from registrar.sip.reg_event import EVENT
from registrar.sip.responses import respond
from registrar.sip.settings import SipSettings


def answer(request: Request, flow: Flow, settings: SipSettings, key: bytes) -> bytes:
    """Return the answer to an inspected OPTIONS; it does not tell whether the number asked for exists."""
    headers = [
        ("Allow", ALLOW),
        ("Accept", "*/*"),
        ("Accept-Language", "en"),
        ("Supported", SUPPORTED),
        ("Allow-Events", EVENT),
    ]
    return respond(request, 200, "OK", flow, settings, key, headers)
