"""Certificates installed while connections live: real sockets, authorities of trustme's."""

import asyncio
import os
import ssl
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from registrar.commands.effects import InstallCertificate, Refusal, RequestCertificate, Requested, TrustAuthority
from registrar.model.certificate import Certificates
from registrar.model.flow import Address, Listener, Transport
from registrar.model.policy import Protocol
from registrar.servers.limits import StreamLimits
from registrar.servers.receiver import Connection
from registrar.servers.stream import StreamListener
from registrar.surroundings.certificates import ServerCertificates
from tests.pki import Authority, encrypt

NAMES = ("localhost", "127.0.0.1")


class Echo:
    """A receiver that sends back what it gets."""

    def datagram(self, listener: Listener, data: bytes, address: Address) -> None:
        raise NotImplementedError

    def connected(self, connection: Connection) -> None:
        pass

    def received(self, connection: Connection, data: bytes) -> None:
        connection.send(data)

    def closed(self, connection: Connection) -> None:
        pass

    def broken(self, connection: Connection, reason: str) -> None: ...

    def handshake_refused(self, listener: Listener, address: Address, reason: str) -> None:
        pass


class Lab:
    """A TLS port, its certificates, and a folder of an operator's files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificates = ServerCertificates(folder / "certs", NAMES, "", time.time)
        listener = Listener(Protocol.SIP, Transport.TLS, "127.0.0.1", 0)
        self.port = StreamListener(listener, Echo(), StreamLimits(), time.time, self.certificates.context)

    def install(self, file: str, authority: Path | None = None) -> Certificates | Refusal:
        pem, key = (str(self.folder / f"{file}.{kind}") for kind in ("pem", "key"))
        return self.certificates.install(InstallCertificate(pem, key, str(authority) if authority else None))

    async def connect(self, authority: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect as a phone that trusts one authority."""
        context = ssl.create_default_context(cafile=authority)
        return await asyncio.open_connection(
            "127.0.0.1", self.port.listener.port, ssl=context, server_hostname="localhost"
        )


@pytest_asyncio.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    lab = Lab(tmp_path)
    await lab.port.start()
    yield lab
    await lab.port.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> bytes:
    writer.write(data)
    return await reader.readexactly(len(data))


def issuer(writer: asyncio.StreamWriter) -> str:
    certificate = writer.get_extra_info("peercert")
    return ", ".join(value for part in certificate["issuer"] for key, value in part if key != "organizationalUnitName")


async def test_new_connections_get_the_new_certificate_and_existing_ones_live_on(lab: Lab) -> None:
    old = await lab.connect(lab.certificates.installed.ca)
    assert await echo(*old, b"before") == b"before"
    root = Authority(lab.folder, "Outside")
    Authority(lab.folder, "Middle", root).issue("chained", "localhost")
    installed = lab.install("chained", root.file)
    assert isinstance(installed, Certificates)
    assert [one.subject for one in installed.chain] == ["Middle"]
    new = await lab.connect(root.file)
    assert await echo(*new, b"new") == b"new"
    assert await echo(*old, b"after") == b"after"
    assert (issuer(old[1]).startswith("Registrar Lab CA"), issuer(new[1])) == (True, "Middle")
    for _, writer in (old, new):
        writer.close()


async def test_the_lab_ca_can_take_over_again(lab: Lab) -> None:
    lab_ca = lab.folder / "lab.pem"
    lab_ca.write_bytes(lab.certificates.installed.ca.read_bytes())
    root = Authority(lab.folder, "Outside")
    root.issue("alone", "localhost")
    assert isinstance(lab.install("alone", root.file), Certificates)
    assert isinstance(lab.certificates.renew(), Certificates)
    reader, writer = await lab.connect(lab_ca)
    assert await echo(reader, writer, b"hello") == b"hello"
    assert set(lab.certificates.told.server.names) == set(NAMES)
    writer.close()


@pytest.mark.parametrize("kind", ["RSA", "ECDSA"])
async def test_what_is_installed_is_there_after_a_restart(lab: Lab, kind: str) -> None:
    root = Authority(lab.folder, "Outside")
    root.issue("alone", "localhost", rsa=kind == "RSA")
    installed = lab.install("alone", root.file)
    again = ServerCertificates(lab.folder / "certs", NAMES, "", time.time)
    assert again.told == installed
    assert stat.S_IMODE((lab.folder / "certs" / "server.key").stat().st_mode) == 0o600


def reasons(answer: Certificates | Refusal) -> str:
    assert isinstance(answer, Refusal)
    return answer.reason


