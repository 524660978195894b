"""The capture file, read by Wireshark's own dissectors."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registrar.h323.framing import tpkt
from registrar.h323.ras import decode
from registrar.trace.pcapng import capture
from registrar.trace.recorder import Kind
from tests.lab import NOW, TCP_5060, TLS_3727, TLS_5061, UDP_1719, flow
from tests.servers.ras_book import Book, reason, with_extensions
from tests.sip.road import REGISTER, octets, with_lines
from tests.trace.test_exchanges import Wire

SECRET = "6629fae49393a05397450978507c4ef1"


def tshark(folder: Path, wire: Wire | Book, *arguments: str) -> list[str]:
    trace = wire.trace if isinstance(wire, Wire) else wire.system.trace
    file = folder / "trace.pcapng"
    file.write_bytes(b"".join(capture(trace.since())))
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
    assert tshark(tmp_path, wire, "-Y", FAULTS) == []
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


FAULTS = '_ws.malformed || _ws.expert.severity >= "Warning"'
MESSAGES = {"0": "GRQ", "1": "GCF", "3": "RRQ", "4": "RCF", "5": "RRJ", "6": "URQ", "7": "UCF"}
"""Wireshark's numbers of ``h225.RasMessage``, by the order in H.225.0."""


async def ras() -> Book:
    """Endpoints that are discovered, registered, kept alive, refused and unregistered, on every port there may be."""
    book = await with_extensions()
    for listener in (UDP_1719, UDP_1719._replace(port=2719)):
        for token, product in (("MD5", "DBC 425 02"), ("H.235.1", "DBC 422 02"), ("CAT", "Third Party")):
            endpoint = book.endpoint("12345", "4711", token=token, product=product)
            await book.ask(endpoint, endpoint.discover((token,)), listener=listener)
            await book.ask(endpoint, endpoint.register(), listener=listener)
            await book.ask(endpoint, endpoint.keep_alive(), listener=listener)
            await book.ask(endpoint, endpoint.unregister(), listener=listener)
    stranger = book.endpoint("12345", "0000")
    assert reason(await book.ask(stranger, stranger.register())) == "securityDenial"
    inside = book.connect(flow(TLS_3727, connection=1))
    endpoint = book.endpoint("12345", "4711")
    for make in (endpoint.discover, endpoint.register):
        (answer,) = await book.over(inside, tpkt(make()))
        endpoint.take(answer[4:])
    return book


@pytest.mark.interop("tshark")
async def test_every_ras_message_is_dissected_on_every_port_and_inside_tls_with_no_fault(tmp_path: Path) -> None:
    book = await ras()
    assert tshark(tmp_path, book, "-Y", FAULTS) == []
    told = tshark(tmp_path, book, "-Y", "h225.RasMessage", "-T", "fields", "-e", "h225.RasMessage")
    once = ["GRQ", "GCF", "RRQ", "RCF", "RRQ", "RCF", "URQ", "UCF"]
    assert [MESSAGES[number] for number in told] == once * 6 + ["RRQ", "RRJ", "GRQ", "GCF", "RRQ", "RCF"]
    whole = [record for record in book.system.trace.since() if record.octets]
    assert len(whole) == len(told)


@pytest.mark.interop("tshark")
async def test_wireshark_finds_the_rrq_inside_tls_with_its_number_and_product(tmp_path: Path) -> None:
    inside = 'h225.registrationRequest_element && frame.interface_name == "inside TLS" && exported_pdu.dst_port == 3727'
    fields = ["-T", "fields", "-e", "h225.dialledDigits", "-e", "h225.productId"]
    terminal_alias = sender_of_the_token = "12345"
    told = f"{terminal_alias},{sender_of_the_token}\tDBC 425 02"
    assert tshark(tmp_path, await ras(), "-Y", inside, *fields) == [told]


def hashes(value: Any) -> Iterator[bytes]:
    """What in a message a PIN could be tried against: H.235.1 and MD5 hashes, the challenge of a CAT."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name in ("hash", "challenge"):
                yield part[0] if isinstance(part, tuple) else part
            else:
                yield from hashes(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from hashes(part)


async def test_no_password_hash_of_an_endpoint_is_in_the_file() -> None:
    book = await ras()
    records = book.system.trace.since()
    secrets = {found for record in records if record.octets for found in hashes(decode(record.octets).value)}
    assert {len(found) for found in secrets} == {12, 16}
    exported = b"".join(capture(records))
    assert not any(secret in exported for secret in secrets)


def test_no_credentials_are_in_the_file() -> None:
    assert SECRET.encode() not in b"".join(capture(everything().trace.since()))
