"""Server transactions: what a retransmitted request is known by (RFC 3261 section 17.2.3)."""

from registrar.model.flow import Address
from registrar.sip.message import Request

Key = bytes
"""Octets remember their hash, and a dict of them has it at hand too: a look for one that is not there, as of nearly
every request in several places, touches none of the others."""


def transaction_key(request: Request, source: Address) -> Key:
    """Return what copies of one request from one source share (section 17.2.3).

    A copy has the same topmost Via, branch and sent-by included. Call-ID and CSeq are part of the key in any case: a
    client that reuses a branch after a challenge counts its CSeq up.
    """
    host, port = source
    text = f"{host} {port} {request.call_id} {request.sequence} {request.vias[0]}"
    if not request.via.unique:
        sent = request.headers
        text = "\n".join((text, request.uri, sent["from"][0], sent["to"][0]))
    return text.encode("utf-8", "surrogateescape")
