"""Keys and certificates in PEM form (RFC 7468): what a file holds, in whatever order."""

import re
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from registrar.tls.errors import CertificateError

_BLOCK: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----\s*?\n?", re.DOTALL)
_KEYS: Final = (b"PRIVATE KEY", b"EC PRIVATE KEY", b"RSA PRIVATE KEY", b"ENCRYPTED PRIVATE KEY")

_DER: Final = serialization.Encoding.DER
_SPKI: Final = serialization.PublicFormat.SubjectPublicKeyInfo


class Key(NamedTuple):
    """A private key as the file has it, and the public key that belongs to it."""

    pem: bytes
    public: bytes
    """SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7)."""

    def __repr__(self) -> str:
        return "Key()"

    def belongs_to(self, certificate: x509.Certificate) -> bool:
        """Return whether the certificate was made with this key."""
        return self.public == public_octets(certificate.public_key())


class Pem(NamedTuple):
    """What a file holds."""

    keys: tuple[Key, ...]
    certificates: tuple[x509.Certificate, ...]


def read_pem(data: bytes, name: str) -> Pem:
    """Return the keys and certificates in ``data``, which came from the file ``name``. Raises ``CertificateError``."""
    keys: list[Key] = []
    certificates: list[x509.Certificate] = []
    for match in _BLOCK.finditer(data):
        label, block = match[1], match[0]
        if label in _KEYS:
            keys.append(read_key(block, name))
        elif label == b"CERTIFICATE":
            try:
                certificates.append(x509.load_pem_x509_certificate(block))
            except ValueError:
                raise CertificateError(f"{name} holds a damaged certificate") from None
    return Pem(tuple(keys), tuple(certificates))


def read_key(data: bytes, name: str) -> Key:
    """Return the private key in ``data``. Raises ``CertificateError``."""
    try:
        key = serialization.load_pem_private_key(data, None)
    except TypeError:
        command = f"openssl pkey -in {name} -out plain.key"
        raise CertificateError(
            f"{name} is encrypted: decrypt it first, {command}",
            "PRIVATE KEY IS ENCRYPTED",
            ("Nobody is there to give its password at a start. Decrypt it first:", f"  {command}"),
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateError(f"{name} holds no private key in PEM form", "PRIVATE KEY NOT VALID") from None
    return Key(data, public_octets(key.public_key()))


def certificates_in(data: bytes, name: str) -> tuple[x509.Certificate, ...]:
    """Return the certificates in ``data``, at least one. Raises ``CertificateError``."""
    found = read_pem(data, name).certificates
    if not found:
        raise CertificateError(f"{name} holds no certificate in PEM form")
    return found


def written(*certificates: x509.Certificate) -> bytes:
    """Return certificates in PEM form."""
    return b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in certificates)


def public_octets(key: PublicKeyTypes) -> bytes:
    """Return a public key as octets to compare."""
    return key.public_bytes(_DER, _SPKI)
