"""H.235.1 procedure I, the gatekeeper's side: answers signed with the PIN of the endpoint they go to."""

from typing import Any, Final, NamedTuple

from registrar.h323 import oids
from registrar.h323.h235.checks import HASH_OCTETS, hash_of_message
from registrar.h323.ras import encode
from registrar.model.extension import Rac

_PLACE: Final = bytes(range(0xF0, 0xF0 + HASH_OCTETS))
"""What is encoded where the hash will stand."""


class Signer(NamedTuple):
    """Signs what goes to one endpoint."""

    pin: str
    gatekeeper: str
    endpoint: str
    """The endpointIdentifier."""

    def __repr__(self) -> str:
        return f"Signer({self.endpoint!r})"

    def sign(self, name: str, value: dict[str, Any], random: int, now: float) -> bytes:
        """Return the message's octets with a cryptoHashedToken; no two messages of a second have the same random."""
        value = {**value, "cryptoTokens": [_token(self.gatekeeper, self.endpoint, random, now)]}
        octets = encode((name, value))
        place = octets.rindex(_PLACE)
        return octets[:place] + hash_of_message(octets, place, self.pin) + octets[place + HASH_OCTETS :]


def signer(rac: Rac, gatekeeper: str, endpoint: str) -> Signer:
    """Return the signer for an endpoint of the number."""
    return Signer(rac.pin, gatekeeper, endpoint)


def _token(gatekeeper: str, endpoint: str, random: int, now: float) -> tuple[str, Any]:
    hashed_values = {
        "tokenOID": oids.H2351_BASELINE,
        "timeStamp": int(now),
        "random": random,
        "generalID": endpoint,
        "sendersID": gatekeeper,
    }
    token = {
        "tokenOID": oids.H2351_WHOLE_MESSAGE,
        "hashedVals": hashed_values,
        "token": {"algorithmOID": oids.H2351_HMAC_SHA1_96, "paramS": {}, "hash": (_PLACE, HASH_OCTETS * 8)},
    }
    return "nestedcryptoToken", ("cryptoHashedToken", token)
