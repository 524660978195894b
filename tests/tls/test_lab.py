"""The certificate folder: made at the first start, kept while it serves, and told in one line when it does not."""

import ipaddress
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from registrar.tls.errors import CertificateError
from registrar.tls.installed import Installed, inspect, install
from tests.lab import NOW

NAMES = ["lab.example", "vm", "localhost", "127.0.0.1", "::1"]
DAY = 86400.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "certs"


def read(folder: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / name).read_bytes())


def lifetime(certificate: x509.Certificate) -> timedelta:
    return certificate.not_valid_after_utc - certificate.not_valid_before_utc


def own(folder: Path, *names: str, authority: trustme.CA | None = None) -> trustme.CA:
    """Put an operator's own certificate into the folder."""
    authority = authority or trustme.CA()
    leaf = authority.issue_cert(*(names or ("sip.example.com",)))
    folder.mkdir(exist_ok=True)
    chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    (folder / "server.pem").write_bytes(chain)
    (folder / "ca.pem").write_bytes(authority.cert_pem.bytes())
    private(folder / "server.key", leaf.private_key_pem.bytes())
    return authority


def private(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o600)


def test_a_first_start_makes_a_lab_authority_and_a_server_certificate(folder: Path) -> None:
    installed = install(folder, NAMES, NOW)
    ca, server = read(folder, "ca.pem"), read(folder, "server.pem")
    for certificate in (ca, server):
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert key.curve.name == "secp256r1"
    assert lifetime(ca) == timedelta(days=3653)
    assert lifetime(server) == timedelta(days=730)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["lab.example", "vm", "localhost"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")]
    assert installed.server.subject == "lab.example"
    assert installed.problems("lab.example", NOW) == []
    constraints = ca.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, 0)


def test_a_clock_an_hour_behind_still_finds_it_valid(folder: Path) -> None:
    assert install(folder, NAMES, NOW).problem(NOW - 3600) is None
    assert "is not valid before" in (inspect(folder).problem(NOW - 3601) or "")


def test_private_keys_are_their_owners_alone(folder: Path) -> None:
    install(folder, NAMES, NOW)
    modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert modes == {"ca.key": 0o600, "server.key": 0o600, "ca.pem": 0o644, "server.pem": 0o644}


@pytest.mark.interop("openssl")
@pytest.mark.parametrize(
    "check", [["-verify_hostname", "localhost"], ["-verify_ip", "127.0.0.1"], ["-verify_ip", "::1"]]
)
def test_openssl_verifies_it_strictly(folder: Path, check: list[str]) -> None:
    install(folder, NAMES, datetime.now(UTC).timestamp())
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", *check, "-CAfile", "ca.pem", "server.pem"]
    verified = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stdout) == (0, "server.pem: OK\n"), verified.stderr


def test_the_next_start_takes_what_is_there(folder: Path) -> None:
    before = install(folder, NAMES, NOW)
    assert install(folder, NAMES, NOW + 700 * DAY) == before
    assert install(folder, ["localhost"], NOW) == before


@pytest.mark.parametrize(
    ("names", "now"),
    [([*NAMES, "new.example"], NOW), ([*NAMES, "10.0.0.7"], NOW), (NAMES, NOW + 730 * DAY), (NAMES, NOW - 2 * DAY)],
    ids=["a name more", "an address more", "expired", "not valid yet"],
)
def test_the_lab_certificate_is_issued_anew_under_the_same_authority(
    folder: Path, names: list[str], now: float
) -> None:
    before = install(folder, NAMES, NOW)
    ca = (folder / "ca.pem").read_bytes()
    after = install(folder, names, now)
    assert after.server.fingerprint != before.server.fingerprint
    assert after.server.issuer == before.server.issuer
    assert (folder / "ca.pem").read_bytes() == ca
    assert set(names) <= set(after.server.names)
    assert after.problem(now) is None


def test_a_name_is_a_name_in_any_case_and_an_address_in_any_spelling(folder: Path) -> None:
    before = install(folder, NAMES, NOW)
    assert install(folder, ["LAB.example", "0:0:0:0:0:0:0:1"], NOW) == before


@pytest.mark.parametrize("now", [NOW, NOW + 10_000 * DAY])
def test_an_own_certificate_is_never_replaced(folder: Path, now: float) -> None:
    own(folder)
    before = (folder / "server.pem").read_bytes()
    installed = install(folder, NAMES, now)
    assert (folder / "server.pem").read_bytes() == before
    assert installed.server.names == ("sip.example.com",)


