"""What every request is checked for before its method is looked into (RFC 3261 section 8.2)."""

from functools import lru_cache
from typing import Final

from registrar.model.flow import Flow
from registrar.sip.aor import serves
from registrar.sip.errors import SipError
from registrar.sip.headers import max_forwards, tokens
from registrar.sip.mediasec import OPTION
from registrar.sip.message import Request
from registrar.sip.settings import SipSettings

ALLOW: Final = "REGISTER, OPTIONS, SUBSCRIBE"
SUPPORTED: Final = "path, gruu, outbound"

_ALLOWED: Final = frozenset(ALLOW.split(", "))
_SUPPORTED: Final = frozenset(SUPPORTED.split(", "))
_KNOWN: Final = frozenset(("INVITE", "BYE", "UPDATE", "PRACK", "INFO", "MESSAGE", "REFER", "PUBLISH", "NOTIFY"))
_CACHED_LENGTH: Final = 512
_NO_TAGS: Final[frozenset[str]] = frozenset()


def inspect(request: Request, flow: Flow, settings: SipSettings, mediasec: bool = False) -> None:
    """Check the method, the Request-URI with Max-Forwards, and Require, in this order.

    ``mediasec``: whether media security may be required (``registrar.sip.mediasec``).

    Raises ``SipError``: 405 or 501 for a method, 481 for CANCEL, 416 for a scheme, 483 when out of hops,
    404 for a domain, 420 for an extension. For an ACK the error has no request: it is dropped.
    """
    known = request.known
    if known.settings is settings and known.port is flow.listener and known.mediasec is mediasec:
        return
    _inspect(request, flow, settings, mediasec)
    known.settings, known.port, known.mediasec = settings, flow.listener, mediasec


def _inspect(request: Request, flow: Flow, settings: SipSettings, mediasec: bool) -> None:
    if request.method not in _ALLOWED:
        raise _not_allowed(request)
    target = request.target
    hops = request.headers.get("max-forwards")
    if hops is not None and hops[0] != "70" and max_forwards(request) == 0:
        raise SipError(483, "Too Many Hops", request)
    if not serves(target, flow, settings):
        raise SipError(404, "Domain Not Served Here", request)
    if "require" in request.headers:
        known = _SUPPORTED | {OPTION} if mediasec else _SUPPORTED
        unknown = [tag for tag in tokens(request, "require") if tag.lower() not in known]
        if unknown:
            raise SipError(420, "Bad Extension", request, (("Unsupported", ", ".join(unknown)),))


def _not_allowed(request: Request) -> SipError:
    method = request.method
    if method == "ACK":
        return SipError(481, "Call/Transaction Does Not Exist")
    if method == "CANCEL":
        return SipError(481, "Call/Transaction Does Not Exist", request)
    allow = (("Allow", ALLOW),)
    if method in _KNOWN:
        return SipError(405, "Method Not Allowed", request, allow)
    return SipError(501, "Not Implemented", request, allow)


def supported(request: Request) -> frozenset[str]:
    """Return the option tags of Supported, and of Require: who requires an extension supports it."""
    tags = _tags(request.all("supported"))
    return tags | _tags(request.all("require")) if "require" in request.headers else tags


def _tags(values: list[str]) -> frozenset[str]:
    if not values:
        return _NO_TAGS
    value = values[0] if len(values) == 1 else ",".join(values)
    return _tags_cached(value) if len(value) <= _CACHED_LENGTH else _tags_anew(value)


def _tags_anew(value: str) -> frozenset[str]:
    return frozenset([tag.strip(" \t").lower() for tag in value.split(",")])


_tags_cached = lru_cache(512)(_tags_anew)
