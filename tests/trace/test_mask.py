"""Whatever shape credentials come in, what is shown holds nothing that logs somebody on or lets a PIN be guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.model.policy import Protocol
from registrar.trace.mask import masked

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
