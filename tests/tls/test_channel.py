"""Two ends of a TLS connection without sockets: whatever pieces the octets come in, and why a handshake was refused."""

import contextlib
import ssl
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from registrar.tls.channel import HandshakeRefused, TlsChannel, TlsClosed
from registrar.tls.context import server_context
from registrar.tls.errors import CertificateError
from registrar.tls.installed import Installed, install
from tests.lab import NOW


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(tmp_path_factory.mktemp("certs"), ["lab.example", "127.0.0.1"], time.time())


@pytest.fixture(scope="module")
def context(installed: Installed) -> ssl.SSLContext:
    return server_context(installed.certificate, installed.key, installed.ca)


def trusting(installed: Installed) -> ssl.SSLContext:
    client = ssl.create_default_context(cafile=str(installed.ca))
    client.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return client


class Client:
    """The peer's end."""

    def __init__(
        self, context: ssl.SSLContext, name: str = "lab.example", session: ssl.SSLSession | None = None
    ) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name, session=session)
        self.connected = False

    def turn(self, data: bytes) -> bytes:
        """Take octets of the server's and return what goes back; an alert where the peer gives up."""
        self.incoming.write(data)
        if not self.connected:
            try:
                self.tls.do_handshake()
                self.connected = True
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                return self.outgoing.read()
        return self.outgoing.read()

    def read(self) -> bytes:
        try:
            return self.tls.read(1 << 20)
        except ssl.SSLWantReadError:
            return b""


def shake_hands(client: Client, server: TlsChannel) -> None:
    data = client.turn(b"")
    while not (client.connected and server.session):
        server.receive(data)
        data = client.turn(server.outgoing())
        assert data or server.session


def refusal(client: Client, server: TlsChannel) -> HandshakeRefused:
    data = client.turn(b"")
    with pytest.raises(HandshakeRefused) as refused:  # noqa: PT012 - it may take several turns
        for _ in range(5):
            server.receive(data)
            data = client.turn(server.outgoing())
    return refused.value


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_peer_that_trusts_the_lab_ca_and_checks_the_name_connects(
    installed: Installed, context: ssl.SSLContext, version: ssl.TLSVersion
) -> None:
    trust = trusting(installed)
    trust.maximum_version = trust.minimum_version = version
    client, server = Client(trust), TlsChannel(context)
    shake_hands(client, server)
    assert server.session is not None
    assert server.session.version == client.tls.version()
    assert server.session.cipher == (client.tls.cipher() or ("",))[0]
    assert server.session.server_name == "lab.example"
    assert server.session.peer_subject == ""
    server.send(b"200 OK")
    client.turn(server.outgoing())
    assert client.read() == b"200 OK"


def test_no_session_ticket_follows_the_handshake(installed: Installed, context: ssl.SSLContext) -> None:
    client, server = Client(trusting(installed)), TlsChannel(context)
    server.receive(client.turn(b""))
    server.receive(client.turn(server.outgoing()))
    assert server.session is not None
    assert server.outgoing() == b""
    assert client.tls.session is None or not client.tls.session.has_ticket


@given(
    st.lists(st.integers(1, 700), min_size=1, max_size=20),
    st.lists(st.integers(1, 700), min_size=1, max_size=20),
    st.lists(st.binary(min_size=1, max_size=40_000), min_size=1, max_size=3),
)
@settings(max_examples=40, deadline=None)
def test_the_octets_may_come_in_any_pieces(
    installed: Installed, context: ssl.SSLContext, sizes: list[int], answers: list[int], messages: list[bytes]
) -> None:
    client, server = Client(trusting(installed)), TlsChannel(context)
    received = b""

    def feed(data: bytes, pieces: list[int]) -> bytes:
        """Give the octets to the server in pieces of these sizes, over and over."""
        plain, at, number = b"", 0, 0
        while at < len(data):
            size = pieces[number % len(pieces)]
            plain += server.receive(data[at : at + size])
            at, number = at + size, number + 1
        return plain

    data = client.turn(b"")
    while not (client.connected and server.session):
        received += feed(data, sizes)
        data = client.turn(server.outgoing())
    # the first message travels with the end of the client's handshake
    for message in messages:
        client.tls.write(message)
        received += feed(data + client.outgoing.read(), answers)
        data = b""
        server.send(message)
    assert received == b"".join(messages)
    client.turn(server.outgoing())
    echoed = b""
    while piece := client.read():
        echoed += piece
    assert echoed == received


def _quietly(change: Callable[[ssl.SSLContext], None]) -> Callable[[ssl.SSLContext], None]:
    def changed(context: ssl.SSLContext) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            change(context)

    return changed


def _tls_1_1(context: ssl.SSLContext) -> None:
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1


def _tls_1_0(context: ssl.SSLContext) -> None:
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1


