"""Via: the way an answer goes back (RFC 3261 sections 18.2 and 20.42, RFC 3581)."""

import re
from functools import lru_cache
from typing import NamedTuple

from registrar.model.flow import Address
from registrar.sip.abnf import HOST, PARAMS, PORT, SWS, TOKEN
from registrar.sip.address import parse_params
from registrar.sip.errors import SipError
from registrar.sip.uri import host_key

MAX_VIAS = 70
"""Hops a request may have made; Max-Forwards starts at 70."""

# via-parm           =  sent-protocol LWS sent-by *( SEMI via-params )
# sent-protocol      =  protocol-name SLASH protocol-version SLASH transport
# sent-by            =  host [ COLON port ]
# via-params         =  via-ttl / via-maddr / via-received / via-branch / response-port / via-extension
# via-received       =  "received" EQUAL (IPv4address / IPv6address)
# response-port      =  "rport" [EQUAL 1*DIGIT]
_VIA = re.compile(
    rf"{SWS}{TOKEN}{SWS}/{SWS}{TOKEN}{SWS}/{SWS}({TOKEN})[ \t]++({HOST})(?:{SWS}:{SWS}({PORT}))?+({PARAMS})"
    rf"{SWS}(,|$)",
    re.DOTALL,
)
_START = re.compile(rf"{SWS}{TOKEN}{SWS}/{SWS}{TOKEN}{SWS}/{SWS}({TOKEN})[ \t]++({HOST})(?:{SWS}:{SWS}({PORT}))?+")
_OURS = re.compile(r"[ \t]*;[ \t]*(?:received|rport)(?![^ \t;=])(?:[ \t]*=[ \t]*[^ \t;,]*)?", re.IGNORECASE)

MAGIC_COOKIE = "z9hG4bK"
"""What branches that are unique start with (RFC 3261 section 8.1.1.7)."""


class Via(NamedTuple):
    """The topmost Via: who sent the request to us."""

    transport: str
    """In upper case."""
    host: str
    port: int | None
    branch: str
    """Empty when there is none (RFC 2543)."""
    params: dict[str, str]
    """Names in lower case. Do not change."""
    prefix: str
    """The text before the parameters."""
    params_text: str
    rest: str
    """What follows in the same header value, its comma included; empty as a rule."""

    @property
    def unique(self) -> bool:
        """True when the branch alone tells transactions apart (RFC 3261 section 17.2.3)."""
        return len(self.branch) > len(MAGIC_COOKIE) and self.branch.startswith(MAGIC_COOKIE)


def parse_via(values: list[str]) -> Via:
    """Return the topmost Via of the header's values, having checked them all. Raises ``SipError`` 400."""
    top = _parse(values[0], 0)
    seen = 1
    for at, value in enumerate(values):
        via = top if at == 0 else _parse(value, 0)
        while via.rest:
            seen += 1
            if seen > MAX_VIAS:
                raise SipError(400, "Too Many Via")
            via = _parse(via.rest, 1)
    if len(values) + seen > MAX_VIAS:
        raise SipError(400, "Too Many Via")
    return top


def _parse(value: str, at: int) -> Via:
    match = _VIA.match(value, at)
    if match is None:
        raise SipError(400, "Bad Via")
    transport, host, port, text, comma = match.groups()
    number = int(port) if port else None
    params = parse_params(text)
    if params is None or (number is not None and number > 65535):
        raise SipError(400, "Bad Via")
    rest = value[match.end(5) - 1 :] if comma else ""
    return Via(
        transport.upper(), host, number, params.get("branch", ""), params, value[at : match.start(4)], text, rest
    )


def guess_via(value: str) -> Via | None:
    """Return what a malformed Via still says of the way back: its start; ``None`` when not even that can be read."""
    match = _START.match(value)
    if match is None:
        return None
    transport, host, port = match.groups()
    return Via(transport.upper(), host, int(port) if port else None, "", {}, match[0], "", "")


def answered(via: Via, source: Address) -> str:
    """Return the topmost Via value as an answer carries it: with where the request really came from.

    ``rport`` is filled in where the client asked for it (RFC 3581 section 4); ``received`` is added then, and whenever
    the host in sent-by is not the source (RFC 3261 section 18.2.1). Values the client put there itself go.
    """
    params = via.params
    host, port = source[0], source[1]
    text = via.params_text
    if "rport" in params:
        return f"{via.prefix}{_OURS.sub('', text)};received={host};rport={port}{via.rest}"
    if "received" in params:
        text = _OURS.sub("", text)
    if via.host == host or _bare(via.host) == _bare(host):
        return f"{via.prefix}{text}{via.rest}"
    return f"{via.prefix}{text};received={host}{via.rest}"


@lru_cache(1024)
def _bare(host: str) -> str:
    """The host in one spelling, without the brackets that addresses of sockets do not have."""
    try:
        return host_key(f"[{host}]" if ":" in host and not host.startswith("[") else host)
    except ValueError:
        return host
