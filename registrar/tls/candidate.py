"""A certificate that is to be installed: everything is checked before anything changes."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from cryptography import x509

from registrar.model.certificate import day
from registrar.tls.chain import chain_to
from registrar.tls.errors import CertificateError
from registrar.tls.facts import alternative_names, common_name, covers, is_authority, is_root
from registrar.tls.pem import Key, Pem, written

SERVER: Final = "server.pem"
KEY: Final = "server.key"
AUTHORITIES: Final = "ca.pem"


class Candidate(NamedTuple):
    """A server's certificate that passed every check, with its key and what it stands on."""

    certificate: x509.Certificate
    key: Key
    chain: tuple[x509.Certificate, ...]
    trusted: tuple[x509.Certificate, ...]
    """The authorities, the certificate's own first."""
    name: str
    """One of the server's names that the certificate covers."""

    def files(self) -> dict[str, bytes]:
        """Return what is written to the certificate folder."""
        return {
            KEY: self.key.pem,
            SERVER: written(self.certificate, *self.chain),
            AUTHORITIES: written(*self.trusted),
        }


def candidate(
    given: Pem,
    keys: Sequence[Key],
    own: Sequence[Key],
    authorities: Sequence[x509.Certificate],
    trusted: Sequence[x509.Certificate],
    names: Sequence[str],
    domain: str,
    now: float,
) -> Candidate:
    """Check a certificate and return it ready to be installed.

    ``given`` is the certificate, with its key and its chain where they stand in the same file; ``keys`` came with it,
    and where none did, one of the registrar's ``own`` serves; ``authorities`` are the CA certificates that came with
    it, ``trusted`` those that are trusted already.
    ``names`` are the server's, one of which it must cover, or the ``domain`` when that is set. Raises
    ``CertificateError``.
    """
    if not given.certificates:
        raise CertificateError("The file holds no certificate in PEM form.")
    certificate, *others = _leaf_first(given)
    key = _key_of(certificate, (*given.keys, *keys), own)
    known = _each_once([*(one for one in (*authorities, *others) if is_root(one)), *trusted])
    chain, authority = chain_to(certificate, (*others, *authorities), known)
    for one in (certificate, *chain, authority):
        _check_dates(one, now)
    name = _covered(certificate, names, domain)
    return Candidate(certificate, key, chain, tuple(_each_once([authority, *known])), name)


def _leaf_first(given: Pem) -> list[x509.Certificate]:
    """Put the server's certificate first: the one that a key in the file belongs to, else the one that signs none."""
    certificates = list(given.certificates)
    leaf = next((one for one in certificates if any(key.belongs_to(one) for key in given.keys)), None)
    leaf = leaf or next((one for one in certificates if not is_authority(one)), certificates[0])
    certificates.remove(leaf)
    return [leaf, *certificates]


def _key_of(certificate: x509.Certificate, given: Sequence[Key], own: Sequence[Key]) -> Key:
    for key in given or own:
        if key.belongs_to(certificate):
            return key
    if given:
        raise CertificateError(
            "The key is not the one that the certificate was made with.", "PRIVATE KEY DOES NOT MATCH CERTIFICATE"
        )
    raise CertificateError(
        "The certificate was made with no key that is here. Give it with --key FILE, or in the certificate's file.",
        "PRIVATE KEY MISSING",
    )


def _check_dates(certificate: x509.Certificate, now: float) -> None:
    name = f"The certificate of {common_name(certificate.subject)}"
    begins, ends = certificate.not_valid_before_utc.timestamp(), certificate.not_valid_after_utc.timestamp()
    if now < begins:
        raise CertificateError(f"{name} is not valid before {day(begins)}.", "CERTIFICATE IS NOT VALID YET")
    if now >= ends:
        raise CertificateError(f"{name} was valid until {day(ends)}.", "CERTIFICATE HAS EXPIRED")


def _covered(certificate: x509.Certificate, names: Sequence[str], domain: str) -> str:
    found = alternative_names(certificate)
    wanted = (domain,) if domain else names
    for name in wanted:
        if covers(found, name):
            return name
    covered = f"It covers {', '.join(found) if found else 'no name: it has no subjectAltName'}."
    needed = f"It must cover {'' if domain else 'one of '}{', '.join(wanted)}."
    raise CertificateError(f"{covered} {needed}", "CERTIFICATE DOES NOT COVER THE SERVER'S NAMES")


def _each_once(certificates: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    return list(dict.fromkeys(certificates))
