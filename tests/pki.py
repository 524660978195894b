"""Certificates of authorities outside the registrar, for tests to install."""

from datetime import UTC, datetime
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID


def moment(time: float) -> datetime:
    """A POSIX time as trustme takes it."""
    return datetime.fromtimestamp(time, UTC)


class Authority:
    """An authority with a folder to write its files to, and perhaps one above it."""

    def __init__(self, folder: Path, name: str, above: "Authority | None" = None) -> None:
        self._folder = folder
        self.ca: trustme.CA = trustme.CA(above.ca if above is not None else None, 9, name, "of the tests")
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self.ca.cert_pem.bytes())

    def issue(
        self,
        file: str,
        *names: str,
        begins: float = 1e9,
        ends: float = 2.1e9,
        rsa: bool = False,
        client_only: bool = False,
    ) -> None:
        """Write ``FILE.pem``, the certificate and its chain without the root, and ``FILE.key``."""
        leaf = self.ca.issue_cert(
            *names,
            common_name=names[0],
            not_before=moment(begins),
            not_after=moment(ends),
            key_type=trustme.KeyType.RSA if rsa else trustme.KeyType.ECDSA,
        )
        chain = [pem.bytes() for pem in leaf.cert_chain_pems]
        if client_only:
            certificate = x509.load_pem_x509_certificate(chain[0])
            chain[0] = self._signed(
                certificate.subject,
                certificate.public_key(),
                certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value,
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]),
            )
        (self._folder / f"{file}.pem").write_bytes(b"".join(chain))
        (self._folder / f"{file}.key").write_bytes(leaf.private_key_pem.bytes())

    def sign(self, request: Path, file: str) -> None:
        """Write ``FILE.pem``, a certificate for a signing request, as an authority's own program would."""
        asked = x509.load_pem_x509_csr(request.read_bytes())
        assert asked.is_signature_valid
        names = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        (self._folder / f"{file}.pem").write_bytes(self._signed(asked.subject, asked.public_key(), names))

    def _signed(self, subject: x509.Name, public: CertificatePublicKeyTypes, *extensions: x509.ExtensionType) -> bytes:
        key = serialization.load_pem_private_key(self.ca.private_key_pem.bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        ca = x509.load_pem_x509_certificate(self.ca.cert_pem.bytes())
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(moment(1e9))
            .not_valid_after(moment(2.1e9))
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def encrypt(key: Path) -> None:
    """Put a password on a key's file."""
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"a password"),
        )
    )
