"""From a certificate up to an authority that is trusted."""

from collections.abc import Iterable, Sequence
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from registrar.tls.errors import CertificateError
from registrar.tls.facts import common_name, is_authority

LONGEST: Final = 8
"""Intermediate certificates; real chains have one or two."""


def chain_to(
    certificate: x509.Certificate, others: Iterable[x509.Certificate], trusted: Sequence[x509.Certificate]
) -> tuple[tuple[x509.Certificate, ...], x509.Certificate]:
    """Return the intermediate certificates from the issuer upwards, out of ``others``, and the authority they end at.

    Dates are looked at elsewhere. Raises ``CertificateError`` that names where the chain ends.
    """
    pool = list(others)
    chain: list[x509.Certificate] = []
    last = certificate
    while len(chain) <= LONGEST:
        authority = next((one for one in trusted if one == last or issued(last, one)), None)
        if authority is not None:
            return tuple(one for one in chain if one != authority), authority
        issuer = next((one for one in pool if one != last and issued(last, one)), None)
        if issuer is None:
            break
        pool.remove(issuer)
        chain.append(issuer)
        last = issuer
    raise CertificateError(
        f"the chain ends at {common_name(last.subject)}, which no trusted authority signed:"
        f" install the CA certificate of {common_name(last.issuer)}",
        "CERTIFICATE CHAIN DOES NOT VERIFY",
        (
            f"The chain ends at {common_name(last.subject)}; {common_name(last.issuer)}, which signed it, is not"
            " trusted. Give its certificate with --ca FILE.",
        ),
    )


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Return whether ``issuer`` is an authority and signed the certificate."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return is_authority(issuer)
