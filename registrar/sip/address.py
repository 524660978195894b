"""name-addr and addr-spec: the values of From, To, Contact, Path and Route (RFC 3261 sections 20.10 and 25.1)."""

import re
from functools import lru_cache
from typing import Final, final

from mypy_extensions import mypyc_attr

from registrar.model.record import Record
from registrar.sip.abnf import GEN_VALUE, PARAMS, QUOTED, SWS, TOKEN, WORD
from registrar.sip.errors import SipError
from registrar.sip.uri import is_uri

MAX_ADDRESSES: Final = 64
"""Addresses in one header value: far beyond any phone's contacts or any path's hops."""

_CACHED_LENGTH: Final = 512
"""Longer values are parsed anew each time, so that 512 cached ones stay below a megabyte.

What recurs is what a phone says again when challenged, some milliseconds later; a larger cache would be no quicker."""

# contact-param  =  (name-addr / addr-spec) *(SEMI contact-params)
# name-addr      =  [ display-name ] LAQUOT addr-spec RAQUOT
# addr-spec      =  SIP-URI / SIPS-URI / absoluteURI
# display-name   =  *(token LWS)/ quoted-string       (any octet above ASCII is widened: phones leave out the quotes)
#
# An addr-spec without brackets holds no comma, question mark or semicolon (section 20.10).
_ADDRESS: Final = re.compile(
    rf"{SWS}(?:({QUOTED}|[{WORD} \t\x80-\U0010ffff]*+){SWS}<([^<>]*+)>|([^ \t<>,;?\"]++))({PARAMS}){SWS}(,|$)",
    re.DOTALL,
)
# The same as nearly every phone writes From and To, in half the time.
_USUAL: Final = re.compile(rf"({QUOTED})? ?<([^<>]*+)>(?:;tag=({TOKEN}))?", re.DOTALL)
_PARAM: Final = re.compile(rf";{SWS}({TOKEN})(?:{SWS}={SWS}({GEN_VALUE}))?+", re.DOTALL)
_QUOTED_PAIR: Final = re.compile(r"\\(.)", re.DOTALL)


@mypyc_attr(acyclic=True)
@final
class Address(Record):
    """One address with its header parameters."""

    __slots__ = ("display", "param_list", "params_text", "tag", "uri")

    def __init__(
        self,
        display: str,
        uri: str,
        params_text: str,
        param_list: list[tuple[str, str]],
        tag: str,
    ) -> None:
        self.display: Final = display
        """The display name as received, quotes and all; empty when there is none."""
        self.uri: Final = uri
        """Without angle brackets, as received."""
        self.params_text: Final = params_text
        """The header parameters as received, each with its leading ``;``."""
        self.param_list: Final = param_list
        """The same taken apart: names and values as received, quotes and all, empty where there is none.

        Do not change it."""
        self.tag: Final = tag
        """The ``tag`` parameter; empty when there is none."""

    @property
    def name(self) -> str:
        """The display name without quotes and escapes."""
        return unquote(self.display)

    @property
    def params(self) -> dict[str, str]:
        """The header parameters by name in lower case."""
        return {name.lower(): value for name, value in self.param_list}


def parse_address(value: str, header: str) -> Address:
    """Return the one address in the value of ``From``, ``To`` and their like. ``SipError`` 400 names ``header``."""
    parsed = _cached(value) if len(value) <= _CACHED_LENGTH else _parse(value)
    if parsed is None or len(parsed) != 1:
        raise SipError(400, f"Bad {header}")
    return parsed[0]


def parse_addresses(value: str, header: str) -> tuple[Address, ...]:
    """Return the addresses of a comma-separated value. ``SipError`` 400 names ``header``."""
    parsed = _cached(value) if len(value) <= _CACHED_LENGTH else _parse(value)
    if parsed is None:
        raise SipError(400, f"Bad {header}")
    return parsed


def _parse(value: str) -> tuple[Address, ...] | None:
    """Every address, or ``None`` for a malformed value (cached as well: a broken phone sends it again)."""
    match = _USUAL.fullmatch(value)
    if match is not None and is_uri(match[2]):
        display, uri, tag = match.groups("")
        if not tag:
            return (Address(display, uri, "", _NO_PARAMS, ""),)
        return (Address(display, uri, f";tag={tag}", [("tag", tag)], tag),)
    addresses: list[Address] = []
    at = 0
    while True:
        match = _ADDRESS.match(value, at)
        if match is None or len(addresses) >= MAX_ADDRESSES:
            return None
        display, enclosed, bare, text, comma = match.groups("")
        uri = enclosed or bare
        params = parse_params(text) if text else _NO_PARAMS
        if params is None or not is_uri(uri):
            return None
        tag = next((value for name, value in params if name.lower() == "tag"), "") if "tag" in text.lower() else ""
        addresses.append(Address(display.strip(" \t"), uri, text, params, tag))
        if not comma:
            return tuple(addresses)
        at = match.end()


_cached = lru_cache(512)(_parse)
_NO_PARAMS: Final[list[tuple[str, str]]] = []


def params_of(text: str) -> list[tuple[str, str]]:
    """Return the ``;name=value`` parameters in order, without looking for names that appear twice."""
    return _PARAM.findall(text)


def parse_params(text: str) -> list[tuple[str, str]] | None:
    """Return well-formed ``;name=value`` parameters in order; ``None`` when a name appears twice (section 7.3.1)."""
    pairs = params_of(text)
    if len(pairs) > 1 and len({name.lower() for name, _ in pairs}) < len(pairs):
        return None
    return pairs


def unquote(text: str) -> str:
    """Return what a quoted-string says; any other text comes back stripped of white space."""
    text = text.strip(" \t")
    if text[:1] != '"':
        return text
    text = text[1:-1]
    return _QUOTED_PAIR.sub(r"\1", text) if "\\" in text else text