def _no_cipher(context: ssl.SSLContext) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_tls_1_0, "the peer offers only versions older than TLS 1.2"),
        (_tls_1_1, "the peer offers only versions older than TLS 1.2"),
        (_no_cipher, "the peer offers no cipher that this server and its certificate can use"),
    ],
)
def test_a_peer_that_offers_nothing_in_common_is_refused_with_the_reason(
    installed: Installed, context: ssl.SSLContext, change: Callable[[ssl.SSLContext], None], words: str
) -> None:
    trust = trusting(installed)
    _quietly(change)(trust)
    server = TlsChannel(context)
    assert refusal(Client(trust), server).reason == words
    assert server.outgoing()[:1] == b"\x15", "the peer is sent an alert"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_peer_that_does_not_trust_the_authority_says_so(context: ssl.SSLContext, version: ssl.TLSVersion) -> None:
    stranger = ssl.create_default_context()
    stranger.maximum_version = version
    refused = refusal(Client(stranger), TlsChannel(context))
    assert refused.reason == "the peer does not trust the certificate authority: give it the CA file"


def test_a_peer_that_expects_another_name_says_so(installed: Installed, context: ssl.SSLContext) -> None:
    refused = refusal(Client(trusting(installed), "other.example"), TlsChannel(context))
    assert "the server's certificate" in refused.reason


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"REGISTER sip:lab.example SIP/2.0\r\n", "plain SIP to the TLS port: set its transport to TLS"),
        (b"SIP/2.0 200 OK\r\n", "plain SIP to the TLS port"),
        (b"GET / HTTP/1.1\r\n\r\n", "the peer speaks HTTP, not TLS"),
        (b"\r\n\r\n\r\n\r\n", "the peer does not speak TLS here"),
        (b"\x00" * 50, "the peer does not speak TLS here"),
        (b"\x16\x03\x01\x00\x05hello", ""),
    ],
)
def test_what_is_not_tls_is_refused_with_the_reason(context: ssl.SSLContext, octets: bytes, words: str) -> None:
    with pytest.raises(HandshakeRefused) as refused:
        TlsChannel(context).receive(octets)
    assert words in refused.value.reason


KINDS_OF_RECORD = (20, 21, 22, 23, 24)
LENGTHS = (0, 1, 16, 17, 0x4000, 0x4001, 0x4100, 0x4101, 0x4801, 0xFFFF)


def records() -> Iterator[bytes]:
    """Records of every kind, and one that does not exist, possible and impossible lengths."""
    for kind, length in product(KINDS_OF_RECORD, LENGTHS):
        yield bytes((kind, 3, 3)) + length.to_bytes(2, "big") + bytes(min(length, 0x4901))


def test_whatever_record_breaks_a_handshake_is_told_in_our_words(context: ssl.SSLContext) -> None:
    told = set()
    for record in records():
        try:
            TlsChannel(context).receive(record)
        except HandshakeRefused as refused:
            told.add(refused.reason)
    assert "the peer breaks the handshake with a record or a message of no possible size" in told
    assert not [reason for reason in told if "OpenSSL" in reason]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_whatever_record_breaks_a_session_is_told_in_our_words(
    installed: Installed, context: ssl.SSLContext, version: ssl.TLSVersion
) -> None:
    trust = trusting(installed)
    trust.maximum_version = version
    told = set()
    for record in records():
        client, server = Client(trust), TlsChannel(context)
        shake_hands(client, server)
        try:
            server.receive(record)
        except TlsClosed as closed:
            told.add(closed.reason)
    assert "the TLS session broke: it holds a record that is longer than TLS has them" in told
    assert not [reason for reason in told if "OpenSSL" in reason]


@pytest.mark.parametrize("size", [1, 3, 7])
def test_plain_sip_is_recognised_in_any_pieces(context: ssl.SSLContext, size: int) -> None:
    server = TlsChannel(context)
    octets = b"REGISTER sip:lab.example SIP/2.0\r\n"
    with pytest.raises(HandshakeRefused) as refused:  # noqa: PT012 - it comes in pieces
        for at in range(0, len(octets), size):
            server.receive(octets[at : at + size])
    assert "the peer" in refused.value.reason


@given(st.binary(min_size=1, max_size=300))
@settings(max_examples=100, deadline=None)
def test_no_octets_raise_anything_but_a_refusal(context: ssl.SSLContext, octets: bytes) -> None:
    plain = b""
    with contextlib.suppress(HandshakeRefused):
        plain = TlsChannel(context).receive(octets)
    assert plain == b""


def test_a_goodbye_ends_the_session(installed: Installed, context: ssl.SSLContext) -> None:
    client, server = Client(trusting(installed)), TlsChannel(context)
    shake_hands(client, server)
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.unwrap()
    with pytest.raises(TlsClosed):
        server.receive(client.outgoing.read())


