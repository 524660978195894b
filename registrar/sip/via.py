"""Via: the way an answer goes back (RFC 3261 sections 18.2 and 20.42, RFC 3581)."""

import re
from functools import lru_cache
from typing import Final, final

from mypy_extensions import mypyc_attr

from registrar.model.flow import Address
from registrar.model.record import Record
from registrar.sip.abnf import HOST, PARAMS, PORT, SWS, TOKEN
from registrar.sip.address import params_of, parse_params
from registrar.sip.errors import SipError
from registrar.sip.uri import host_key

MAX_VIAS: Final = 70
"""Hops a request may have made; Max-Forwards starts at 70."""

# via-parm           =  sent-protocol LWS sent-by *( SEMI via-params )
# sent-protocol      =  protocol-name SLASH protocol-version SLASH transport
# sent-by            =  host [ COLON port ]
# via-params         =  via-ttl / via-maddr / via-received / via-branch / response-port / via-extension
# via-received       =  "received" EQUAL (IPv4address / IPv6address)
# response-port      =  "rport" [EQUAL 1*DIGIT]
_SENT: Final = rf"{SWS}{TOKEN}{SWS}/{SWS}{TOKEN}{SWS}/{SWS}({TOKEN})[ \t]++({HOST})(?:{SWS}:{SWS}({PORT}))?+"
_START: Final = re.compile(_SENT)
_VIA: Final = re.compile(rf"{_SENT}({PARAMS}){SWS}(,|$)", re.DOTALL)
# The same up to the branch, as nearly every phone writes it.
_USUAL: Final = re.compile(rf"(SIP/2\.0/([A-Z]++) ([A-Za-z0-9][A-Za-z0-9.\-]*+)(?::({PORT}))?+)(;rport)?+")
_TOKEN: Final = re.compile(TOKEN)
MAX_USUAL: Final = 256
"""Characters of a Via that is looked at as a usual one; phones send 80."""
_OURS: Final = frozenset(("received", "rport"))

MAGIC_COOKIE: Final = "z9hG4bK"
"""What branches that are unique start with (RFC 3261 section 8.1.1.7)."""


@mypyc_attr(acyclic=True)
@final
class Via(Record):
    """The topmost Via: who sent the request to us."""

    __slots__ = (
        "branch",
        "host",
        "params",
        "port",
        "prefix",
        "rest",
        "rport",
        "transport",
    )

    def __init__(
        self, transport: str, host: str, port: int | None, branch: str, rport: bool, prefix: str, params: str, rest: str
    ) -> None:
        self.transport: Final = transport
        """In upper case."""
        self.host: Final = host
        self.port: Final = port
        self.branch: Final = branch
        """Empty when there is none (RFC 2543)."""
        self.rport: Final = rport
        """True when the client asks for the answer at the port it sent from (RFC 3581)."""
        self.prefix: Final = prefix
        """The text before the parameters."""
        self.params: Final = params
        """The parameters' text, but for ``rport`` and ``received``, which are the server's to fill in."""
        self.rest: Final = rest
        """What follows in the same header value, its comma included; empty as a rule."""

    @property
    def unique(self) -> bool:
        """True when the branch alone tells transactions apart (RFC 3261 section 17.2.3)."""
        return len(self.branch) > len(MAGIC_COOKIE) and self.branch.startswith(MAGIC_COOKIE)


def parse_via(values: list[str]) -> Via:
    """Return the topmost Via of the header's values, having checked them all. Raises ``SipError`` 400."""
    via = usual_via(values[0]) if len(values) == 1 else None
    if via is not None:
        return via
    vias = [via for value in values for via in _parse(value)]
    if len(vias) > MAX_VIAS:
        raise SipError(400, "Too Many Via")
    return vias[0]


@mypyc_attr(acyclic=True)
@final
class Sender(Record):
    """What a terminal says again in each topmost Via: all but the branch, where it is written as nearly all do."""

    __slots__ = ("closing", "host", "opening", "port", "prefix", "rport", "transport")

    def __init__(
        self, opening: str, closing: str, transport: str, host: str, port: int | None, rport: bool, prefix: str
    ) -> None:
        self.opening: Final = opening
        """The text before the branch's value."""
        self.closing: Final = closing
        """The text behind it."""
        self.transport: Final = transport
        self.host: Final = host
        self.port: Final = port
        self.rport: Final = rport
        self.prefix: Final = prefix

    def via(self, value: str) -> Via | None:
        """Return the Via whose value begins and ends as this sender's do; ``None`` when its branch is none."""
        branch = value[len(self.opening) : len(value) - len(self.closing)]
        usual = branch.isascii() and (branch.isalnum() or branch.replace("-", "").isalnum())
        if not usual and _TOKEN.fullmatch(branch) is None:
            return None
        return Via(self.transport, self.host, self.port, branch, self.rport, self.prefix, f";branch={branch}", "")


