"""Answers: from an outcome to octets (RFC 3261 section 10.3 step 8, and the refusals)."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2s
from typing import Final

from registrar.model.attempt import Attempt
from registrar.model.binding import Binding
from registrar.model.flow import Flow
from registrar.model.outcome import Outcome
from registrar.model.reason import Reason
from registrar.sip.aor import address_of_record
from registrar.sip.compose import reply
from registrar.sip.digest import DigestProof, challenge
from registrar.sip.errors import SipError
from registrar.sip.gruu import instance_of, public_gruu, temporary_gruu
from registrar.sip.inspection import SUPPORTED, supported
from registrar.sip.mediasec import SECURITY_SERVER
from registrar.sip.message import Request
from registrar.sip.nonces import Nonces
from registrar.sip.outbound import FLOW_TIMER
from registrar.sip.settings import SipSettings

Headers = list[tuple[str, str]]

_GUESSED: Final = frozenset({Reason.WRONG_PIN, Reason.UNKNOWN_NUMBER, Reason.NOT_OWNER})
"""Refusals that the wire must not show apart."""
_UNAVAILABLE: Final = frozenset({Reason.STORE_FAILED, Reason.OVERLOADED})
_GRUU: Final = re.compile(r';(?:pub|temp)-gruu(?![^;=])(?:=(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^;"]*+))?', re.IGNORECASE)
"""What a terminal has no say in, should it send back what it was given."""


def answer(
    request: Request,
    attempt: Attempt,
    outcome: Outcome,
    settings: SipSettings,
    nonces: Nonces,
    key: bytes,
    now: float,
    srtp: bool = False,
) -> bytes:
    """Return the answer to a REGISTER.

    ``key``, 16 to 32 octets, is secret: To tags and temporary GRUUs come from it. With ``srtp`` the terminal is told
    that its media is to be encrypted (``registrar.sip.mediasec``).
    """
    if not outcome.accepted:
        return refusal(request, attempt, outcome, settings, nonces, key, now, srtp)
    aor = address_of_record(request.to.uri) if attempt.wants_gruu else ""
    headers: Headers = [
        ("Contact", _contact(binding, now) + (_gruus(binding, aor, key) if attempt.wants_gruu else ""))
        for binding in outcome.bindings
    ]
    headers.append(("Date", date(int(now))))
    headers.append(("Supported", SUPPORTED))
    if attempt.path:
        headers += [("Path", value) for value in attempt.path]
    if _uses_outbound(attempt, request):
        headers.append(("Require", "outbound"))
        headers.append(("Flow-Timer", str(FLOW_TIMER[attempt.flow.listener.transport])))
    if srtp:
        headers.append(SECURITY_SERVER)
    return respond(request, 200, "OK", attempt.flow, settings, key, headers)


def refusal(
    request: Request,
    attempt: Attempt,
    outcome: Outcome,
    settings: SipSettings,
    nonces: Nonces,
    key: bytes,
    now: float,
    srtp: bool = False,
) -> bytes:
    """Return the answer to an attempt of any method that was not accepted."""
    reason = outcome.reason or Reason.OVERLOADED
    headers: Headers = []
    if reason is Reason.PIN_REQUIRED or reason is Reason.STALE_NONCE:
        status, phrase = settings.challenged
        headers = _challenges(
            attempt, settings, nonces.issue(attempt.flow.address[0], now), reason is Reason.STALE_NONCE
        )
    elif reason is Reason.UNKNOWN_NUMBER and settings.reveal_unknown:
        status, phrase = settings.revealed
    elif reason in _GUESSED:
        if outcome.repeated:
            status, phrase = settings.repeated
        else:
            status, phrase = settings.challenged
            nonce = _same_nonce(attempt, nonces) or nonces.issue(attempt.flow.address[0], now)
            headers = _challenges(attempt, settings, nonce)
    else:
        status, phrase = settings.answers[reason]
        headers = _explanation(reason, outcome, settings)
    if srtp and status == settings.challenged[0]:
        headers.append(SECURITY_SERVER)
    return respond(request, status, phrase, attempt.flow, settings, key, headers)


def error(error: SipError, flow: Flow, settings: SipSettings, key: bytes) -> bytes | None:
    """Return the answer that the error carries, or ``None`` when there is nobody to answer."""
    if error.request is None:
        return None
    return respond(error.request, error.status, error.phrase, flow, settings, key, list(error.headers))


def respond(
    request: Request,
    status: int,
    phrase: str,
    flow: Flow,
    settings: SipSettings,
    key: bytes,
    headers: Headers,
    body: bytes = b"",
) -> bytes:
    """Return a response of this registrar, with its To tag, to be sent back over the flow."""
    if settings.product:
        headers.append(("Server", settings.product))
    return reply(request, status, phrase, to_tag(request, key), headers, body, flow.address)


def to_tag(request: Request, key: bytes) -> str:
    """Return the tag for To: the same for every copy of a request, so that nothing need be kept (8.2.7)."""
    if request.to.tag:
        return request.to.tag
    known = request.known
    if known.tagged != key:
        mac = _tags(key).copy()
        mac.update(f"{request.call_id}\0{request.from_.tag}".encode("utf-8", "surrogateescape"))
        known.tag, known.tagged = mac.hexdigest(), key
    return known.tag


@lru_cache(4)
def _tags(key: bytes) -> blake2s:
    return blake2s(key=key, digest_size=8)


def _challenges(attempt: Attempt, settings: SipSettings, nonce: str, stale: bool = False) -> Headers:
    return [
        ("WWW-Authenticate", challenge(settings.realm, nonce, algorithm, stale))
        for algorithm in settings.algorithms_of(attempt.number)
    ]


def _same_nonce(attempt: Attempt, nonces: Nonces) -> str:
    """The nonce of a wrong digest, so that the terminal can tell it from a stale one; empty when it is not ours."""
    proof = attempt.proof
    if isinstance(proof, DigestProof) and nonces.issued_at(proof.credentials.nonce, attempt.flow.address[0]):
        return proof.credentials.nonce
    return ""


def _explanation(reason: Reason, outcome: Outcome, settings: SipSettings) -> Headers:
    """What a refusal carries besides its status line."""
    if reason is Reason.LOCKED_OUT or reason is Reason.SLOWED_DOWN:
        return [("Retry-After", str(outcome.retry_after))]
    if reason is Reason.INTERVAL_TOO_BRIEF:
        return [("Min-Expires", str(outcome.min_expires))]
    if reason in _UNAVAILABLE:
        return [("Retry-After", str(settings.retry_after))]
    text = settings.warnings.get(reason)
    if not text:
        return []
    row = outcome.decision.row.id
    headers = [("Warning", f'399 {settings.server_name} "{text} ({row})"')]
    if settings.decision_url:
        headers.append(("Error-Info", f"<{settings.decision_url.format(reason=reason.value, row=row)}>"))
    return headers


def _uses_outbound(attempt: Attempt, request: Request) -> bool:
    """RFC 5626 section 6: a contact was registered over its flow, and the terminal knows what that means."""
    for contact in attempt.contacts:
        if contact.reg_id:
            return "outbound" in supported(request)
    return False


def _contact(binding: Binding, now: float) -> str:
    contact = binding.contact
    text = f"<{contact.uri}>"
    if contact.q is not None:
        text += f";q={contact.q:.3g}"
    if contact.instance:
        escaped = contact.instance.replace("\\", "\\\\").replace('"', '\\"')
        text += f';+sip.instance="{escaped}"'
    if contact.reg_id:
        text += f";reg-id={contact.reg_id}"
    params = _GRUU.sub("", contact.params) if "-gruu" in contact.params else contact.params
    return f"{text}{params};expires={max(0, int(binding.expires_at - now + 0.5))}"


def _gruus(binding: Binding, aor: str, key: bytes) -> str:
    """The GRUUs of an instance (RFC 5627 section 5.2)."""
    if not binding.contact.instance:
        return ""
    text = f';pub-gruu="{public_gruu(aor, instance_of(binding))}"'
    if binding.temporary_gruu:
        text += f';temp-gruu="{temporary_gruu(binding, aor, key)}"'
    return text


@lru_cache(2)
def date(second: int) -> str:
    """Return the POSIX second as Date writes it (RFC 3261 section 20.17), whatever the locale."""
    moment = datetime.fromtimestamp(second, UTC)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[moment.weekday()]
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day}, {moment.day:02} {months[moment.month - 1]} {moment:%Y %H:%M:%S} GMT"