def test_our_goodbye_is_a_goodbye_to_the_peer(installed: Installed, context: ssl.SSLContext) -> None:
    client, server = Client(trusting(installed)), TlsChannel(context)
    shake_hands(client, server)
    server.close()
    client.incoming.write(server.outgoing())
    assert client.tls.read(10) == b"", "the end, where a mere silence would be SSLWantReadError"


def test_a_record_that_was_changed_on_its_way_ends_the_session(installed: Installed, context: ssl.SSLContext) -> None:
    client, server = Client(trusting(installed)), TlsChannel(context)
    shake_hands(client, server)
    client.tls.write(b"REGISTER")
    record = bytearray(client.outgoing.read())
    record[-1] ^= 1
    with pytest.raises(TlsClosed):
        server.receive(bytes(record))


class Clients:
    """Contexts of peers with and without a certificate of their own."""

    def __init__(self, installed: Installed, tmp_path: Path) -> None:
        self.authority = trustme.CA()
        self.stranger = trustme.CA()
        self.ca = tmp_path / "both.pem"
        self.ca.write_bytes(installed.ca.read_bytes() + self.authority.cert_pem.bytes())
        self._installed = installed

    def context(self, issuer: trustme.CA | None, version: ssl.TLSVersion) -> ssl.SSLContext:
        trust = trusting(self._installed)
        trust.maximum_version = version
        if issuer is not None:
            issuer.issue_cert("phone.example", common_name="phone 12345").configure_cert(trust)
        return trust


@pytest.fixture
def clients(installed: Installed, tmp_path: Path) -> Clients:
    return Clients(installed, tmp_path)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("setting", "certificate", "became"),
    [
        ("off", "none", ""),
        ("off", "own", ""),
        ("request", "none", ""),
        ("request", "own", "phone 12345"),
        ("request", "foreign", "the peer's certificate does not verify"),
        ("require", "none", "the peer shows no certificate and this port requires one"),
        ("require", "own", "phone 12345"),
        ("require", "foreign", "the peer's certificate does not verify"),
    ],
)
def test_client_certificates(
    installed: Installed, clients: Clients, setting: str, certificate: str, became: str, version: ssl.TLSVersion
) -> None:
    issuer = {"none": None, "own": clients.authority, "foreign": clients.stranger}[certificate]
    server = TlsChannel(server_context(installed.certificate, installed.key, clients.ca, client_certificates=setting))
    client = Client(clients.context(issuer, version))
    if became.startswith("the peer"):
        assert refusal(client, server).reason == became
    else:
        shake_hands(client, server)
        assert server.session is not None
        assert became in server.session.peer_subject
        assert bool(became) == bool(server.session.peer_subject)


def test_a_session_taken_up_again_lets_nobody_in_whom_a_handshake_would_not(
    installed: Installed, clients: Clients
) -> None:
    anybody, known = (
        server_context(installed.certificate, installed.key, clients.ca, client_certificates=setting)
        for setting in ("off", "require")
    )
    plain, own = (clients.context(issuer, ssl.TLSVersion.TLSv1_2) for issuer in (None, clients.authority))

    def session_at(port: ssl.SSLContext, peer: ssl.SSLContext) -> ssl.SSLSession | None:
        client, server = Client(peer), TlsChannel(port)
        shake_hands(client, server)
        server.close()
        client.incoming.write(server.outgoing())
        client.tls.unwrap()
        return client.tls.session

    again, server = Client(own, session=session_at(known, own)), TlsChannel(known)
    shake_hands(again, server)
    assert again.tls.session_reused
    assert server.session is not None
    assert "phone 12345" in server.session.peer_subject
    refused = refusal(Client(plain, session=session_at(anybody, plain)), TlsChannel(known))
    assert refused.reason == "the peer shows no certificate and this port requires one"


def test_secrets_are_logged_for_wireshark_where_only_the_owner_reads(installed: Installed, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    server = TlsChannel(server_context(installed.certificate, installed.key, None, key_log=file))
    shake_hands(Client(trusting(installed)), server)
    words = {line.split()[0] for line in file.read_text().splitlines() if not line.startswith("#")}
    assert {"CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"} <= words
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_key_log_that_cannot_be_written_is_told(installed: Installed, tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match=r"cannot write the TLS key log .*none/keys: No such file"):
        server_context(installed.certificate, installed.key, None, key_log=tmp_path / "none" / "keys")


def test_a_certificate_too_weak_for_openssl_is_told(tmp_path: Path) -> None:
    weak = rsa.generate_private_key(65537, 1024)
    certificate = _self_signed(weak)
    (tmp_path / "server.pem").write_bytes(certificate)
    (tmp_path / "server.key").write_bytes(
        weak.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    with pytest.raises(CertificateError, match=r"OpenSSL does not take .*server\.pem: ee key too small"):
        server_context(tmp_path / "server.pem", tmp_path / "server.key", None)


def _self_signed(key: rsa.RSAPrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "weak")])
    start = datetime.fromtimestamp(NOW, UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
