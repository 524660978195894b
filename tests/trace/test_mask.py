"""Whatever shape credentials come in, what is shown holds nothing that logs somebody on or lets a PIN be guessed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.h323.ras import decode, encode
from registrar.h323.tree import lines
from registrar.model.policy import Protocol
from registrar.trace.mask import masked

GATEKEEPER_REQUEST = {
    "requestSeqNum": 1,
    "protocolIdentifier": "0.0.8.2250.0.4",
    "rasAddress": ("ipAddress", {"ip": bytes((127, 0, 0, 1)), "port": 40000}),
    "endpointType": {"mc": False, "undefinedNode": False},
}
SECRET = "6629fae49393a05397450978507c4ef1"


def shown(text: str) -> str:
    message = text.replace("\n", "\r\n").encode()
    result = masked(message, Protocol.SIP)
    assert len(result) == len(message)
    return result.decode().replace("\r\n", "\n")


def test_a_digest_shows_everything_but_its_response() -> None:
    line = 'Authorization: Digest username="12345", realm="lab", nonce="n", uri="sip:lab", response="{}", qop=auth\n'
    asked = "REGISTER sip:lab SIP/2.0\n" + line
    assert shown(asked.format(SECRET)) == asked.format("*" * 32)


@pytest.mark.parametrize(
    "header",
    [
        f'Authorization: Digest response="{SECRET}"',
        f"AUTHORIZATION \t:digest response={SECRET}",
        f'Proxy-Authorization: Digest username="a", Response = "{SECRET}"',
        f'Authorization: Digest username="a",\n response="{SECRET}"',
        f"Authorization:\n\tDigest\n response={SECRET},realm=lab",
        f'Authorization: Digest username="a, response={SECRET}',
        f"Authorization: Digest username=a b, response={SECRET}",
        f'Authorization: Digest password="{SECRET}"',
        f'Authorization: Digest username="\\"", response="{SECRET}"',
        f"Authorization: Basic {SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"Authorization: {SECRET}",
        f'Authentication-Info: rspauth="{SECRET}"',
        f"Contact: <sip:12345:{SECRET}@127.0.0.1>",
        f"To: sips:12345:{SECRET}@lab;tag=1",
    ],
)
def test_a_secret_is_masked_in_any_spelling(header: str) -> None:
    text = shown(f"REGISTER sip:lab SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1\n{header}\nCSeq: 1 REGISTER\n\n")
    assert SECRET not in text
    assert text.endswith("\nCSeq: 1 REGISTER\n\n")


def test_line_ends_that_are_none_hide_nothing() -> None:
    for end in (b"\n", b"\r"):
        assert SECRET.encode() not in masked(b"A" + end + b"Authorization: Basic " + SECRET.encode(), Protocol.SIP)


@given(st.binary(max_size=400))
def test_any_octets_keep_their_length(message: bytes) -> None:
    for prefix in (b"", b"Authorization: ", b"\r\nAuthorization: Digest ", b"sip:a:"):
        assert len(masked(prefix + message, Protocol.SIP)) == len(prefix + message)


def test_messages_without_credentials_are_shown_as_they_are() -> None:
    text = "REGISTER sip:127.0.0.1:5060 SIP/2.0\nContact: <sip:12345@127.0.0.1:40000>;q=0.5\nUser-Agent: a:b@c\n\n"
    assert shown(text) == text


def captured() -> list[tuple[str, bytes]]:
    lines = (Path(__file__).parents[1] / "h323/vectors/captured.tsv").read_text().splitlines()[1:]
    return [(f"{scenario} {frame}", bytes.fromhex(octets)) for scenario, frame, _, octets in map(str.split, lines)]


def test_captured_ras_messages_keep_everything_but_their_hashes() -> None:
    changed = 0
    for where, message in captured():
        result = masked(message, Protocol.H323)
        assert len(result) == len(message), where
        before, after = (list(lines(decode(octets), masked=False)) for octets in (message, result))
        assert list(lines(decode(message))) == list(lines(decode(result))), where
        for old, new in zip(before, after, strict=True):
            if old != new:
                assert old.split()[0] == "hash", where
                assert set(new.split()[1]) == {"0"}, where
                changed += 1
    assert changed > 10


def test_a_password_in_a_ras_message_is_masked() -> None:
    token = {"tokenOID": "0.0", "password": "4711\0"}
    message = encode(("gatekeeperRequest", {**GATEKEEPER_REQUEST, "tokens": [token]}))
    result = masked(message, Protocol.H323)
    assert "4711".encode("utf-16-be") in message
    assert "4711".encode("utf-16-be") not in result
    assert decode(result).value["tokens"] == [{"tokenOID": "0.0", "password": "*****"}]


def test_octets_that_are_no_ras_message_are_not_shown() -> None:
    message = bytes(range(8)) + "4711".encode("utf-16-be") * 4
    assert masked(message, Protocol.H323) == bytes(range(8)) + bytes(32)
