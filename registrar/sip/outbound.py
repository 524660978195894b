"""Flows that a terminal keeps open for requests to it (RFC 5626 section 6, the registrar's part)."""

from typing import Final

from registrar.model.binding import Contact
from registrar.model.flow import Transport
from registrar.sip.address import parse_addresses
from registrar.sip.errors import SipError
from registrar.sip.message import Request
from registrar.sip.uri import parse_uri

FLOW_TIMER: Final = {Transport.UDP: 29, Transport.TCP: 120, Transport.TLS: 120}
"""Seconds within which a keep-alive is expected: address translators forget UDP within 30 s (section 4.4)."""


def over_flows(contacts: tuple[Contact, ...], expires: int | None, request: Request) -> tuple[Contact, ...]:
    """Return the contacts without those ``reg-id`` that do not count.

    ``expires`` is the Expires header's. A ``reg-id`` counts when an instance goes with it and the first hop keeps the
    flow: the terminal itself, or a proxy that says ``ob`` in its Path. Raises ``SipError`` 400 when one that counts is
    not alone.
    """
    kept = _first_hop_keeps_flow(request)
    contacts = tuple(
        [
            contact if not contact.reg_id or (kept and contact.instance) else contact._replace(reg_id=0)
            for contact in contacts
        ]
    )
    lasting = [c for c in contacts if (c.expires if c.expires is not None else expires) != 0]
    if len(lasting) > 1 and any(contact.reg_id for contact in lasting):
        raise SipError(400, "Contact With reg-id Must Be Alone", request)
    return contacts


def _first_hop_keeps_flow(request: Request) -> bool:
    if len(request.vias) == 1 and not request.via.rest:
        return True
    paths = request.all("path")
    if not paths:
        return False
    first_hop = parse_addresses(paths[-1], "Path")[-1]
    return "ob" in parse_uri(first_hop.uri, "Path").params