def sender_of(value: str, before: Sender | None = None) -> Sender | None:
    """Return who a Via names, ``None`` when it is an unusual one; ``before`` is whoever it is likely to be."""
    if len(value) > MAX_USUAL:
        return None
    if before is not None and value.startswith(before.opening) and value.endswith(before.closing):
        return before
    start, branch, params = value.partition(";branch=")
    _, semicolon, after = params.partition(";")
    return _sender(start, semicolon + after) if branch else None


def usual_via(value: str) -> Via | None:
    """Return a Via that is written as nearly every phone writes it, ``None`` for any other."""
    sender = sender_of(value)
    return sender.via(value) if sender is not None else None


@lru_cache(4096)
def _sender(start: str, after: str) -> Sender | None:
    """Return the sender by what is said before the branch and after it."""
    match = _USUAL.fullmatch(start)
    if match is None:
        return None
    prefix, transport, host, port, rport = match.groups("")
    number = int(port) if port else None
    if (number is not None and number > 65535) or after not in (("",) if rport else ("", ";rport")):
        return None
    return Sender(f"{start};branch=", after, transport, host, number, bool(rport or after), prefix)


def _parse(value: str) -> list[Via]:
    """Every Via of a header value, each with what follows it."""
    vias: list[Via] = []
    at = 0
    while True:
        match = _VIA.match(value, at)
        if match is None or len(vias) > MAX_VIAS:
            raise SipError(400, "Bad Via")
        transport, host, port, text, comma = match.groups("")
        number = int(port) if port else None
        pairs = parse_params(text)
        if pairs is None or (number is not None and number > 65535):
            raise SipError(400, "Bad Via")
        rest = value[match.end() - 1 :] if comma else ""
        params = {name.lower(): value for name, value in pairs}
        branch = params.get("branch", "")
        prefix = value[at : match.start(4)]
        kept = _without_ours(pairs) if params.keys() & _OURS else text
        vias.append(Via(transport.upper(), host, number, branch, "rport" in params, prefix, kept, rest))
        if not comma:
            return vias
        at = match.end()


def salvage_via(value: str) -> Via | None:
    """Return what a header value still says of the way back when something in Via is malformed: at least its start.

    ``None`` when not even the host can be read.
    """
    match = _VIA.match(value) or _START.match(value)
    if match is None:
        return None
    transport, host, port = match.groups("")[:3]
    number = int(port) if port and int(port) <= 65535 else None
    pairs = params_of(match[4]) if match.re is _VIA else []
    params = {name.lower(): text for name, text in pairs}
    prefix = value[match.start() : match.end(3) if port else match.end(2)]
    kept = _without_ours(pairs)
    return Via(transport.upper(), host, number, params.get("branch", ""), "rport" in params, prefix, kept, "")


def _without_ours(pairs: list[tuple[str, str]]) -> str:
    return "".join([f";{name}={value}" if value else f";{name}" for name, value in pairs if name.lower() not in _OURS])


def answered(via: Via, source: Address) -> str:
    """Return the topmost Via value as an answer carries it: with where the request really came from.

    ``rport`` is filled in where the client asked for it (RFC 3581 section 4); ``received`` is added then, and whenever
    the host in sent-by is not the source (RFC 3261 section 18.2.1). Values the client put there itself go. The zone
    of a link-local source stays here: it means nothing to anybody else.
    """
    host = source[0]
    if "%" in host:
        host = host.partition("%")[0]
    if via.rport:
        return f"{via.prefix}{via.params};received={host};rport={source[1]}{via.rest}"
    if via.host == host or _bare(via.host) == _bare(host):
        return f"{via.prefix}{via.params}{via.rest}"
    return f"{via.prefix}{via.params};received={host}{via.rest}"


@lru_cache(1024)
def _bare(host: str) -> str:
    """The host in one spelling, IPv6 addresses without the brackets that addresses of sockets do not have."""
    try:
        return host_key(f"[{host}]" if ":" in host and not host.startswith("[") else host)
    except ValueError:
        return host
