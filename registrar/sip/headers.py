"""The header fields beyond those every message has, one function each (RFC 3261 section 20 and others).

All of them take the message and raise ``SipError`` 400 naming the header when its value is malformed.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple, NoReturn

from registrar.model.binding import Contact
from registrar.sip.abnf import PARAMS, SWS, TOKEN
from registrar.sip.address import Address, parse_addresses, parse_params, unquote
from registrar.sip.errors import SipError
from registrar.sip.message import Request, Response, answerable
from registrar.sip.names import as_written
from registrar.sip.uri import uri_key

MAX_DELTA_SECONDS: Final = 2**32 - 1
"""The longest time the grammar knows (RFC 3261 section 20.19); longer ones are taken for it."""
MAX_CONTACTS: Final = 64
"""Contacts one request may name, in all its Contact lines."""
MAX_CONTACT: Final = 2048
"""Characters of one contact with its parameters, four times what phones send: ten of them still fit one datagram."""
MAX_PATH: Final = 4096
"""Characters of all hops of a Path: twenty of them."""

ANY_CONTACT: Final = Contact("*", key="*")
"""What ``Contact: *`` parses to."""

_CACHED_LENGTH: Final = 512


class Event(NamedTuple):
    """An Event field (RFC 6665 section 8.2.1)."""

    package: str
    """With its templates, in lower case, e.g. ``reg``."""
    id: str
    params: dict[str, str]


class SubscriptionState(NamedTuple):
    """A Subscription-State field (RFC 6665 section 8.2.3)."""

    state: str
    """``active``, ``pending``, ``terminated`` or an extension, in lower case."""
    params: dict[str, str]


def contacts(request: Request) -> tuple[Contact, ...]:
    """Return the contacts in order; ``(ANY_CONTACT,)`` for ``*``, which stands alone (RFC 3261 section 20.10)."""
    values = request.headers.get("contact")
    if values is None:
        return ()
    # Contact  =  ("Contact" / "m" ) HCOLON ( STAR / (contact-param *(COMMA contact-param)))
    if values == ["*"]:
        return (ANY_CONTACT,)
    try:
        if len(values) == 1:
            return _contacts(values[0])
        found = tuple([contact for value in values for contact in _contacts(value)])
    except SipError as error:
        error.request = answerable(request)
        raise
    if len(found) > MAX_CONTACTS:
        raise SipError(400, "Too Many Contacts", answerable(request))
    return found


def _contacts(value: str) -> tuple[Contact, ...]:
    return _contacts_cached(value) if len(value) <= _CACHED_LENGTH else _contacts_anew(value)


def _contacts_anew(value: str) -> tuple[Contact, ...]:
    return tuple([_contact(address) for address in parse_addresses(value, "Contact")])


_contacts_cached = lru_cache(512)(_contacts_anew)

# contact-params     =  c-p-q / c-p-expires / contact-extension
# c-p-q              =  "q" EQUAL qvalue
# qvalue             =  ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
# c-p-expires        =  "expires" EQUAL delta-seconds
# c-p-reg            =  "reg-id" EQUAL 1*DIGIT ; 1 to (2^31 - 1)                  (RFC 5626 section 11.1)
# c-p-instance       =  "+sip.instance" EQUAL DQUOTE "<" instance-val ">" DQUOTE
_QVALUE: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


def _contact(address: Address) -> Contact:
    uri, params = address.uri, address.param_list
    if len(uri) + len(address.params_text) > MAX_CONTACT:
        raise SipError(400, "Contact Too Long")
    key = uri_key(uri)
    if not params:
        return Contact(uri, key=key)
    expires = q = None
    instance = others = ""
    reg_id = 0
    for sent, value in params:
        name = sent.lower()
        if name == "expires":
            expires = _delta_seconds(value)
            if expires is None:
                raise SipError(400, "Bad Contact Expires")
        elif name == "q":
            if not _QVALUE.fullmatch(value):
                raise SipError(400, "Bad Contact q")
            q = float(value)
        elif name == "+sip.instance":
            instance = unquote(value)
        elif name == "reg-id":
            reg_id = _delta_seconds(value) or 0
            if not 0 < reg_id < 2**31:
                raise SipError(400, "Bad Contact reg-id")
        else:
            others += f";{sent}={value}" if value else f";{sent}"
    return Contact(uri, expires, q, instance, reg_id, others, key)


def _delta_seconds(text: str) -> int | None:
    """The number of seconds, cut to the longest; ``None`` when it is none."""
    # delta-seconds  =  1*DIGIT
    if not (text.isdigit() and text.isascii()):
        return None
    return min(int(text[:100]), MAX_DELTA_SECONDS)


def expires(message: Request | Response) -> int | None:
    """Return Expires in seconds, ``None`` when there is none (RFC 3261 section 20.19)."""
    return _seconds(message, "expires")


def min_expires(message: Request | Response) -> int | None:
    """Return Min-Expires in seconds, ``None`` when there is none (RFC 3261 section 20.23)."""
    return _seconds(message, "min-expires")


def max_forwards(message: Request | Response) -> int | None:
    """Return Max-Forwards, 0 to 255, ``None`` when there is none (RFC 3261 section 20.22)."""
    number = _seconds(message, "max-forwards")
    if number is not None and number > 255:
        _bad(message, "max-forwards")
    return number


def _seconds(message: Request | Response, name: str) -> int | None:
    values = message.headers.get(name)
    if values is None:
        return None
    number = _delta_seconds(values[0])
    return _bad(message, name) if number is None else number


def _bad(message: Request | Response, name: str) -> NoReturn:
    raise SipError(400, f"Bad {as_written(name)}", answerable(message))


# Require  =  "Require" HCOLON option-tag *(COMMA option-tag)      (Supported and Accept may be empty)
_TOKENS: Final = re.compile(rf"{SWS}(?:{TOKEN}{SWS}(?:,{SWS}{TOKEN}{SWS})*+)?")
_TOKEN: Final = re.compile(TOKEN)


@lru_cache(512)
def _tokens(value: str) -> tuple[str, ...] | None:
    return tuple(_TOKEN.findall(value)) if _TOKENS.fullmatch(value) else None


def tokens(message: Request | Response, name: str) -> tuple[str, ...]:
    """Return the tokens of a comma list: the option tags of Require, Supported, Proxy-Require; Allow; Allow-Events."""
    found: tuple[str, ...] = ()
    for value in message.headers.get(name, ()):
        listed = _tokens(value) if len(value) <= _CACHED_LENGTH else _tokens.__wrapped__(value)
        if listed is None:
            _bad(message, name)
        found += listed
    return found


def paths(message: Request | Response) -> tuple[str, ...]:
    """Return the Path values in order (RFC 3327 section 4), each ``<uri>`` with its parameters."""
    found = tuple([f"<{hop.uri}>{hop.params_text}" for hop in _hops(message, "path")])
    if sum(map(len, found)) > MAX_PATH:
        raise SipError(400, "Path Too Long", answerable(message))
    return found


def routes(message: Request | Response, name: str = "route") -> tuple[Address, ...]:
    """Return the Route or Record-Route values in order (RFC 3261 sections 20.30 and 20.34)."""
    return tuple(_hops(message, name))


def _hops(message: Request | Response, name: str) -> list[Address]:
    try:
        return [hop for value in message.headers.get(name, ()) for hop in parse_addresses(value, as_written(name))]
    except SipError as error:
        error.request = answerable(message)
        raise


# Event                =  ( "Event" / "o" ) HCOLON event-type *( SEMI event-param )
# Subscription-State   =  "Subscription-State" HCOLON substate-value *( SEMI subexp-params )
_VALUE_WITH_PARAMS: Final = re.compile(rf"({TOKEN})({PARAMS}){SWS}", re.DOTALL)


def _value_with_params(message: Request | Response, name: str) -> tuple[str, dict[str, str]] | None:
    value = message.get(name)
    if value is None:
        return None
    match = _VALUE_WITH_PARAMS.fullmatch(value)
    pairs = parse_params(match[2]) if match is not None else None
    if match is None or pairs is None:
        _bad(message, name)
    return match[1].lower(), {param.lower(): value for param, value in pairs}


def event(message: Request | Response) -> Event | None:
    """Return the Event field, ``None`` when there is none."""
    found = _value_with_params(message, "event")
    return None if found is None else Event(found[0], found[1].get("id", ""), found[1])


def subscription_state(message: Request | Response) -> SubscriptionState | None:
    """Return the Subscription-State field, ``None`` when there is none."""
    found = _value_with_params(message, "subscription-state")
    return None if found is None else SubscriptionState(*found)


# media-range  =  ( "*/*" / ( m-type SLASH "*" ) / ( m-type SLASH m-subtype ) ) *( SEMI m-parameter )
_MEDIA_RANGES: Final = re.compile(
    rf"{SWS}(?:{TOKEN}{SWS}/{SWS}{TOKEN}{PARAMS}{SWS}(?:,{SWS}{TOKEN}{SWS}/{SWS}{TOKEN}{PARAMS}{SWS})*+)?", re.DOTALL
)
_MEDIA_RANGE: Final = re.compile(rf"(?:^|,){SWS}({TOKEN}){SWS}/{SWS}({TOKEN})")


def accepted_types(message: Request | Response) -> tuple[str, ...] | None:
    """Return the media ranges of Accept in lower case, parameters left out; ``None`` when there is no Accept."""
    values = message.headers.get("accept")
    if values is None:
        return None
    found: list[str] = []
    for value in values:
        if not _MEDIA_RANGES.fullmatch(value):
            _bad(message, "accept")
        found += [f"{kind}/{sub}".lower() for kind, sub in _MEDIA_RANGE.findall(value)]
    return tuple(found)
