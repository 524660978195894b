"""Licence files: what is licensed, as JSON signed with the issuer's Ed25519 key (RFC 8032).

The signature is over the ``licence`` object in one spelling: keys in order, no spaces, ASCII.
"""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any, Final, TypeGuard

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from registrar.model.licence import Licence

MAX_FEATURES: Final = 100
_LONGEST: Final = 64
"""Characters of a system's or feature's name."""


class LicenceError(ValueError):
    """A licence file that does not serve: what is wrong, as a sentence."""


def make_licence(licence: Licence, key: bytes) -> str:
    """Return the licence file, signed with the issuer's private key of 32 octets. Raises ``LicenceError``."""
    granted = {
        "system": licence.system,
        "features": list(licence.features),
        "expires": None if licence.expires_at is None else _written(licence.expires_at),
    }
    _licence(granted)
    signature = Ed25519PrivateKey.from_private_bytes(key).sign(_octets(granted))
    return json.dumps({"licence": granted, "signature": b64encode(signature).decode()}, indent=1) + "\n"


def read_licence(text: str, issuer: bytes) -> Licence:
    """Return what the file licenses, signed by the issuer with this public key. Raises ``LicenceError``."""
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise LicenceError("It is not JSON.") from None
    granted = data.get("licence") if isinstance(data, dict) else None
    if not isinstance(granted, dict):
        raise LicenceError('It is no JSON object with a "licence" and a "signature".')
    try:
        signature = b64decode(data.get("signature"), validate=True)
        Ed25519PublicKey.from_public_bytes(issuer).verify(signature, _octets(granted))
    except (InvalidSignature, ValueError, TypeError):
        raise LicenceError("It is not signed by this system's issuer.") from None
    return _licence(granted)


def issuer_of(key: bytes) -> bytes:
    """Return the public key of an issuer's private key."""
    return Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()


def read_moment(text: Any) -> float | None:
    """Return when a licence ends, POSIX seconds: a day such as ``2030-12-31``, or an ISO 8601 time; UTC.

    Raises ``LicenceError``.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        raise LicenceError('"expires" must be a date such as "2030-12-31", or null.') from None


def _licence(granted: dict[str, Any]) -> Licence:
    system, features = granted.get("system"), granted.get("features")
    if not _is_name(system):
        raise LicenceError('"system" must be a name.')
    if not isinstance(features, list) or len(features) > MAX_FEATURES or not all(map(_is_name, features)):
        raise LicenceError('"features" must be a list of names.')
    return Licence(system, tuple(dict.fromkeys(features)), read_moment(granted.get("expires")))


def _is_name(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and value.isprintable() and 1 <= len(value) <= _LONGEST


def _written(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")


def _octets(granted: dict[str, Any]) -> bytes:
    return json.dumps(granted, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
