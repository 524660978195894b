"""The RSA certificate beside the server's own: TLS_RSA_WITH_AES_128_CBC_SHA, which D4 telephones speak, needs one.

``server-rsa.pem`` and ``server-rsa.key`` in the certificate folder; the lab authority issues them, or an operator puts
them there. Where the server's own certificate is an RSA one it serves.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from registrar.tls.authority import issue
from registrar.tls.errors import CertificateError
from registrar.tls.facts import covers, facts
from registrar.tls.folder import replace
from registrar.tls.installed import Installed, private_key
from registrar.tls.pem import certificates_in, written

RSA_SERVER: Final = "server-rsa.pem"
RSA_KEY: Final = "server-rsa.key"


def rsa_certificate(folder: Path, installed: Installed, names: Sequence[str], now: float) -> tuple[Path, Path]:
    """Return the files of an RSA certificate and its key, made where there is none or its time is over.

    Raises ``CertificateError`` where none is there and no lab authority to issue one, and ``OSError``.
    """
    if installed.server.key.startswith("RSA"):
        return installed.certificate, installed.key
    certificate_file, key_file = folder / RSA_SERVER, folder / RSA_KEY
    if installed.told.renewable and not _serves(certificate_file, names, now):
        issued = issue(folder, names, now, rsa=True)
        replace(folder, {RSA_KEY: issued.key.pem, RSA_SERVER: written(issued.certificate)})
    if not certificate_file.exists():
        raise CertificateError(f"tls_profile d4 needs an RSA certificate: put {RSA_SERVER} and {RSA_KEY} into {folder}")
    certificate, *_ = certificates_in(certificate_file.read_bytes(), str(certificate_file))
    if not private_key(key_file).belongs_to(certificate):
        raise CertificateError(f"{key_file} does not belong to {certificate_file}")
    return certificate_file, key_file


def _serves(file: Path, names: Sequence[str], now: float) -> bool:
    """Return whether the certificate is there, in time, and covers the names."""
    if not file.exists():
        return False
    told = facts(certificates_in(file.read_bytes(), str(file))[0])
    return told.problem(now) is None and all(covers(told.names, name) for name in names)
