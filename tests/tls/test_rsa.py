"""The RSA certificate beside the server's own, for the TLS that D4 telephones speak."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from registrar.tls.authority import SERVER_LIFETIME
from registrar.tls.errors import CertificateError
from registrar.tls.installed import Installed, inspect, install
from registrar.tls.rsa import RSA_KEY, RSA_SERVER, rsa_certificate
from tests.lab import NOW

NAMES = ("lab.example", "127.0.0.1")


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    return install(tmp_path, NAMES, NOW)


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_the_lab_authority_issues_it_for_the_same_names(tmp_path: Path, installed: Installed) -> None:
    file, key = rsa_certificate(tmp_path, installed, NAMES, NOW)
    assert (file, key) == (tmp_path / RSA_SERVER, tmp_path / RSA_KEY)
    issued = certificate(file)
    assert isinstance(issued.public_key(), RSAPublicKey)
    issued.verify_directly_issued_by(certificate(installed.ca))
    usage = issued.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.key_encipherment, "the key exchange is RSA's own"
    assert key.stat().st_mode & 0o077 == 0


def test_it_stays_until_its_time_is_over_or_a_name_is_missing(tmp_path: Path, installed: Installed) -> None:
    file, _ = rsa_certificate(tmp_path, installed, NAMES, NOW)
    first = file.read_bytes()
    rsa_certificate(tmp_path, installed, NAMES, NOW + 3600)
    assert file.read_bytes() == first
    rsa_certificate(tmp_path, installed, (*NAMES, "other.example"), NOW + 3600)
    second = file.read_bytes()
    assert second != first
    rsa_certificate(tmp_path, installed, NAMES, NOW + SERVER_LIFETIME.total_seconds())
    assert file.read_bytes() != second


def test_an_operators_own_is_asked_for_where_no_lab_authority_can_issue_one(
    tmp_path: Path, installed: Installed
) -> None:
    (tmp_path / "ca.key").unlink()
    with pytest.raises(CertificateError, match=f"put {RSA_SERVER} and {RSA_KEY} into"):
        rsa_certificate(tmp_path, inspect(tmp_path), NAMES, NOW)


def test_the_key_must_be_its_own(tmp_path: Path, installed: Installed) -> None:
    rsa_certificate(tmp_path, installed, NAMES, NOW)
    (tmp_path / RSA_KEY).write_bytes(installed.key.read_bytes())
    with pytest.raises(CertificateError, match="does not belong to"):
        rsa_certificate(tmp_path, installed, NAMES, NOW)


def test_a_server_certificate_of_rsa_serves_itself(tmp_path: Path, installed: Installed) -> None:
    file, key = rsa_certificate(tmp_path, installed, NAMES, NOW)
    installed.certificate.write_bytes(file.read_bytes())
    installed.key.write_bytes(key.read_bytes())
    own = inspect(tmp_path)
    assert rsa_certificate(tmp_path, own, NAMES, NOW) == (own.certificate, own.key)
