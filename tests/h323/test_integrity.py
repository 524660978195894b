"""H.235.1 takes its hash of the octets as received, with zeros in the hash's place: the decoder says where that is."""

import hashlib
import hmac
from typing import Any

import pytest

from registrar.h323 import oids, ras
from registrar.h323.per.values import Bits
from tests.h323.vectors import CAPTURED, Captured


def hashed(message: ras.RasMessage) -> dict[str, Any] | None:
    """The token of H.235.1 procedure I."""
    for kind, token in message.value.get("cryptoTokens", []):
        if kind == "nestedcryptoToken" and token[1]["tokenOID"] == oids.H2351_WHOLE_MESSAGE:
            return dict(token[1])
    return None


SIGNED = [captured for captured in CAPTURED if hashed(ras.decode(captured.octets))]


@pytest.mark.parametrize("captured", SIGNED, ids=str)
def test_the_password_is_proved_by_the_octets_as_received(captured: Captured) -> None:
    token = hashed(ras.decode(captured.octets))
    assert token
    received = token["token"]["hash"]
    assert isinstance(received, Bits)
    start, end = received.octet, received.octet + 12
    assert captured.octets[start:end] == received[0]

    zeroed = captured.octets[:start] + bytes(12) + captured.octets[end:]
    key = hashlib.sha1(b"secret").digest()
    assert hmac.digest(key, zeroed, "sha1")[:12] == received[0]


def test_there_are_signed_messages_of_both_sides() -> None:
    assert {captured.message for captured in SIGNED} >= {
        "registrationRequest",
        "registrationConfirm",
        "unregistrationRequest",
        "unregistrationConfirm",
    }


def test_every_bit_string_knows_its_place() -> None:
    message = ("gatekeeperConfirm", {
        "requestSeqNum": 1,
        "protocolIdentifier": "0.0.8.2250.0.7",
        "rasAddress": ("nsap", b"x"),
        "integrityCheckValue": {"algorithmOID": "0.0", "icv": (b"0123456789ab", 96)},
        "tokens": [{
            "tokenOID": "0.0",
            "dhkey": {"halfkey": (b"y" * 200, 1600), "modSize": (b"", 0), "generator": (b"z", 8)},
        }],
    })  # fmt: skip
    encoding = ras.encode(message)
    decoded = ras.decode(encoding)
    assert tuple(decoded) == message
    icv = decoded.value["integrityCheckValue"]["icv"]
    assert encoding.index(b"0123456789ab") == icv.octet
    key = decoded.value["tokens"][0]["dhkey"]
    assert encoding.index(b"yyyy") == key["halfkey"].octet
    assert encoding.index(b"z") == key["generator"].octet
