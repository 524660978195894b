"""What a phone reads out of the answer to its REGISTER. The usual 401 and 200 are read without parsing the whole."""

import re
from typing import Final, NamedTuple

from registrar.sip import headers
from registrar.sip.address import parse_addresses
from registrar.sip.credentials import Challenge, challenges, parse_challenge
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


_CHALLENGE: Final = b"\r\nWWW-Authenticate: "
_CONTACT: Final = b"\r\nContact: "
_SECONDS: Final = re.compile(rb'(?:;[^,;\r\n"=]++(?:=(?:"[^"\\\r\n]*+"|[^,;\r\n"]*+))?+)*?;expires=([0-9]{1,9}+)[,;\r]')
"""Parameters of a contact, up to its time."""


def read_usual(data: bytes, branch: bytes, contact: bytes) -> Answer | None:
    """Return the answer in a datagram; ``None`` when it must be parsed to tell.

    ``branch`` is that of the request with its Via parameter around it, ``contact`` our own in angle brackets.
    """
    if branch not in data or data[-4:] != b"\r\n\r\n":
        return None
    if data.startswith(b"SIP/2.0 200 OK\r\n"):
        at = data.find(contact)
        if at >= 0 and data.startswith(_CONTACT, data.rfind(b"\r\n", 0, at)):
            found = _SECONDS.match(data, at + len(contact))
            if found is not None:
                return Answer(200, "OK", (), int(found[1]))
    elif data.startswith(b"SIP/2.0 401 Unauthorized\r\n"):
        begin = data.find(_CHALLENGE) + len(_CHALLENGE)
        end = data.find(b"\r\n", begin)
        if begin >= len(_CHALLENGE) and data.find(_CHALLENGE, end) < 0 and data[end + 2] not in b" \t":
            challenge = parse_challenge(data[begin:end].decode("utf-8", "surrogateescape"))
            if challenge is not None:
                return Answer(401, "Unauthorized", (challenge,))
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
