"""The address of record: which number a URI names, and the URIs the registrar writes (RFC 3261 section 10.3)."""

from functools import lru_cache
from typing import Final
from urllib.parse import quote

from registrar.model.flow import Flow, Transport
from registrar.sip.errors import SipError
from registrar.sip.settings import SipSettings
from registrar.sip.uri import SipUri, parse_uri, unescape

MAX_NUMBER: Final = 64
"""Characters in a number; directory numbers have 20 digits at most. Whoever asks for longer ones is told at once."""

# user-unreserved and mark, without ";": what follows it would be parameters of the user, not the number
_UNESCAPED_IN_USER: Final = "-_.!~*'()&=+$,?/"


def number_of(uri: SipUri) -> str:
    """Return the directory number in a URI's user part: without user parameters, its escapes undone."""
    user = uri.user
    if ";" in user:
        user = user[: user.index(";")]
    return unescape(user) if "%" in user else user


def escaped(number: str) -> str:
    """Return the number as the user part of a URI (RFC 3261 section 25.1)."""
    return number if number.isalnum() and number.isascii() else _escaped(number)


@lru_cache(512)
def _escaped(number: str) -> str:
    return quote(number, safe=_UNESCAPED_IN_USER, errors="surrogateescape")


def address_of_record(value: str) -> str:
    """Return the URI of To in canonical form: without password, parameters and headers (10.3 step 5)."""
    uri = parse_uri(value, "To")
    port = "" if uri.port is None else f":{uri.port}"
    return f"{uri.scheme}:{escaped(number_of(uri))}@{uri.host}{port}"


def serves(uri: SipUri, flow: Flow, settings: SipSettings) -> bool:
    """Return whether the URI's host is one of ours; its port does not matter."""
    host = uri.host
    if host in settings.domains:
        return True
    own = flow.listener.host
    return host == own or (host[0] == "[" and host[1:-1] == own) or host.rstrip(".") in settings.domains


def number_in(value: str, header: str, flow: Flow, settings: SipSettings) -> str:
    """Return the number that an address of record names.

    Raises ``SipError``: 416 for another scheme, 404 for another domain or when there is no number, or none that any
    extension could have (10.3 step 5).
    """
    uri = parse_uri(value, header)
    if uri.host not in settings.domains and not serves(uri, flow, settings):
        raise SipError(404, "Domain Not Served Here")
    user = uri.user
    number = user if user.isalnum() else number_of(uri)
    if not number:
        raise SipError(404, f"No Number In {header}")
    if len(number) > MAX_NUMBER:
        raise SipError(404, f"Number Too Long In {header}")
    return number


def own_host(flow: Flow, settings: SipSettings) -> str:
    """Return ``host:port`` of the listener as peers may be told of it."""
    listener = flow.listener
    host = listener.host
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 - told apart, not bound
        host = settings.server_name
    return f"[{host}]:{listener.port}" if ":" in host else f"{host}:{listener.port}"


def own_contact(number: str, flow: Flow, settings: SipSettings) -> str:
    """Return the URI under which this registrar is reached for the number, over the flow's transport."""
    transport = flow.listener.transport
    suffix = "" if transport is Transport.UDP else f";transport={transport.value.lower()}"
    return f"sip:{escaped(number)}@{own_host(flow, settings)}{suffix}"
