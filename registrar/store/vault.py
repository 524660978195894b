"""RACs are encrypted at rest: AES-256-GCM under a key in a file of its own that only its owner can read.

H.323 needs the PIN itself, so a hash would not do.
"""

import hmac
import os
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registrar.store.errors import StoreError
from registrar.store.secrets import open_key

NONCE_OCTETS = 12
"""96 bits, random for each sealing (NIST SP 800-38D section 8.2.2)."""


class Vault:
    """Seals PINs. The directory number is authenticated with it: a sealed PIN does not open for another number."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._codes = hmac.digest(key, b"registrar: codes over backups", "sha256")
        self.name = hmac.digest(key, b"registrar: name of the key", "sha256").hex()[:16]
        """Tells one key from another and gives nothing away."""

    def __repr__(self) -> str:
        return "Vault()"

    def seal(self, number: str, pin: str) -> bytes:
        """Return nonce and ciphertext."""
        nonce = os.urandom(NONCE_OCTETS)
        return nonce + self._cipher.encrypt(nonce, pin.encode(), number.encode())

    def open(self, number: str, sealed: bytes) -> str:
        """Return the PIN. Raises ``StoreError`` when key, number or octets do not belong together."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_OCTETS], sealed[NONCE_OCTETS:], number.encode()).decode()
        except (InvalidTag, ValueError):
            raise StoreError(
                f"the RAC of {number} does not open with this key: put the rac.key back that belongs to this database"
            ) from None

    def code(self, data: Iterable[bytes | memoryview]) -> str:
        """Return a code over the data that nobody can make without the key (HMAC-SHA256), hexadecimal.

        It is made part by part, and other threads go on meanwhile.
        """
        code = hmac.new(self._codes, digestmod="sha256")
        for part in data:
            code.update(part)
        return code.hexdigest()

    def verify(self, data: Iterable[bytes | memoryview], code: str) -> bool:
        """Return whether the code is the one over the data."""
        return hmac.compare_digest(self.code(data).encode(), code.encode())


def open_vault(path: Path) -> Vault:
    """Return the vault whose key the file holds, made now if there is none. Raises ``StoreError``."""
    return Vault(open_key(path))