def test_what_does_not_keep_an_own_certificate_from_use_is_told(folder: Path) -> None:
    own(folder, "sip.example.com", "*.lab.example")
    installed = install(folder, NAMES, NOW)
    moment = installed.server.not_before + 1
    assert installed.problems("sip.example.com", moment) == []
    assert installed.problems("a.lab.example", moment) == []
    assert installed.problems("a.b.lab.example", moment) == [
        "the server certificate does not cover a.b.lab.example: phones that check names refuse it"
    ]
    (expired,) = installed.problems("sip.example.com", installed.server.not_after)
    assert expired.startswith("the server certificate expired on ")
    assert any(line.startswith("PROBLEM") for line in installed.lines(installed.server.not_after))


def test_an_own_certificate_with_an_intermediate_serves(folder: Path) -> None:
    root = trustme.CA()
    own(folder, authority=root.create_child_ca())
    (folder / "ca.pem").write_bytes(root.cert_pem.bytes())
    assert inspect(folder).server.names == ("sip.example.com",)


def _other_key(folder: Path) -> None:
    private(folder / "server.key", trustme.CA().issue_cert("x").private_key_pem.bytes())


def _encrypted(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    private(
        folder / "server.key",
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        ),
    )


def _broken_chain(folder: Path) -> None:
    root = trustme.CA()
    own(folder, authority=root.create_child_ca())
    leaf, _ = re.findall(r"-----BEGIN.*?-----END [A-Z ]+-----\n", (folder / "server.pem").read_text(), re.DOTALL)
    (folder / "server.pem").write_text(leaf + trustme.CA().cert_pem.bytes().decode())
    (folder / "ca.pem").write_bytes(root.cert_pem.bytes())


def _other_ca(folder: Path) -> None:
    (folder / "ca.pem").write_bytes(trustme.CA().cert_pem.bytes())


def _write(name: str, data: bytes) -> Callable[[Path], None]:
    return lambda folder: private(folder / name, data)


def _without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _readable(folder: Path) -> None:
    (folder / "server.key").chmod(0o644)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (
            _other_key,
            r"server\.key does not belong to .*server\.pem: install the key that the certificate was made with",
        ),
        (_encrypted, r"server\.key is encrypted: decrypt it first, openssl pkey"),
        (_broken_chain, r"server\.pem is not signed by .*ca\.pem: the chain ends at "),
        (_other_ca, r"server\.pem is not signed by .*ca\.pem: the chain ends at .* install the CA certificate of"),
        (_write("server.pem", b"hello"), r"server\.pem holds no certificate in PEM form"),
        (_write("server.pem", b""), r"server\.pem holds no certificate in PEM form"),
        (_write("ca.pem", b"\x30\x82\x01\x00"), r"ca\.pem holds no certificate in PEM form"),
        (_write("server.key", b"hello"), r"server\.key holds no private key in PEM form"),
        (_readable, r"server\.key can be read by others \(mode 644\): chmod 600 .*server\.key"),
        (_without("server.key"), r"cannot use the certificate file .*server\.key: No such file or directory"),
        (_without("ca.pem"), r"cannot use the certificate file .*ca\.pem: No such file or directory"),
        (_without("server.pem"), r"holds a CA but no server certificate: install server\.pem and server\.key"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_what_does_not_fit_together_is_told_in_one_line_and_left_as_it_is(
    folder: Path, spoil: Callable[[Path], None], words: str
) -> None:
    own(folder)
    spoil(folder)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(CertificateError, match=words) as error:
        install(folder, NAMES, NOW)
    assert "\n" not in str(error.value)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_a_folder_that_is_a_file_is_told(folder: Path) -> None:
    folder.write_text("")
    with pytest.raises(CertificateError, match=r"cannot use the certificate file .*certs: File exists"):
        install(folder, NAMES, NOW)


def test_a_crash_between_the_files_of_a_first_start_leaves_the_next_one_unharmed(folder: Path) -> None:
    install(folder, NAMES, NOW)
    (folder / "server.pem").unlink()
    (folder / "server.key.new").write_text("half")
    assert isinstance(install(folder, NAMES, NOW), Installed)


def test_a_name_that_no_certificate_can_hold_is_told(folder: Path) -> None:
    with pytest.raises(CertificateError, match=r"no certificate can hold bad\.\.name"):
        install(folder, ["bad..name"], NOW)


SAMPLES = Path(__file__).parents[2] / "certs" / "samples"


def test_the_samples_are_what_is_made_and_hold_no_key() -> None:
    ca, server = read(SAMPLES, "ca.pem"), read(SAMPLES, "server.pem")
    server.verify_directly_issued_by(ca)
    assert (lifetime(ca), lifetime(server)) == (timedelta(days=3653), timedelta(days=730))
    assert {file.name for file in SAMPLES.iterdir()} == {"ca.pem", "server.pem"}
    assert all(b"PRIVATE" not in file.read_bytes() for file in SAMPLES.iterdir())
