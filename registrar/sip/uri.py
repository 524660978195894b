"""SIP and SIPS URIs: parsing, comparison, comparable keys (RFC 3261 sections 19.1 and 25.1)."""

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final, final
from urllib.parse import unquote_to_bytes

from mypy_extensions import mypyc_attr

from registrar.model.record import Record
from registrar.sip.abnf import HOST, PORT, RESERVED, SCHEME, UNRESERVED
from registrar.sip.errors import SipError

_CACHED_LENGTH: Final = 256
"""Longer texts are parsed anew each time, so that 512 cached ones stay below half a megabyte."""

# SIP-URI          =  "sip:" [ userinfo ] hostport uri-parameters [ headers ]
# SIPS-URI         =  "sips:" [ userinfo ] hostport uri-parameters [ headers ]
# userinfo         =  ( user / telephone-subscriber ) [ ":" password ] "@"
# user             =  1*( unreserved / escaped / user-unreserved )
# user-unreserved  =  "&" / "=" / "+" / "$" / "," / ";" / "?" / "/"
# password         =  *( unreserved / escaped / "&" / "=" / "+" / "$" / "," )
# uri-parameters   =  *( ";" uri-parameter )
# uri-parameter    =  pname [ "=" pvalue ]
# paramchar        =  param-unreserved / unreserved / escaped
# param-unreserved =  "[" / "]" / "/" / ":" / "&" / "+" / "$"
# headers          =  "?" header *( "&" header )
# header           =  hname "=" hvalue
# hnv-unreserved   =  "[" / "]" / "/" / "?" / ":" / "+" / "$"
_PNAME: Final = rf"[{UNRESERVED}%\[\]/:&+$]++"
_HNAME: Final = rf"[{UNRESERVED}%\[\]/?:+$]"
_SIP_URI: Final = re.compile(
    rf"(sips?):(?:([{UNRESERVED}%&=+$,;?/]++)(?::([{UNRESERVED}%&=+$,]*+))?@)?({HOST})(?::({PORT}))?"
    rf"((?:;{_PNAME}(?:={_PNAME})?+)*+)(?:\?({_HNAME}++={_HNAME}*+(?:&{_HNAME}++={_HNAME}*+)*+))?",
    re.IGNORECASE | re.ASCII,  # or the long s would be an s, and the sign for Kelvin a k
)
# escaped  =  "%" HEXDIG HEXDIG
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPED: Final = re.compile(r"%([0-9A-Fa-f]{2})")
# absoluteURI  =  scheme ":" ( hier-part / opaque-part )
_ABSOLUTE_URI: Final = re.compile(rf"({SCHEME}):[!#-;=?-\[\]_a-z~]++")

_NEVER_LEFT_OUT: Final = ("user", "ttl", "method", "maddr", "transport")
"""Parameters that make URIs differ when only one of them has it."""


@mypyc_attr(acyclic=True)
@final
class SipUri(Record):
    """A SIP or SIPS URI in its parts."""

    __slots__ = ("headers", "host", "params_text", "password", "port", "scheme", "user")

    def __init__(
        self,
        scheme: str,
        user: str,
        password: str,
        host: str,
        port: int | None,
        params_text: str,
        headers: str,
    ) -> None:
        self.scheme: Final = scheme
        """``sip`` or ``sips``."""
        self.user: Final = user
        """As received, escapes and all; empty when there is none."""
        self.password: Final = password
        self.host: Final = host
        """Lower case; an IPv6 address in its shortest form within brackets."""
        self.port: Final = port
        self.params_text: Final = params_text
        """The URI parameters as received, each with its leading ``;``."""
        self.headers: Final = headers
        """What follows ``?``, as received. It is part of the URI and nothing acts on it."""

    @property
    def params(self) -> dict[str, str]:
        """URI parameters, names in lower case, values as received; an empty value for a name alone."""
        return _params(self.params_text)

    @property
    def number(self) -> str:
        """The user part with its escapes undone: who it names (RFC 3261 section 10.3 step 5)."""
        return unescape(self.user)


def scheme_of(uri: str) -> str:
    """Return the URI's scheme in lower case, e.g. ``sip``, ``tel``; empty when it has none."""
    scheme, colon, _ = uri.partition(":")
    return scheme.lower() if colon else ""


def parse_uri(text: str, header: str = "Request-URI") -> SipUri:
    """Return the parts of a SIP or SIPS URI.

    Raises ``SipError`` 400 naming ``header`` when it is malformed, 416 when the scheme is another one.
    """
    try:
        return _parse(text) if len(text) <= _CACHED_LENGTH else _parse.__wrapped__(text)
    except ValueError:
        if scheme_of(text) in ("sip", "sips") or not _ABSOLUTE_URI.fullmatch(text):
            raise SipError(400, f"Bad {header}") from None
        raise SipError(416, "Unsupported URI Scheme") from None


def is_uri(text: str) -> bool:
    """Return whether the text is a well-formed URI of any scheme (RFC 3261's addr-spec)."""
    try:
        _parse(text) if len(text) <= _CACHED_LENGTH else _parse.__wrapped__(text)
    except ValueError:
        return scheme_of(text) not in ("sip", "sips") and _ABSOLUTE_URI.fullmatch(text) is not None
    return True


