"""The lab certificate authority and the server certificates it issues.

ECDSA P-256, but for the RSA certificate that old terminals need; ten years for the authority and two for a server, so
that phones with 32-bit time read them.
"""

import ipaddress
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from registrar.tls.candidate import AUTHORITIES
from registrar.tls.errors import CertificateError
from registrar.tls.facts import common_name
from registrar.tls.folder import replace
from registrar.tls.pem import Key, certificates_in, public_octets, read_key, written

AUTHORITY_KEY: Final = "ca.key"

RSA_BITS: Final = 2048

CA_LIFETIME = timedelta(days=3653)
SERVER_LIFETIME = timedelta(days=730)
LAB = "Registrar Lab CA"
"""The common name of lab authorities; what such an authority issued may be issued anew by the program."""
_PrivateKey = ec.EllipticCurvePrivateKey | RSAPrivateKey
_BACKDATED = timedelta(hours=1)
"""Phones whose clock is a little slow must not find the certificate not yet valid."""


def make_authority(folder: Path, now: float) -> None:
    """Write ``ca.key`` and ``ca.pem`` into the folder. ``now`` is POSIX seconds. Raises ``OSError``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{LAB} {os.urandom(3).hex()}")])
    start = datetime.fromtimestamp(now, UTC) - _BACKDATED
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    replace(folder, {AUTHORITY_KEY: _pem(key), AUTHORITIES: written(certificate)})


class Issued(NamedTuple):
    """A certificate that the lab authority issued."""

    certificate: x509.Certificate
    key: Key
    authority: x509.Certificate


def issue(folder: Path, names: Sequence[str], now: float, *, rsa: bool = False) -> Issued:
    """Return a certificate for the names and addresses, signed by the folder's lab authority.

    With ``rsa`` its key is one of RSA, which old terminals need. Raises ``CertificateError`` where there is no such
    authority or a name is none, and ``OSError``.
    """
    ca_key, ca = _authority(folder)
    try:
        alternatives = _alternative_names(names)
    except ValueError as error:
        raise CertificateError(f"no certificate can hold {', '.join(names)}: {error}") from None
    key: _PrivateKey = generate_private_key(65537, RSA_BITS) if rsa else ec.generate_private_key(ec.SECP256R1())
    start = datetime.fromtimestamp(now, UTC) - _BACKDATED
    authority_id = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_subject(names[0]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(min(start + SERVER_LIFETIME, ca.not_valid_after_utc))
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False, transports_keys=rsa), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_id), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    return Issued(certificate, read_key(_pem(key), "the new key"), ca)


def request(names: Sequence[str], key: bytes | None = None) -> tuple[bytes, bytes]:
    """Return a key (the given one, else a new one) and a certificate signing request (PKCS #10) for the names, in PEM.

    The first name is the common name. Raises ``ValueError`` for what cannot be a name, or a key of another kind.
    """
    private = ec.generate_private_key(ec.SECP256R1()) if key is None else _ec_key(key)
    signing = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(_subject(names[0]))
        .add_extension(_alternative_names(names), critical=False)
        .sign(private, hashes.SHA256())
    )
    return _pem(private), signing.public_bytes(serialization.Encoding.PEM)


def requested_name(request: bytes) -> str:
    """Return the common name in a certificate signing request."""
    return common_name(x509.load_pem_x509_csr(request).subject)


def is_lab(certificate: x509.Certificate) -> bool:
    """Return whether a lab authority issued the certificate."""
    return common_name(certificate.issuer).startswith(LAB)


def _authority(folder: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    try:
        key = _ec_key((folder / AUTHORITY_KEY).read_bytes())
    except FileNotFoundError:
        raise CertificateError(f"{folder} holds no key of a lab CA", "LAB CA IS NOT HERE") from None
    except (ValueError, TypeError) as error:
        raise CertificateError(f"the lab CA in {folder} cannot issue a certificate: {error}") from None
    public = public_octets(key.public_key())
    for certificate in certificates_in((folder / AUTHORITIES).read_bytes(), AUTHORITIES):
        if public_octets(certificate.public_key()) == public:
            return key, certificate
    raise CertificateError(f"{folder / AUTHORITIES} does not hold the certificate of the lab CA", "LAB CA IS NOT HERE")


def _ec_key(data: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(data, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the key is no EC key")
    return key


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _alternative_names(names: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_general_name(name) for name in names])


def _pem(key: _PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode())


def _usage(*, signs_certificates: bool, transports_keys: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=transports_keys,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
