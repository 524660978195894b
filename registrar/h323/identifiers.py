"""endpointIdentifiers and gatekeeperIdentifiers: what the gatekeeper knows again of what it issued, without keeping it.

An endpointIdentifier nobody can guess. H323Plus goes on with the identifier of its last registration after a URQ, and
proposes it again: it gets it back.

Over UDP anybody may write any source address, and RAS has no challenge. But an RRQ says the gatekeeperIdentifier that
the GCF said, and the endpointIdentifier of the RCF, where the endpoint has one. So each may carry a MAC of the address
that it was sent to: whoever brings it back from there can be reached there.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import blake2s
from hmac import compare_digest
from itertools import islice
from typing import Any, Final

_MARK: Final = "."
_FORM: Final = re.compile(r"\.[A-Za-z0-9_-]{16}")
"""An endpointIdentifier: 12 octets in base64, 4 of chance and 4 of each MAC, and whoever has none must guess them all.

Before them a mark to find it by. Short, since what is sent to an address that may be a lie is no more than thrice what
came from there.
"""
_OLD: Final = re.compile("[0-9a-f]{16}")
"""Those of older versions: 4 octets of chance and a MAC of the number, and none of an address."""
_ENDING: Final = re.compile("-[0-9a-f]{16}")
"""What a gatekeeperIdentifier that shows an address has behind this gatekeeper's own."""
_IN_OCTETS: Final = re.compile(rb"\0[.-]((?:\0[A-Za-z0-9_-]){16})(?!\0[A-Za-z0-9_-])")
"""What either is, or ends with, as it stands in a message: 16 bits a character (BMPString)."""
_LOOKED_AT: Final = 6
"""Of those in a message: one is the gatekeeper's, one the endpoint's, and tokens repeat them."""
_OCTETS: Final = 2048
"""Of a message that are looked at; real ones have a few hundred, and this is done for each datagram of a flood."""


class Identifiers:
    """Issues identifiers. ``key``, 16 to 32 octets, is secret and lasts; ``token`` gives 8 unguessable hex digits."""

    def __init__(self, key: bytes, token: Callable[[], str]) -> None:
        self._of_number = blake2s(key=key, digest_size=4, person=b"endpoint")
        self._of_place = blake2s(key=key, digest_size=4, person=b"place")
        self._of_discovery = blake2s(key=key, digest_size=8, person=b"discover")
        self._token = token

    def issue(self, number: str, source: str) -> str:
        """Return a new identifier for an endpoint with this number at this IP address."""
        chance = bytes.fromhex(self._token()[:8])
        placed = chance + self._place(chance, source)
        return _MARK + urlsafe_b64encode(placed + self._sign(placed, number)).decode()

    def issued(self, identifier: str, number: str) -> bool:
        """Return whether the identifier is one that an endpoint with this number was given at some time, anywhere."""
        octets = _octets(identifier)
        if compare_digest(octets[8:], self._sign(octets[:8], number)):
            return True
        if _OLD.fullmatch(identifier) is None:
            return False
        mac = _mac(self._of_number, f"{identifier[:8]}\0{number}".encode("utf-8", "surrogatepass"))
        return compare_digest(identifier[8:], mac.hex())

    def shows(self, identifier: str, source: str) -> bool:
        """Return whether an endpointIdentifier was sent to this IP address, if it was issued at all."""
        octets = _octets(identifier)
        return compare_digest(octets[4:8], self._place(octets[:4], source))

    def places(self, identifier: str) -> bool:
        """Return whether an endpointIdentifier is of those that show an address; older versions issued others."""
        return _OLD.fullmatch(identifier) is None

    def gatekeeper_for(self, gatekeeper: str, source: str) -> str:
        """Return the gatekeeperIdentifier that shows this IP address; always the same one.

        Once it has discovered the gatekeeper, H323Plus takes no other.
        """
        return f"{gatekeeper}-{self._discovery(source)}"

    def brought_back(self, octets: bytes, source: str) -> bool:
        """Return whether a message that was not decoded yet has an identifier that was sent to this IP address."""
        for found in islice(_IN_OCTETS.finditer(octets, 0, _OCTETS), _LOOKED_AT):
            text = found[1][1::2].decode()
            if compare_digest(text, self._discovery(source)) or self.shows(_MARK + text, source):
                return True
        return False

    def _sign(self, placed: bytes, number: str) -> bytes:
        return _mac(self._of_number, placed + number.encode("utf-8", "surrogatepass"))

    def _place(self, chance: bytes, source: str) -> bytes:
        return _mac(self._of_place, chance + source.encode())

    def _discovery(self, source: str) -> str:
        return _mac(self._of_discovery, source.encode()).hex()


def _mac(keyed: "blake2s", octets: bytes) -> bytes:
    mac = keyed.copy()
    mac.update(octets)
    return mac.digest()


def _octets(identifier: str) -> bytes:
    """Return what an endpointIdentifier of ours stands for, and nothing for any other."""
    return urlsafe_b64decode(identifier[1:]) if _FORM.fullmatch(identifier) is not None else b""


def is_ours(identifier: str, gatekeeper: str) -> bool:
    """Return whether a gatekeeperIdentifier is this gatekeeper's: its own, or one of those that show an address."""
    if not identifier.startswith(gatekeeper):
        return False
    ending = identifier[len(gatekeeper) :]
    return not ending or _ENDING.fullmatch(ending) is not None


def called(request: dict[str, Any], gatekeeper: str) -> str:
    """Return what the sender of a request calls this gatekeeper, and must be answered with; its own name if nothing."""
    named: str = request.get("gatekeeperIdentifier", "").rstrip("\0")
    return named if is_ours(named, gatekeeper) else gatekeeper
