"""What a certificate says of itself."""

import ipaddress
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from registrar.model.certificate import Certificate


def facts(certificate: x509.Certificate) -> Certificate:
    """Return what is told of a certificate."""
    return Certificate(
        common_name(certificate.subject),
        common_name(certificate.issuer),
        alternative_names(certificate),
        certificate.not_valid_before_utc.timestamp(),
        certificate.not_valid_after_utc.timestamp(),
        _key(certificate),
        f"{certificate.serial_number:x}",
        certificate.fingerprint(hashes.SHA256()).hex(),
    )


def common_name(name: x509.Name) -> str:
    """Return the common name, else the organization, else the whole name, fit for a screen."""
    attributes = [*name.get_attributes_for_oid(NameOID.COMMON_NAME)]
    attributes += name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    text = str(attributes[0].value) if attributes else name.rfc4514_string()
    return "".join(character if character.isprintable() else "?" for character in text)


def alternative_names(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the subject alternative names: DNS names, then addresses."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    dns = names.get_values_for_type(x509.DNSName)
    return (*dns, *(str(address) for address in names.get_values_for_type(x509.IPAddress)))


def is_authority(certificate: x509.Certificate) -> bool:
    """Return whether the certificate may sign others (RFC 5280 section 4.2.1.9)."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def is_root(certificate: x509.Certificate) -> bool:
    """Return whether the certificate is its own issuer."""
    return certificate.subject == certificate.issuer


def spelling(name: str) -> str:
    """Return a name or address as it is compared."""
    try:
        return str(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return name.lower().rstrip(".")


def covers(names: Iterable[str], wanted: str) -> bool:
    """Return whether one of a certificate's names covers a name or address (RFC 6125 section 6.4)."""
    wanted = spelling(wanted)
    known = {*map(spelling, names)}
    if wanted in known or _is_address(wanted):
        return wanted in known
    # as OpenSSL sees it, a wildcard stands for one label of a name that has two more
    parent = wanted.partition(".")[2]
    return "." in parent and f"*.{parent}" in known


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _key(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    return type(key).__name__.removesuffix("PublicKey")
