"""How each kind of token comes from the PIN. All comparisons take the same time whatever they find."""

from hashlib import md5, sha1
from hmac import compare_digest, digest
from typing import Final

from registrar.h323 import oids
from registrar.h323.ras import CLEAR_TOKEN, encode_as

HASH_OCTETS: Final = 12
"""HMAC-SHA1-96: the first 96 bits."""


def password_hash(alias: str, stamp: int, hashed: bytes, pin: str) -> bool:
    """Check a cryptoEPPwdHash: MD5 over the PER of a ClearToken (H.225.0 section 7.13, H.235.0 section 8.2.4)."""
    return compare_digest(hash_of_password(alias, stamp, pin), hashed)


def hash_of_password(alias: str, stamp: int, pin: str) -> bytes:
    """Return the hash of a cryptoEPPwdHash; what is hashed carries password and alias each with its U+0000."""
    token = {
        "tokenOID": oids.NONE,
        "timeStamp": stamp,
        "password": f"{pin}\0",
        "generalID": f"{alias}\0",
    }
    return md5(encode_as(CLEAR_TOKEN, token)).digest()  # noqa: S324 - the scheme's


def access_token(stamp: int, random: int, challenge: bytes, pin: str) -> bool:
    """Check a CAT."""
    return compare_digest(challenge_of(stamp, random, pin), challenge)


def challenge_of(stamp: int, random: int, pin: str) -> bytes:
    """Return the challenge of a CAT: MD5 over one octet of random, the password, and the time stamp in four octets."""
    octets = bytes((random & 0xFF,)) + pin.encode() + stamp.to_bytes(4, "big")
    return md5(octets).digest()  # noqa: S324 - the scheme's


def signed_message(message: bytes, hashed: bytes, place: int, pin: str) -> bool:
    """Check an H.235.1 hash over the message as it was received; ``place`` is the hash's first octet there."""
    return compare_digest(hash_of_message(message, place, pin), hashed)


def hash_of_message(message: bytes, place: int, pin: str) -> bytes:
    """Return HMAC-SHA1-96 of the whole message with the hash's own octets zero (H.235.1, procedure I)."""
    zeroed = message[:place] + bytes(HASH_OCTETS) + message[place + HASH_OCTETS :]
    key = sha1(pin.encode()).digest()  # noqa: S324 - the profile's
    return digest(key, zeroed, "sha1")[:HASH_OCTETS]


def password(given: str, pin: str) -> bool:
    """Check a password in the clear."""
    return compare_digest(given.encode("utf-8", "replace"), pin.encode())
