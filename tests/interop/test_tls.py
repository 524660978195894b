"""Clients that verify the server: its certificate up to the lab CA, and its name."""

import re
import ssl
import subprocess

import pytest
import trustme

from tests.interop.running import Running
from tests.interop.terminal import Terminal
from tests.interop.wire import Tcp, Tls

MITEL = "Mitel 6930 SIP/5.1.0"


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_a_verifying_client_registers(registrar: Running, name: str) -> None:
    with Tls(registrar.address("sip_tls"), ca_file=registrar.ca_file, name=name) as wire:
        answers = Terminal(wire, "12345", MITEL).register("4711")
        (registration,) = registrar.registrations(number="12345", port=registrar.address("sip_tls")[1])
        Terminal(wire, "12345", MITEL).register("4711", expires=0, contact="*")
    assert [answer.start for answer in answers] == ["401 Unauthorized", "200 OK"]
    assert (registration["row"], registration["signalling"]) == ("T1.3", "ENCRYPTED")
    assert registration["tls_server_name"] == (name if name == "localhost" else "")


@pytest.fixture(scope="module")
def another_ca(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file of a CA that the server's certificate is not from."""
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(file))
    return str(file)


def test_a_client_that_trusts_another_ca_refuses_and_the_refusal_is_told(registrar: Running, another_ca: str) -> None:
    since = registrar.last_event
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        Tls(registrar.address("sip_tls"), ca_file=another_ca)
    (told,) = registrar.get("events", type="handshake_refused", since=since, wait=20)["events"]
    assert told["port"] == registrar.address("sip_tls")[1]


def test_a_client_that_expects_another_name_refuses(registrar: Running) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        Tls(registrar.address("sip_tls"), ca_file=registrar.ca_file, name="elsewhere.example")


def test_plain_text_on_the_secure_port_is_told_with_its_reason(registrar: Running) -> None:
    since = registrar.last_event
    with Tcp(registrar.address("sip_tls"), None) as wire:
        wire.send(b"REGISTER sip:127.0.0.1 SIP/2.0\r\n\r\n")
        (told,) = registrar.get("events", type="handshake_refused", since=since, wait=20)["events"]
    assert "TLS" in told["detail"]


class Openssl:
    """``openssl s_client`` with a person at it."""

    def __init__(self, program: Running, ca_file: str, name: str) -> None:
        host, port = program.address("sip_tls")
        command = ["openssl", "s_client", "-connect", f"{host}:{port}", "-servername", name, "-verify_hostname", name]
        command += ["-CAfile", ca_file, "-verify_return_error", "-quiet"]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def ask(self, request: list[str]) -> str:
        """Type a request; return the head of the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(("\r\n".join(request) + "\r\n\r\n").encode())
        self.process.stdin.flush()
        lines = []
        while (line := self.process.stdout.readline()) not in (b"\r\n", b""):
            lines.append(line.decode().rstrip("\r\n"))
        return "\n".join(lines)

    def close(self) -> str:
        """End it and return what it said on standard error."""
        self.process.terminate()
        return self.process.communicate(timeout=20)[1].decode()


@pytest.mark.interop("openssl")
def test_a_register_written_by_hand_into_openssl(registrar: Running) -> None:
    client = Openssl(registrar, registrar.ca_file, "localhost")
    lines = [
        "REGISTER sip:localhost SIP/2.0",
        "Via: SIP/2.0/TLS localhost;branch=z9hG4bKhand1",
        "From: <sip:12347@localhost>;tag=1",
        "To: <sip:12347@localhost>",
        "Call-ID: by-hand",
        "CSeq: 1 REGISTER",
        "Max-Forwards: 70",
        "Contact: <sip:12347@127.0.0.1:5999;transport=tls>;expires=60",
        "User-Agent: a person",
        "Content-Length: 0",
    ]
    try:
        answer = client.ask(lines)
        listed = registrar.execute("ip_extension -p -d 12347")
    finally:
        said = client.close()
    assert answer.startswith("SIP/2.0 200 OK\n"), said
    assert re.search(r"^Contact: <sip:12347@127\.0\.0\.1:5999;transport=tls>;expires=60$", answer, re.MULTILINE)
    assert re.search(
        r"^12347 +SIP +a person +INSECURE +127\.0\.0\.1 +\d+ +ENCRYPTED +1\.3 +0 T1\.5 ", listed, re.MULTILINE
    )


@pytest.mark.interop("openssl")
@pytest.mark.parametrize(("trusts_ours", "name"), [(False, "localhost"), (True, "elsewhere.example")])
def test_openssl_refuses_what_does_not_verify(
    registrar: Running, another_ca: str, trusts_ours: bool, name: str
) -> None:
    client = Openssl(registrar, registrar.ca_file if trusts_ours else another_ca, name)
    said = client.process.communicate(timeout=20)[1].decode()
    assert client.process.returncode != 0
    assert "verify error" in said
