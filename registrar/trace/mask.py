"""Octets as they may be shown: credentials and PINs become asterisks, one for each octet, so that nothing moves."""

import re
from typing import Any, Final

from registrar.h323.errors import PerError
from registrar.h323.per.values import Extended
from registrar.h323.ras import decode, encode
from registrar.h323.tree import SECRETS
from registrar.model.policy import Protocol

# Authorization = "Authorization" HCOLON credentials; likewise Proxy-Authorization and Authentication-Info.
# A field is looked for as leniently as anybody might read it: folded, any line end, white space before the colon.
_CREDENTIALS: Final = re.compile(
    rb"(?:^|(?<=[\r\n]))((?:proxy-)?(?:authorization|authentication-info)[ \t]*+:)"
    rb"([^\r\n]*+(?:(?:\r\n|\r|\n)[ \t][^\r\n]*+)*+)",
    re.IGNORECASE,
)
_DIGEST: Final = re.compile(rb"\s*+(?:digest\b)?", re.IGNORECASE)
_PARAM: Final = re.compile(
    rb'\s*+([a-z-]++)\s*+=\s*+("(?:[^"\\]|\\.)*+"|[^\s",]++)\s*+(?:,|$)', re.IGNORECASE | re.DOTALL
)
_HARMLESS: Final = frozenset(
    (b"username", b"realm", b"nonce", b"uri", b"algorithm", b"qop", b"nc", b"cnonce", b"opaque")
)
"""What a digest shows of itself without letting anybody try PINs against it: that takes the response."""
_UNDECODED: Final = 8
"""Octets shown of what should be a RAS message and cannot be decoded: a PIN may stand anywhere in it."""
# userinfo = ( user / telephone-subscriber ) [ ":" password ] "@": no phone should, some do
_PASSWORD: Final = re.compile(rb"(sips?:[^@:;?\s<>\"]{0,256}+:)([^@\s<>\"]{1,256}+)(?=@)", re.IGNORECASE)


def masked(octets: bytes, protocol: Protocol) -> bytes:
    """Return the message with everything masked that could log somebody on, or be used to guess a PIN."""
    if protocol is Protocol.SIP:
        shown = _CREDENTIALS.sub(lambda found: found[1] + _credentials(found[2]), octets)
        return _PASSWORD.sub(lambda found: found[1] + b"*" * len(found[2]), shown)
    try:
        name, value = decode(octets)
        return encode((name, _without_secrets("", value)))
    except PerError:
        return octets[:_UNDECODED] + bytes(len(octets[_UNDECODED:]))


def _without_secrets(name: str, value: Any) -> Any:
    """A RAS message's part in which what is a PIN or a key is as long as before and says nothing."""
    secret = name in SECRETS
    if isinstance(value, dict):
        for part, inner in value.items():
            value[part] = _without_secrets(name if secret else part, inner)
        if isinstance(value, Extended):
            value.raw = {part: bytes(len(raw)) if part in value else raw for part, raw in value.raw.items()}
        return value
    if isinstance(value, list):
        return [_without_secrets(name, each) for each in value]
    if isinstance(value, tuple) and isinstance(value[0], str):
        return value[0], _without_secrets(name if secret else value[0], value[1])
    if not secret:
        return value
    if isinstance(value, tuple):
        return bytes(len(value[0])), value[1]
    if isinstance(value, str):
        return "*" * len(value)
    return bytes(len(value)) if isinstance(value, bytes) else value


def _credentials(value: bytes) -> bytes:
    """A digest without its response; of anything else only the white space."""
    scheme = _DIGEST.match(value)
    place = scheme.end() if scheme is not None else 0
    shown = value[:place]
    while (param := _PARAM.match(value, place)) is not None and param.end() > place:
        keep = param[1].lower() in _HARMLESS
        start, end = param.span(2)
        shown += value[place:start] + (param[2] if keep else _stars(param[2])) + value[end : param.end()]
        place = param.end()
    return shown + _stars(value[place:])


def _stars(text: bytes) -> bytes:
    """Asterisks, with quotes and white space left where they stand."""
    return re.sub(rb"[^\s\"]", b"*", text)
