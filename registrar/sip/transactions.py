"""Server transactions: what a retransmitted request is known by (RFC 3261 section 17.2.3)."""

from registrar.model.flow import Address
from registrar.sip.message import Request

Key = str
"""A text, because a text remembers its hash: it is looked for in several places."""


def transaction_key(request: Request, source: Address) -> Key:
    """Return what copies of one request from one source share (section 17.2.3).

    A copy has the same topmost Via, branch and sent-by included. Call-ID and CSeq are part of the key in any case: a
    client that reuses a branch after a challenge counts its CSeq up.
    """
    host, port = source
    key = f"{host} {port} {request.call_id} {request.sequence} {request.vias[0]}"
    if request.via.unique:
        return key
    sent = request.headers
    return "\n".join((key, request.uri, sent["from"][0], sent["to"][0]))