async def test_what_is_refused_changes_no_octet(lab: Lab) -> None:
    certs = lab.folder / "certs"
    before = {file.name: file.read_bytes() for file in certs.iterdir()}
    told, context = lab.certificates.told, lab.certificates.context()
    root = Authority(lab.folder, "Outside")
    now = time.time()
    root.issue("other", "other.example")
    root.issue("old", "localhost", ends=now - 1)
    root.issue("early", "localhost", begins=now + 60)
    root.issue("locked", "localhost")
    encrypt(lab.folder / "locked.key")
    root.issue("good", "localhost")
    (lab.folder / "swapped.pem").write_bytes((lab.folder / "good.pem").read_bytes())
    (lab.folder / "swapped.key").write_bytes((lab.folder / "other.key").read_bytes())
    assert reasons(lab.install("other", root.file)) == "CERTIFICATE DOES NOT COVER THE SERVER'S NAMES"
    assert reasons(lab.install("old", root.file)) == "CERTIFICATE HAS EXPIRED"
    assert reasons(lab.install("early", root.file)) == "CERTIFICATE IS NOT VALID YET"
    assert reasons(lab.install("locked", root.file)) == "PRIVATE KEY IS ENCRYPTED"
    assert reasons(lab.install("swapped", root.file)) == "PRIVATE KEY DOES NOT MATCH CERTIFICATE"
    assert reasons(lab.install("good")) == "CERTIFICATE CHAIN DOES NOT VERIFY"
    assert reasons(lab.install("missing", root.file)) == "CERTIFICATE FILE CANNOT BE READ"
    assert reasons(lab.certificates.trust(TrustAuthority(str(lab.folder / "other.pem")))) == "CERTIFICATE NOT VALID"
    assert {file.name: file.read_bytes() for file in certs.iterdir()} == before
    assert (lab.certificates.told, lab.certificates.context()) == (told, context)


async def test_what_openssl_would_refuse_is_refused(lab: Lab) -> None:
    root = Authority(lab.folder, "Outside")
    root.issue("client", "localhost", client_only=True)
    answer = lab.install("client", root.file)
    assert answer == Refusal(
        "CERTIFICATE WOULD BE REFUSED BY TERMINALS",
        ("A terminal that trusts the CA would refuse it: unsuitable certificate purpose.",),
    )


async def test_the_domain_must_be_covered_when_one_is_set(tmp_path: Path) -> None:
    certificates = ServerCertificates(tmp_path / "certs", ("pbx.lab.example", *NAMES), "pbx.lab.example", time.time)
    root = Authority(tmp_path, "Outside")
    root.issue("local", "localhost")
    root.issue("wild", "*.lab.example")
    files = InstallCertificate(str(tmp_path / "local.pem"), str(tmp_path / "local.key"), str(root.file))
    assert reasons(certificates.install(files)) == "CERTIFICATE DOES NOT COVER THE SERVER'S NAMES"
    files = InstallCertificate(str(tmp_path / "wild.pem"), str(tmp_path / "wild.key"), str(root.file))
    assert isinstance(certificates.install(files), Certificates)


async def test_a_request_is_signed_outside_and_its_key_never_leaves(lab: Lab) -> None:
    asked = lab.certificates.request(RequestCertificate(("localhost", "127.0.0.1")))
    assert isinstance(asked, Requested)
    assert "PRIVATE" not in asked.pem
    key = lab.folder / "certs" / "request.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    again = lab.certificates.request(RequestCertificate(("localhost",)))
    assert isinstance(again, Requested)
    assert again.replaces == "localhost"
    root = Authority(lab.folder, "Outside")
    root.sign(Path(asked.file), "signed")
    assert lab.certificates.told.requested == "localhost"
    effect = InstallCertificate(str(lab.folder / "signed.pem"), None, str(root.file))
    installed = lab.certificates.install(effect)
    assert isinstance(installed, Certificates)
    assert (installed.server.issuer, installed.requested) == ("Outside", "")
    assert not key.exists()
    reader, writer = await lab.connect(root.file)
    assert await echo(reader, writer, b"hello") == b"hello"
    writer.close()


async def test_a_trusted_partner_may_show_its_certificate(tmp_path: Path) -> None:
    certificates = ServerCertificates(tmp_path / "certs", NAMES, "", time.time, client_certificates="require")
    partner = Authority(tmp_path, "Partner")
    assert certificates.context().cert_store_stats()["x509_ca"] == 1
    assert isinstance(certificates.trust(TrustAuthority(str(partner.file))), Certificates)
    assert certificates.context().cert_store_stats()["x509_ca"] == 2
    assert [one.subject for one in certificates.told.trusted][1:] == ["Partner"]


@pytest.mark.parametrize("path", ["/dev/zero", "fifo", "."])
async def test_only_regular_files_are_read(lab: Lab, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.chdir(lab.folder)
    os.mkfifo("fifo")
    assert reasons(lab.certificates.install(InstallCertificate(path, None, None))) == "CERTIFICATE FILE CANNOT BE READ"
