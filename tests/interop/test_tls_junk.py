"""Octets that are no TLS, or no longer, on both secure ports: told once with the reason, closed, and nothing stays."""

import contextlib
import os
import random
import re
import socket
import ssl
import struct
import subprocess
import urllib.request
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.h323.endpoint import Endpoint
from tests.interop.conftest import Serve
from tests.interop.ras_wire import RasTls
from tests.interop.running import Running
from tests.interop.terminal import Terminal
from tests.interop.wire import Tls

SECONDS = 20.0
PORTS = ("sip_tls", "ras_tls")
MEGABYTE = 1024 * 1024

_sources = count(1)


def record(kind: int, body: bytes, version: bytes = b"\x03\x03") -> bytes:
    return bytes((kind,)) + version + struct.pack(">H", len(body)) + body


def hello(*versions: ssl.TLSVersion) -> bytes:
    """A ClientHello as OpenSSL writes it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if versions:
        context.minimum_version, context.maximum_version = versions
    outgoing = ssl.MemoryBIO()
    tls = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


HELLO = hello()
ALERT, HANDSHAKE, DATA, HEARTBEAT = 21, 22, 23, 24
OLD_HELLO = b"\x01\x00\x00\x2b\x03\x00" + bytes(32) + b"\x00\x00\x04\x00\x05\x00\x0a\x01\x00"

BEFORE: dict[str, tuple[bytes, str]] = {
    "random octets": (random.Random(1).randbytes(2000), "the peer does not speak TLS here"),
    "plain SIP": (b"REGISTER sip:127.0.0.1 SIP/2.0\r\n\r\n", "the peer sends plain SIP"),
    "plain RAS": (b"\x03\x00\x00\x0c\x0e\xc0\x00\x00\x06\x00\x08\x91", "the peer sends plain RAS"),
    "HTTP": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "the peer speaks HTTP"),
    "an SSLv2 hello": (b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + bytes(37), ""),
    "an SSLv3 hello": (record(HANDSHAKE, OLD_HELLO, b"\x03\x00"), "older than TLS 1.2"),
    "an oversized record": (b"\x16\x03\x01\xff\xff" + bytes(65535), ""),
    "a hello too long": (record(HANDSHAKE, b"\x01\xff\xff\xff" + bytes(16000)) * 20, ""),
    "empty records": (record(HANDSHAKE, b"", b"\x03\x01") * 1000, ""),
    "an alert flood": (record(ALERT, b"\x01\x5a", b"\x03\x01") * 1000, ""),
    "an alert flood in a handshake": (HELLO + record(ALERT, b"\x01\x5a") * 1000, ""),
    "a fatal alert": (HELLO + record(ALERT, b"\x02\x30"), "the peer does not trust the certificate authority"),
    "data before a hello": (record(DATA, b"REGISTER"), ""),
    "early data": (HELLO + record(DATA, b"REGISTER sip:x SIP/2.0\r\n\r\n"), ""),
    "a heartbeat": (record(HEARTBEAT, b"\x01\x40\x00"), ""),
    "a heartbeat in a handshake": (HELLO + record(HEARTBEAT, b"\x01\x40\x00"), ""),
    "two hellos": (HELLO + HELLO, ""),
}
"""What is sent in place of a handshake, and what the reason holds where every OpenSSL finds the same."""

BROKEN_OFF = {"nothing at all": b"", "half a record": HELLO[:100], "a record's head": b"\x16\x03\x01"}
"""What a peer sends before it closes the connection."""

AFTER: dict[str, bytes] = {
    "random octets": random.Random(2).randbytes(2000),
    "plain SIP": b"REGISTER sip:127.0.0.1 SIP/2.0\r\n\r\n",
    "a record in the clear": record(DATA, b"REGISTER sip:127.0.0.1 SIP/2.0\r\n\r\n"),
    "an oversized record": b"\x17\x03\x03\xff\xff" + bytes(65535),
    "a handshake anew": HELLO,
    "an alert in the clear": record(ALERT, b"\x02\x28"),
    "an alert flood": record(ALERT, b"\x01\x5a") * 1000,
    "a heartbeat": record(HEARTBEAT, b"\x01\x40\x00"),
    "empty records": record(DATA, b"") * 1000,
}


class Peer:
    """A socket with an address of its own, by which its events are found."""

    def __init__(self, registrar: Running, port: str) -> None:
        self._registrar = registrar
        number = next(_sources)
        self.source = f"127.0.{number // 250 + 1}.{number % 250 + 1}"
        self.socket = socket.socket()
        self.socket.bind((self.source, 0))
        self.socket.settimeout(SECONDS)
        self.socket.connect(registrar.address(port))
        self.port = registrar.address(port)[1]

    def handshake(self, version: ssl.TLSVersion) -> None:
        context = ssl.create_default_context(cafile=self._registrar.ca_file)
        context.minimum_version = context.maximum_version = version
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.socket.sendall(outgoing.read())
                incoming.write(self.socket.recv(65536))
        self.socket.sendall(outgoing.read())

    def send(self, octets: bytes) -> None:
        with contextlib.suppress(ConnectionError):  # closed before it was all sent
            self.socket.sendall(octets)

    def ended(self) -> None:
        """Wait until the server has closed the connection."""
        with contextlib.suppress(ConnectionError):
            while self.socket.recv(65536):
                pass
        self.socket.close()

    def told(self, kind: str) -> str:
        """The reason in the one event that the peer led to."""

        def events() -> list[dict[str, Any]]:
            found = self._registrar.get("events", since=0)["events"]
            return [event for event in found if event.get("address") == self.source]

        self._registrar.wait_for(lambda: bool(events()))
        (event,) = events()
        assert (event["type"], event["port"], event.get("times", 1)) == (kind, self.port, 1), event
        return str(event["detail"])


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("name", BEFORE)
def test_what_is_no_handshake_is_told_once_with_its_reason(registrar: Running, port: str, name: str) -> None:
    octets, reason = BEFORE[name]
    peer = Peer(registrar, port)
    peer.send(octets)
    peer.ended()
    told = peer.told("handshake_refused")
    assert told.startswith(("the peer ", "OpenSSL says "))
    assert reason in told


def connections(registrar: Running) -> float:
    host, port = registrar.address("http")
    own = {"Authorization": f"Bearer {registrar.token}"}
    request = urllib.request.Request(f"http://{host}:{port}/metrics", headers=own)
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        found = re.search(r"(?m)^registrar_stream_connections (\S+)$", answer.read().decode())
    assert found is not None
    return float(found[1])


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("name", BROKEN_OFF)
@pytest.mark.parametrize("abruptly", [False, True], ids=["closed", "reset"])
def test_a_handshake_that_is_broken_off_is_told(registrar: Running, port: str, name: str, abruptly: bool) -> None:
    peer = Peer(registrar, port)
    peer.send(BROKEN_OFF[name])
    if abruptly:
        registrar.wait_for(lambda: connections(registrar) > 0)
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.socket.close()
    assert peer.told("handshake_refused").startswith(("the peer closed", "the peer broke off"))


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
@pytest.mark.parametrize("name", AFTER)
def test_what_breaks_a_session_is_told_once_with_its_reason(
    registrar: Running, port: str, version: ssl.TLSVersion, name: str
) -> None:
    peer = Peer(registrar, port)
    peer.handshake(version)
    peer.send(AFTER[name])
    peer.ended()
    assert peer.told("malformed").startswith(("the TLS session broke: ", "the peer gave up the TLS session: "))


@pytest.mark.interop("openssl")
@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize(("version", "typed"), [("-tls1_2", b"R\n"), ("-tls1_3", b"K\n" * 50)])
def test_renegotiation_is_refused_and_new_keys_are_taken(
    registrar: Running, port: str, version: str, typed: bytes
) -> None:
    host, number = registrar.address(port)
    command = ["openssl", "s_client", "-connect", f"{host}:{number}", version, "-CAfile", registrar.ca_file]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write(typed)
        client.stdin.flush()
        seen = b""
        wanted = b"RENEGOTIATING" if typed == b"R\n" else b"KEYUPDATE"
        while wanted not in seen:
            line = client.stdout.readline()
            assert line, seen
            seen += line
        client.stdin.close()
        rest = client.stdout.read()
    if typed == b"R\n":
        assert b"no renegotiation" in rest
    another_phone(registrar, port)


def another_phone(registrar: Running, port: str) -> None:
    """Somebody else registers on the same port."""
    if port == "sip_tls":
        with Tls(registrar.address(port), ca_file=registrar.ca_file) as wire:
            assert Terminal(wire, "12347").register()[-1].start == "200 OK"
        return
    with RasTls(registrar.address(port), registrar.ca_file) as wire:
        endpoint = Endpoint("12347", clock=lambda: 0.0)
        assert endpoint.take(wire.exchange(endpoint.register())).name == "registrationConfirm"
        assert endpoint.take(wire.exchange(endpoint.unregister())).name == "unregistrationConfirm"


def test_nothing_of_it_stays_and_others_are_served_meanwhile(serve: Serve) -> None:
    registrar = serve()
    process = Path(f"/proc/{registrar.process.pid}")

    def files() -> int:
        return len(list((process / "fd").iterdir()))

    def resident() -> int:
        return int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def junk(rounds: int) -> None:
        for number in range(rounds):
            for port in PORTS:
                for octets, _ in BEFORE.values():
                    peer = Peer(registrar, port)
                    peer.send(octets)
                    peer.ended()
                for octets in AFTER.values():
                    peer = Peer(registrar, port)
                    peer.handshake(ssl.TLSVersion.TLSv1_3)
                    peer.send(octets)
                    peer.ended()
                if number % 2 == 0:
                    another_phone(registrar, port)

    junk(2)
    before, memory = files(), resident()
    junk(4)
    registrar.wait_for(lambda: files() <= before)
    assert resident() - memory < 10 * MEGABYTE
