"""STUN keep-alives (RFC 5626 section 3.5.2): requests and answers as RFC 5769 has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.sip.stun import answer, is_stun

TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")
REQUEST = bytes.fromhex("000100002112a442") + TRANSACTION

# RFC 5769 section 2.1, with its SOFTWARE, PRIORITY, ICE-CONTROLLED, USERNAME, MESSAGE-INTEGRITY and FINGERPRINT
SAMPLE_REQUEST = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae"
    "802200105354554e207465737420636c69656e74"
    "002400046e0001ff"
    "80290008932ff9b151263b36"
    "000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004e57a3bcf"
)


def test_the_addresses_of_rfc_5769_are_told_in_its_octets() -> None:
    """XOR-MAPPED-ADDRESS of the sample responses in sections 2.2 and 2.3."""
    v4 = bytes.fromhex("002000080001a147e112a643")
    v6 = bytes.fromhex("002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9")
    head = bytes.fromhex("2112a442") + TRANSACTION
    assert answer(REQUEST, ("192.0.2.1", 32853)) == bytes.fromhex("0101000c") + head + v4
    assert answer(REQUEST, ("2001:db8:1234:5678:11:2233:4455:6677", 32853)) == bytes.fromhex("01010018") + head + v6


def test_attributes_that_must_be_understood_and_are_not_are_listed() -> None:
    """PRIORITY (0x0024) of the sample request is for ICE."""
    assert answer(SAMPLE_REQUEST, ("192.0.2.1", 32853)) == (
        bytes.fromhex("011100242112a442")
        + TRANSACTION
        + bytes.fromhex("00090015")
        + b"\0\0\x04\x14Unknown Attribute\0\0\0"
        + bytes.fromhex("000a000200240000")
    )


def test_attributes_that_may_be_ignored_are() -> None:
    software = bytes.fromhex("80220003") + b"abc\0"
    request = bytes.fromhex("00010008") + REQUEST[4:] + software
    response = answer(request, ("192.0.2.1", 32853))
    assert response is not None
    assert response[:2] == b"\x01\x01"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        REQUEST[:-1],
        REQUEST + b"\0",
        REQUEST + bytes(4),
        b"\x00\x11" + REQUEST[2:],
        b"\x01\x01" + REQUEST[2:],
        b"\x00\x03" + REQUEST[2:],
        REQUEST[:4] + b"\0\0\0\0" + REQUEST[8:],
        b"\x80" + REQUEST[1:],
        bytes.fromhex("00010004") + REQUEST[4:] + bytes.fromhex("00240004"),
        bytes.fromhex("00010003") + REQUEST[4:] + b"abc",
    ],
)
def test_what_is_no_binding_request_is_not_answered(data: bytes) -> None:
    assert answer(data, ("192.0.2.1", 1)) is None


def test_the_zone_of_a_link_local_address_is_not_told() -> None:
    assert answer(REQUEST, ("fe80::1%eth0", 1)) == answer(REQUEST, ("fe80::1", 1))


def test_sip_is_no_stun() -> None:
    assert not is_stun(b"REGISTER sip:lab.example SIP/2.0\r\n")
    assert not is_stun(b"A" * 4 + b"\x21\x12\xa4\x42" + bytes(12))
    assert is_stun(REQUEST)


@given(st.binary(max_size=60), st.booleans())
def test_any_octets_are_answered_briefly_or_not_at_all(data: bytes, dressed: bool) -> None:
    if dressed:
        data = b"\0\1" + len(data).to_bytes(2, "big") + REQUEST[4:] + data
    response = answer(data, ("192.0.2.1", 1))
    assert response is None or len(response) <= 3 * len(data)
