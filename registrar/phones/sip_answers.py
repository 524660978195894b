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


_CHALLENGE: Final = re.compile(
    rb'\r\nWWW-Authenticate: Digest realm="([^"\\]*+)", nonce="([^"\\]*+)", qop="auth", algorithm=MD5\r\n'
)


class Expected:
    """The answers to one request, as they usually look."""

    __slots__ = ("_branch", "_contact", "_cseq")

    def __init__(self, branch: str, cseq: int, contact: str) -> None:
        self._branch = f";branch={branch};".encode()
        self._cseq = b"\r\nCSeq: %d REGISTER\r\n" % cseq
        self._contact = f"\r\nContact: <{contact}>".encode()

    def read(self, data: bytes) -> Answer | None:
        """Return the answer in a datagram; ``None`` when it must be parsed to tell."""
        if data[:8] != b"SIP/2.0 " or data[-4:] != b"\r\n\r\n" or self._branch not in data or self._cseq not in data:
            return None
        start = data[8:12]
        if start == b"401 ":
            match = _CHALLENGE.search(data)
            if match is None or data.count(b"\r\nWWW-Authenticate:") != 1:
                return None
            realm, nonce = (octets.decode("utf-8", "surrogateescape") for octets in match.groups())
            return Answer(401, "Unauthorized", (Challenge(realm, nonce),))
        if start == b"200 ":
            begin = data.find(self._contact)
            line = data[begin + len(self._contact) : data.find(b"\r\n", begin + 2)]
            _, found, seconds = line.rpartition(b";expires=")
            if begin >= 0 and found and seconds.isdigit():
                return Answer(200, "OK", (), int(seconds))
        return None


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
