"""Server transactions: what a retransmitted request is known by (RFC 3261 section 17.2.3)."""

from registrar.model.flow import Address
from registrar.sip.message import Request

Key = str
"""A text, because a text remembers its hash: it is looked for in several places."""


def transaction_key(request: Request, source: Address) -> Key:
    """Return what copies of one request from one source share (section 17.2.3).

    Call-ID and CSeq are part of it in any case: a client that reuses a branch after a challenge counts its CSeq up.
    """
    via = request.via
    host, port = source
    call = f"{host} {port} {request.cseq} {request.method} {request.call_id}"
    if via.unique:
        return f"{call} {via.branch} {via.host} {via.port}"
    sent = request.headers
    return "\n".join((call, request.uri, sent["via"][0], sent["from"][0], sent["to"][0], sent["cseq"][0]))
