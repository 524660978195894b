"""What a phone reads out of the answer to its REGISTER. The usual 401 and 200 are read without parsing the whole."""

import re
from typing import Final, NamedTuple

from registrar.sip import headers
from registrar.sip.address import parse_addresses
from registrar.sip.credentials import Challenge, challenges
from registrar.sip.errors import SipError
from registrar.sip.message import Response
from registrar.sip.uri import same_uri


class Answer(NamedTuple):
    """The answer to a REGISTER."""

    status: int
    phrase: str
    challenges: tuple[Challenge, ...] = ()
    expires: int | None = None
    """Of our own contact, seconds; ``None`` when the server does not say."""
    min_expires: int | None = None

    @property
    def words(self) -> str:
        """The status line."""
        return f"{self.status} {self.phrase}"


_CHALLENGE: Final = re.compile(
    rb'\r\nWWW-Authenticate: Digest realm="([^"\\]*+)", nonce="([^"\\]*+)", qop="auth", algorithm=MD5\r\n'
)


def read_usual(data: bytes, branch: bytes, contact: bytes) -> Answer | None:
    """Return the answer in a datagram; ``None`` when it must be parsed to tell.

    ``branch`` is that of the request with its Via parameter around it, ``contact`` the beginning of our Contact line.
    """
    if branch not in data or data[-4:] != b"\r\n\r\n":
        return None
    start = data[:12]
    if start == b"SIP/2.0 200 ":
        begin = data.find(contact)
        if begin >= 0:
            _, found, seconds = data[begin : data.find(b"\r\n", begin + 2)].rpartition(b";expires=")
            if found and seconds.isdigit():
                return Answer(200, "OK", (), int(seconds))
    elif start == b"SIP/2.0 401 ":
        match = _CHALLENGE.search(data)
        if match is not None and data.count(b"\r\nWWW-Authenticate:") == 1:
            realm, nonce = match.groups()
            return Answer(401, "Unauthorized", (Challenge(_text(realm), _text(nonce)),))
    return None


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")


def read(response: Response, contact: str) -> Answer:
    """Return what a parsed answer says of the contact."""
    status = response.status
    asked = tuple(challenges(response)) if status in (401, 407) else ()
    try:
        seconds = _expires(response, contact) if 200 <= status < 300 else None
        least = headers.min_expires(response) if status == 423 else None
    except SipError:
        seconds = least = None
    return Answer(status, response.phrase, asked, seconds, least)


def _expires(response: Response, contact: str) -> int | None:
    for value in response.all("contact"):
        for address in parse_addresses(value, "Contact"):
            if same_uri(address.uri, contact):
                text = address.params.get("expires", "")
                return int(text) if text.isdigit() else headers.expires(response)
    return headers.expires(response)
