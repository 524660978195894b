"""Header fields as text: a head's lines into names and values (RFC 3261 section 7.3)."""

import re
from typing import Final

from registrar.sip.errors import SipError
from registrar.sip.names import LONG_NAMES, SINGLE, as_written

MAX_HEADERS: Final = 256
"""Header lines in a message, 20 times what phones send."""
MAX_VALUE: Final = 8192
"""Characters in a header value: a certificate chain in an Identity header still fits."""

Headers = dict[str, list[str]]
"""Values by long lower-case name, in order of arrival, unfolded and stripped."""

_BREAKING: Final = re.compile("[\0\r\n]")
# quoted-pair  =  "\" (%x00-09 / %x0B-0C / %x0E-7F)
# In a quoted-string this is the one place for a NUL; CR and LF have none.
_REPEATABLE: Final = re.compile(r'(?:[^"\0\r\n]++|"(?:[^"\\\0\r\n]++|\\[^\r\n])*+")*+', re.DOTALL)


def read_headers(lines: list[str]) -> tuple[Headers, SipError | None]:
    """Return the headers of all lines but the first, and the first thing that is wrong with them."""
    # message-header  =  field-name HCOLON field-value CRLF
    headers: Headers = {}
    names = LONG_NAMES
    try:
        for line in lines[1 : MAX_HEADERS + 1]:
            sent, value = line.split(": ", 1)
            headers[names[sent]] = [value.strip(" \t")]
    except ValueError:
        return _read_unusual_headers(lines)
    return (headers, None) if len(headers) == len(lines) - 1 else _read_unusual_headers(lines)


def _read_unusual_headers(lines: list[str]) -> tuple[Headers, SipError | None]:
    """The same where fields are repeated, folded, wrong, or have no space after the colon."""
    headers: Headers = {}
    fault = None
    last: list[str] | None = None
    for line in lines[1 : MAX_HEADERS + 1]:
        if line[:1] in (" ", "\t") and last is not None:  # a fold (RFC 3261 section 7.3.1)
            last[-1] = f"{last[-1]} {line}".strip(" \t")
            continue
        sent, colon, value = line.partition(":")
        try:
            name = LONG_NAMES[sent if colon else ""]
        except ValueError:
            fault = fault or SipError(400, "Bad Header Line")
            continue
        if name in SINGLE and name in headers and fault is None:
            fault = SipError(400, f"Several {as_written(name)}", close=name == "content-length")
        last = headers.setdefault(name, [])
        last.append(value.strip(" \t"))
    if len(lines) > MAX_HEADERS + 1:
        fault = SipError(400, "Too Many Headers", close=True)
    return headers, fault


def leave_out_bad_values(headers: Headers) -> SipError | None:
    """Drop headers that no answer may repeat: with CR or LF, with NUL outside a quoted-pair, or oversized."""
    fault = None
    for name, values in list(headers.items()):
        for value in values:
            oversized = len(value) > MAX_VALUE
            if oversized or (_BREAKING.search(value) and not _REPEATABLE.fullmatch(value)):
                fault = fault or SipError(400, f"{'Oversized' if oversized else 'Bad'} {as_written(name)}", close=True)
                headers.pop(name, None)
    return fault
