"""Media plane security agreed on at registration: RFC 3329's header fields with the ``mediasec`` parameter.

A terminal that can do SRTP says ``Security-Client: sdes-srtp;mediasec``; the registrar answers with the mechanism that
it demands, and the terminal repeats that in ``Security-Verify`` (3GPP TS 24.229 sections 5.1.1.2 and 5.2.2, from
draft-dawes-sipcore-mediasec-parameter). The registrar has one mechanism, and only while the media encryption of
extensions is enabled.
"""

import re
from typing import Final

from registrar.sip.abnf import PARAMS, SWS, TOKEN
from registrar.sip.errors import SipError
from registrar.sip.message import Request, answerable
from registrar.sip.names import as_written

OPTION: Final = "mediasec"
"""The option tag in Require and Proxy-Require, and the parameter of a mechanism for media."""
MECHANISM: Final = "sdes-srtp"
SECURITY_SERVER: Final = ("Security-Server", f"{MECHANISM};{OPTION}")

# sec-mechanism    = mechanism-name *(SEMI mech-parameters)
# security-client  = "Security-Client" HCOLON sec-mechanism *(COMMA sec-mechanism)
_MECHANISM: Final = rf"{SWS}({TOKEN})({PARAMS}){SWS}"
_ONE: Final = re.compile(rf"(?:^|,){_MECHANISM}(?=,|$)", re.DOTALL)
_LIST: Final = re.compile(rf"{_MECHANISM}(?:,{_MECHANISM})*+", re.DOTALL)
_PARAMETER: Final = re.compile(rf";{SWS}{OPTION}{SWS}(?=;|$)", re.IGNORECASE | re.ASCII)


def agreement(request: Request, enabled: bool) -> bool:
    """Return whether the answer names the mechanism: the terminal offers media security and it is ``enabled``.

    Raises ``SipError`` 400 when Security-Verify does not repeat what the registrar offers, for somebody between has
    changed it, and for malformed header fields. Not 494: that belongs to ``sec-agree`` (RFC 3329 section 2.3.1), which
    nobody can require here, and some telephones go on asking when they meet it.
    """
    if not enabled or "security-client" not in request.headers:
        return False
    verified = _media(request, "security-verify")
    if verified and verified != {MECHANISM}:
        raise SipError(400, "Security-Verify Differs", answerable(request), (SECURITY_SERVER,))
    return bool(_media(request, "security-client"))


def _media(request: Request, name: str) -> frozenset[str]:
    """Return the names of the mechanisms for media in a header field."""
    found: frozenset[str] = frozenset()
    for value in request.headers.get(name, ()):
        mechanisms = _mechanisms(value)
        if mechanisms is None:
            raise SipError(400, f"Bad {as_written(name)}", answerable(request))
        found |= mechanisms
    return found


def _mechanisms(value: str) -> frozenset[str] | None:
    if not _LIST.fullmatch(value):
        return None
    return frozenset(name.lower() for name, params in _ONE.findall(value) if _PARAMETER.search(params))
