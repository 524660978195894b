"""The capture file, read by Wireshark's own dissectors."""

import subprocess
from pathlib import Path

import pytest

from registrar.trace.pcapng import capture
from registrar.trace.recorder import Kind
from tests.lab import NOW, TCP_5060, TLS_5061, flow
from tests.sip.road import REGISTER, octets, with_lines
from tests.trace.test_exchanges import Wire

SECRET = "6629fae49393a05397450978507c4ef1"


def tshark(folder: Path, wire: Wire, *arguments: str) -> list[str]:
    file = folder / "trace.pcapng"
    file.write_bytes(b"".join(capture(wire.trace.since())))
    checks = [word for layer in ("ip", "udp", "tcp") for word in ("-o", f"{layer}.check_checksum:TRUE")]
    run = ["tshark", "-r", str(file), *checks, *arguments]
    return subprocess.run(run, check=True, capture_output=True, text=True).stdout.splitlines()


def everything() -> Wire:
    wire = Wire()
    wire.asks(octets(with_lines(REGISTER, f'Authorization: Digest username="12345", response="{SECRET}"')))
    wire.asks(on=flow(TCP_5060, connection=1))
    wire.asks(on=flow(TCP_5060, connection=1))
    wire.asks(on=flow(host="::1"))
    wire.trace.handshake(flow(TLS_5061, connection=2), NOW)
    wire.asks(on=flow(TLS_5061, connection=2))
    wire.trace.wire(Kind.HANDSHAKE_REFUSED, TLS_5061, ("127.0.0.1", 40000), "the peer does not trust", NOW)
    return wire


@pytest.mark.interop("tshark")
def test_wireshark_finds_the_register_inside_tls(tmp_path: Path) -> None:
    inside = 'sip.Method == "REGISTER" && frame.interface_name == "inside TLS"'
    fields = ["-T", "fields", "-e", "exported_pdu.dst_port", "-e", "sip.Call-ID"]
    assert tshark(tmp_path, everything(), "-Y", inside, *fields) == ["5061\tcall-1"]


@pytest.mark.interop("tshark")
def test_every_packet_is_dissected_with_no_fault(tmp_path: Path) -> None:
    wire = everything()
    faults = '_ws.malformed || _ws.expert.severity >= "Warning"'
    assert tshark(tmp_path, wire, "-Y", faults) == []
    methods = tshark(tmp_path, wire, "-Y", "sip", "-T", "fields", "-e", "sip.Method", "-e", "sip.Status-Code")
    assert methods == ["REGISTER\t", "\t403"] * 5


@pytest.mark.interop("tshark")
def test_decisions_and_handshakes_are_comments_in_their_place(tmp_path: Path) -> None:
    comments = tshark(tmp_path, everything(), "-Y", "frame.comment", "-T", "fields", "-e", "frame.comment")
    decision = "refused, TERMINAL_NOT_ALLOWED (T2.4)"
    agreed = "TLS handshake TLSv1.3 TLS_AES_256_GCM_SHA384"
    refused = "TLS handshake refused: the peer does not trust"
    assert comments == [decision] * 4 + [agreed, decision, refused]


@pytest.mark.interop("tshark")
def test_a_message_that_was_too_long_to_keep_tells_how_long_it_was(tmp_path: Path) -> None:
    wire = Wire()
    wire.trace.received(flow(), octets(with_lines(REGISTER, f"Subject: {'x' * 9000}")), NOW)
    (line,) = tshark(tmp_path, wire, "-T", "fields", "-e", "frame.len", "-e", "frame.cap_len")
    whole, kept = map(int, line.split())
    assert whole > kept == 20 + 8 + 8192


def test_no_credentials_are_in_the_file() -> None:
    assert SECRET.encode() not in b"".join(capture(everything().trace.since()))
