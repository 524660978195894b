"""Server transactions: a retransmitted request is answered from memory (RFC 3261 section 17.2).

What must be kept are answers to requests that carried credentials or changed something. A first challenge may be made
again: the server keeps a few of those apart, so that whoever knows no PIN pushes out nothing.
"""

from registrar.model.attempt import Action, Attempt
from registrar.model.flow import Address
from registrar.model.outcome import Outcome
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


def worth_keeping(attempt: Attempt, outcome: Outcome) -> bool:
    """Return whether the answer must be kept, for a copy of the request must not be processed again."""
    if attempt.proof is not None:
        return True
    return outcome.accepted and (bool(attempt.contacts) or attempt.action is not Action.BIND)
