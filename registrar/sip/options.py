"""OPTIONS: what this registrar can do, and asking another server what it can (RFC 3261 section 11)."""

from registrar.model.flow import Flow, Transport
from registrar.sip.compose import build_request
from registrar.sip.inspection import ALLOW, SUPPORTED
from registrar.sip.message import Request
from registrar.sip.reg_event import EVENT
from registrar.sip.responses import respond
from registrar.sip.settings import SipSettings
from registrar.sip.via import MAGIC_COOKIE


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


def ask(host: str, port: int, local: str, transport: Transport, token: str) -> bytes:
    """Return an OPTIONS to a server; ``local`` is where the answer comes to, as Via writes it (section 11.1)."""
    server = f"[{host}]" if ":" in host else host
    parameter = "" if transport is Transport.UDP else f";transport={transport.value.lower()}"
    headers = [
        ("Via", f"SIP/2.0/{transport.value} {local};branch={MAGIC_COOKIE}{token};rport"),
        ("Max-Forwards", "70"),
        ("From", f"<sip:registrar@{local.rpartition(':')[0]}>;tag={token}"),
        ("To", f"<sip:{server}:{port}>"),
        ("Call-ID", f"{token}@registrar"),
        ("CSeq", "1 OPTIONS"),
        ("Accept", "application/sdp"),
    ]
    return build_request("OPTIONS", f"sip:{server}:{port}{parameter}", headers)
