"""The installed certificates: what is in the folder, whether it fits together, whether it is valid now.

The folder holds ``ca.pem``, ``server.pem`` (the server's certificate first, then intermediates) and ``server.key``;
``ca.key`` as well where the lab authority was made here. An operator's own files serve as they are.
"""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import NameOID

from registrar.tls.authority import LAB, issue, make_authority
from registrar.tls.errors import CertificateError


class Installed(NamedTuple):
    """A usable certificate and key. Times are POSIX seconds."""

    certificate: Path
    key: Path
    ca: Path
    subject: str
    issuer: str
    names: tuple[str, ...]
    """Subject alternative names, DNS names and addresses."""
    not_before: float
    not_after: float
    fingerprint: str
    """SHA-256 of the certificate, hexadecimal."""

    def problem(self, now: float) -> str | None:
        """Return why the certificate is not valid at ``now``, ``None`` when it is."""
        if now < self.not_before:
            return f"the server certificate is not valid before {_day(self.not_before)}"
        if now >= self.not_after:
            return f"the server certificate expired on {_day(self.not_after)}"
        return None

    def problems(self, name: str, now: float) -> list[str]:
        """Return what is wrong with it without keeping it from use: its dates, or that it lacks the server's name."""
        lacking = lacking_names(self.names, [name])
        return [
            *([problem] if (problem := self.problem(now)) else []),
            *(f"the server certificate does not cover {name}: phones that check names refuse it" for name in lacking),
        ]

    def lines(self, now: float) -> list[str]:
        """Say what is installed, and whether it is valid at ``now``."""
        return [
            f"certificate  {self.certificate}",
            f"subject      {self.subject}",
            f"issuer       {self.issuer}",
            f"names        {', '.join(self.names)}",
            f"valid        {_day(self.not_before)} to {_day(self.not_after)}",
            f"fingerprint  {self.fingerprint}",
            f"CA           {self.ca}",
            *([f"PROBLEM      {problem}"] if (problem := self.problem(now)) else []),
        ]


def install(folder: Path, names: Sequence[str], now: float) -> Installed:
    """Return the folder's certificate, making a lab authority and certificate where there is none.

    A certificate that the lab authority issued is issued anew when it lacks one of ``names`` or its time is over; an
    operator's own never is. Raises ``CertificateError``.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "server.pem").exists():
            if not (folder / "ca.pem").exists():
                make_authority(folder, now)
            _reissue(folder, names, now)
        installed = inspect(folder)
        ours = installed.issuer.startswith(LAB) and (folder / "ca.key").exists()
        if ours and (lacking_names(installed.names, names) or installed.problem(now)):
            _reissue(folder, names, now)
            installed = inspect(folder)
    except OSError as error:
        file = error.filename or folder
        raise CertificateError(f"cannot use the certificate file {file}: {error.strerror or error}") from None
    return installed


def inspect(folder: Path) -> Installed:
    """Return the folder's certificate as it is. Raises ``CertificateError`` when it cannot be used."""
    certificate_file, key_file, ca_file = folder / "server.pem", folder / "server.key", folder / "ca.pem"
    chain = _certificates(certificate_file)
    leaf = chain[0]
    key = _private_key(key_file)
    if key.public_bytes(_DER, _SPKI) != leaf.public_key().public_bytes(_DER, _SPKI):
        raise CertificateError(
            f"{key_file} does not belong to {certificate_file}: install the key that the certificate was made with"
        )
    _check_chain(chain, _certificates(ca_file), certificate_file, ca_file)
    return Installed(
        certificate_file,
        key_file,
        ca_file,
        _common_name(leaf.subject),
        _common_name(leaf.issuer),
        _alternative_names(leaf),
        leaf.not_valid_before_utc.timestamp(),
        leaf.not_valid_after_utc.timestamp(),
        leaf.fingerprint(hashes.SHA256()).hex(),
    )


_DER = serialization.Encoding.DER
_SPKI = serialization.PublicFormat.SubjectPublicKeyInfo


def _reissue(folder: Path, names: Sequence[str], now: float) -> None:
    if not (folder / "ca.key").exists():
        raise CertificateError(
            f"{folder} holds a CA but no server certificate: install server.pem and server.key, or empty the folder"
        )
    _check_mode(folder / "ca.key")
    try:
        issue(folder, names, now)
    except (ValueError, TypeError) as error:
        raise CertificateError(f"the lab CA in {folder} cannot issue a certificate: {error}") from None


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError:
        raise CertificateError(f"{path} holds no certificate in PEM form") from None


def _private_key(path: Path) -> PublicKeyTypes:
    _check_mode(path)
    try:
        return serialization.load_pem_private_key(path.read_bytes(), None).public_key()
    except TypeError:
        raise CertificateError(
            f"{path} is encrypted: decrypt it first, openssl pkey -in {path.name} -out server.key"
        ) from None
    except ValueError:
        raise CertificateError(f"{path} holds no private key in PEM form") from None


def _check_mode(path: Path) -> None:
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise CertificateError(f"{path} can be read by others (mode {mode:03o}): chmod 600 {path}")


def _check_chain(
    chain: list[x509.Certificate], authorities: list[x509.Certificate], certificate_file: Path, ca_file: Path
) -> None:
    """Follow the chain from the leaf to one of the authorities; dates are looked at elsewhere."""
    for certificate, issuer in pairwise(chain):
        if not _issued(certificate, issuer):
            raise CertificateError(
                f"the chain in {certificate_file} is broken after {_common_name(certificate.subject)}"
            )
    last = chain[-1]
    if not any(_issued(last, authority) or last == authority for authority in authorities):
        raise CertificateError(
            f"{certificate_file} is not signed by {ca_file}: install the CA of {_common_name(last.issuer)}"
        )


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _alternative_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    dns = names.get_values_for_type(x509.DNSName)
    return (*dns, *(str(address) for address in names.get_values_for_type(x509.IPAddress)))


def _common_name(name: x509.Name) -> str:
    attributes = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(attributes[0].value) if attributes else name.rfc4514_string()


def lacking_names(covered: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the names that a certificate covering ``covered`` lacks; a wildcard stands for one label (RFC 6125)."""
    known = {_spelling(name) for name in covered}
    return [
        name for name in names if _spelling(name) not in known and f"*.{_spelling(name).partition('.')[2]}" not in known
    ]


def _spelling(name: str) -> str:
    try:
        return str(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return name.lower()


def _day(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"
