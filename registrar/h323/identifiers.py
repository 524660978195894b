"""endpointIdentifiers: nobody can guess one, and the gatekeeper knows again what it issued without keeping it.

H323Plus goes on with the identifier of its last registration after a URQ, and proposes it again: it gets it back.
"""

from collections.abc import Callable
from hashlib import blake2s
from hmac import compare_digest
from typing import Final

_RANDOM: Final = 8
"""Characters of chance, as many as of the MAC: each 32 bits, and whoever has no identifier must guess both."""


class Identifiers:
    """Issues identifiers. ``key``, 16 to 32 octets, is secret and lasts; ``token`` gives 8 unguessable characters."""

    def __init__(self, key: bytes, token: Callable[[], str]) -> None:
        self._mac = blake2s(key=key, digest_size=4, person=b"endpoint")
        self._token = token

    def issue(self, number: str) -> str:
        """Return a new identifier for an endpoint with this number."""
        random = self._token()[:_RANDOM]
        return random + self._sign(random, number)

    def issued(self, identifier: str, number: str) -> bool:
        """Return whether the identifier is one that an endpoint with this number was given at some time."""
        random, mac = identifier[:_RANDOM], identifier[_RANDOM:]
        return identifier.isascii() and compare_digest(mac, self._sign(random, number))

    def _sign(self, random: str, number: str) -> str:
        mac = self._mac.copy()
        mac.update(f"{random}\0{number}".encode("utf-8", "surrogatepass"))
        return mac.hexdigest()