@lru_cache(512)
def _is_request_uri(text: str) -> bool:
    return is_uri(text) and (scheme_of(text) not in ("sip", "sips") or not _parse.__wrapped__(text).headers)


def is_request_uri(text: str) -> bool:
    """Return whether the text may be a Request-URI: a URI, and without headers (RFC 3261 section 19.1.1, table 1)."""
    return _is_request_uri(text) if len(text) <= _CACHED_LENGTH else _is_request_uri.__wrapped__(text)


@lru_cache(512)
def _parse(text: str) -> SipUri:
    match = _SIP_URI.fullmatch(text)
    if match is None or ("%" in text and _BAD_ESCAPE.search(text)):
        raise ValueError("no SIP URI")
    scheme, user, password, host, port, params, headers = match.groups("")
    number = int(port) if port else None
    if number is not None and number > 65535:
        raise ValueError("no port")
    # RFC 3261 section 19.1.1: a parameter's name must not appear twice
    if params.count(";") > 1 and len(_params(params)) < params.count(";"):
        raise ValueError("a parameter twice")
    return SipUri(scheme.lower(), user, password, host_key(host), number, params, headers)


def _params(text: str) -> dict[str, str]:
    params: dict[str, str] = {}
    for param in text.split(";")[1:]:
        name, _, value = param.partition("=")
        params[name.lower()] = value
    return params


def host_key(host: str) -> str:
    """Return the host in comparable form. Raises ``ValueError`` for a bad IPv6 reference."""
    if host.startswith("["):
        try:
            return f"[{IPv6Address(host[1:-1]).compressed}]"
        except AddressValueError as error:
            raise ValueError(host) from error
    return host.lower()


def unescape(text: str) -> str:
    """Undo ``%HH`` escapes; octets that are not UTF-8 come out as lone surrogates."""
    return unquote_to_bytes(text).decode("utf-8", "surrogateescape") if "%" in text else text


def _normal(text: str) -> str:
    """Escapes in one form: undone where 19.1.4 calls it the same character, else in upper case."""
    return _ESCAPED.sub(_normal_escape, text) if "%" in text else text


def _normal_escape(match: re.Match[str]) -> str:
    char = chr(int(match[1], 16))
    return char if "!" <= char <= "~" and char not in RESERVED and char != "%" else match[0].upper()


def uri_key(uri: str) -> str:
    """Return a text that is equal for URIs that name the same contact.

    RFC 3261 section 19.1.4 with one difference: a parameter unknown to the RFC that only one URI has makes them differ,
    since ignoring it is not transitive and so no key could. Any text is accepted; only URIs give useful keys.
    """
    try:
        parsed = _parse(uri) if len(uri) <= _CACHED_LENGTH else _parse.__wrapped__(uri)
    except ValueError:
        scheme, colon, rest = uri.partition(":")
        return f"{scheme.lower()}{colon}{rest}"
    scheme, host, port, params, headers = parsed.scheme, parsed.host, parsed.port, parsed.params_text, parsed.headers
    user, password = parsed.user, parsed.password
    if "%" in uri:
        user, password = _normal(user), _normal(password)
    if password:
        user = f"{user}:{password}"
    key = f"{scheme}:{user}@{host}" if port is None else f"{scheme}:{user}@{host}:{port}"
    if params:
        key += ";" + ";".join(sorted(_param_keys(params)))
    return f"{key}?{'&'.join(sorted(_header_keys(headers)))}" if headers else key


def _param_keys(params: str) -> list[str]:
    """Each parameter so that equal ones are equal texts: names and values compare without case."""
    pairs = [param.partition("=") for param in params[1:].split(";")]
    return [f"{_normal(name)}={_normal(value)}".lower() for name, _, value in pairs]


def _header_keys(headers: str) -> list[str]:
    pairs = [header.partition("=") for header in headers.split("&")]
    return [f"{_normal(name).lower()}={_normal(value)}" for name, _, value in pairs]


def _resource(uri: str) -> tuple[str, str, str] | None:
    try:
        parsed = parse_uri(uri)
    except SipError:
        return None
    return (parsed.scheme, _normal(parsed.user), parsed.host)


def same_resource(one: str, other: str) -> bool:
    """Return whether two SIP URIs mean the same user at the same host, whatever port (some clients truncate it)."""
    resource = _resource(one)
    return resource is not None and resource == _resource(other)


def same_uri(one: str, other: str) -> bool:
    """Return whether two SIP URIs are equivalent, to the letter of RFC 3261 section 19.1.4."""
    a, b = parse_uri(one), parse_uri(other)
    if (a.scheme, _normal(a.user), _normal(a.password), a.host, a.port) != (
        b.scheme,
        _normal(b.user),
        _normal(b.password),
        b.host,
        b.port,
    ):
        return False
    ours = {_normal(name): _normal(value).lower() for name, value in a.params.items()}
    theirs = {_normal(name): _normal(value).lower() for name, value in b.params.items()}
    if any(ours[name] != theirs[name] for name in ours.keys() & theirs.keys()):
        return False
    if any((name in ours) != (name in theirs) for name in _NEVER_LEFT_OUT):
        return False
    return sorted(_header_keys(a.headers)) == sorted(_header_keys(b.headers))
