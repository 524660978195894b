"""Names of header fields: long, compact, and as they are written (RFC 3261 section 7.3, 20)."""

import re
from functools import lru_cache
from typing import Final

from registrar.sip.abnf import TOKEN

# Compact forms: RFC 3261 section 7.3.3 and the IANA registry of SIP header fields.
_COMPACT: Final = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
}

_LONG: Final = """
Accept Accept-Encoding Accept-Language Allow Allow-Events Authorization Call-ID Contact Content-Disposition
Content-Encoding Content-Length Content-Type CSeq Date Error-Info Event Expires Flow-Timer From Max-Forwards Min-Expires
P-Preferred-Identity Path Priority Proxy-Authenticate Proxy-Authorization Proxy-Require Reason Record-Route Require
Retry-After Route Security-Client Security-Server Security-Verify Server Service-Route Session-Expires Subject
Subscription-State Supported To Unsupported User-Agent Via Warning WWW-Authenticate
"""

_ONCE: Final = """
Call-ID Content-Disposition Content-Length Content-Type CSeq Date Event Expires From Max-Forwards Min-Expires
Organization Priority Retry-After Server Session-Expires Subject Subscription-State Timestamp To User-Agent
"""

WRITTEN: Final = {name.lower(): name for name in _LONG.split()}
"""How the RFCs write a name, by its lower-case form."""

SINGLE: Final = frozenset(_ONCE.lower().split())
"""Fields that have one value and no comma list, so that a second one is an error (section 7.3.1)."""


_SHOWN: Final = 40

# header-name  =  token
# HCOLON       =  *( SP / HTAB ) ":" SWS
_NAME: Final = re.compile(rf"({TOKEN})[ \t]*")


def _long(sent: str) -> str:
    match = _NAME.fullmatch(sent)
    if match is None:
        raise ValueError("not a header name")
    name = match[1].lower()
    return _COMPACT.get(name, name)


_long_cached = lru_cache(512)(_long)


class _Names(dict[str, str]):
    def __missing__(self, sent: str) -> str:
        return _long_cached(sent) if len(sent) <= 64 else _long(sent)


LONG_NAMES: Final = _Names(
    {spelling: name for name, written in WRITTEN.items() for spelling in (name, written, written.upper())}
    | {spelling: name for compact, name in _COMPACT.items() for spelling in (compact, compact.upper())}
)
"""Long names in lower case, by what stands before the colon, however it is written.

Any header name is found, though only the usual ones are kept. Raises ``ValueError`` for what is no name.
"""


def as_written(name: str) -> str:
    """Return the name as phrases and printouts show it; a long one that a peer made up is cut."""
    return WRITTEN.get(name) or name[:_SHOWN]
