"""Server transactions: what a retransmitted request is known by (RFC 3261 section 17.2.3)."""

from registrar.model.flow import Address
from registrar.sip.message import Request

Key = tuple[object, ...]


def transaction_key(request: Request, source: Address) -> Key:
    """Return what copies of one request from one source share (section 17.2.3).

    Call-ID and CSeq are part of it in any case: a client that reuses a branch after a challenge counts its CSeq up.
    """
    via = request.via
    if via.unique:
        return source, via.branch, via.host, via.port, request.method, request.call_id, request.cseq
    sent = request.headers
    return source, sent["via"][0], request.uri, sent["from"][0], sent["to"][0], sent["cseq"][0], request.call_id
