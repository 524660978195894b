"""What is refused: encodings that break off or ask for too much, and values that are none."""

import tracemalloc
from typing import Any

import pytest

from registrar.h323 import ras
from registrar.h323.errors import PerError
from registrar.h323.per import limits
from registrar.h323.per.compiled import codec
from registrar.h323.schema import H225, H235, Named
from tests.h323.bits import octets
from tests.h323.vectors import CAPTURED, Captured

GENERIC_DATA = Named(H225, "GenericData")
UCF = "0 00111"


def nested(levels: int) -> bytes:
    """GenericData in GenericData, so many times, with a codec that has no limit itself."""
    value: dict[str, Any] = {"id": ("standard", 1)}
    for _ in range(levels):
        value = {"id": ("standard", 1), "parameters": [{"id": ("standard", 1), "content": ("nested", [value])}]}
    out = bytearray()
    codec(GENERIC_DATA, 1_000).encode(out, 0, value)
    return bytes(out)


@pytest.mark.parametrize("captured", CAPTURED[:40], ids=str)
def test_a_message_that_breaks_off_anywhere_is_refused(captured: Captured) -> None:
    for size in range(len(captured.octets)):
        with pytest.raises(PerError):
            ras.decode(captured.octets[:size])


@pytest.mark.parametrize("captured", CAPTURED[:40], ids=str)
def test_octets_behind_a_message_are_refused(captured: Captured) -> None:
    with pytest.raises(PerError, match="octets left over: 2"):
        ras.decode(captured.octets + b"\0\0")


def test_values_nest_to_a_limit() -> None:
    assert ras.decode_as(GENERIC_DATA, nested(limits.MAX_NESTING // 3 - 1))
    for levels in (limits.MAX_NESTING // 3 + 1, 100):
        with pytest.raises(PerError, match="nested deeper than"):
            ras.decode_as(GENERIC_DATA, nested(levels))


def test_values_are_not_encoded_deeper_than_they_are_decoded() -> None:
    value: dict[str, Any] = {"id": ("standard", 1)}
    for _ in range(100):
        value = {"id": ("standard", 1), "parameters": [{"id": ("standard", 1), "content": ("nested", [value])}]}
    with pytest.raises(PerError, match="nested deeper than"):
        ras.encode_as(GENERIC_DATA, value)


def test_a_fragmented_length_is_refused() -> None:
    with pytest.raises(PerError, match="a length of 16384 or more"):
        ras.decode_as(Named(H225, "H248PackagesDescriptor"), b"\xc1" + bytes(16_384))
    with pytest.raises(PerError, match="a length of 16384 or more"):
        ras.encode_as(Named(H225, "H248PackagesDescriptor"), bytes(16_384))


def test_a_list_has_a_limit() -> None:
    more = limits.MAX_ELEMENTS + 1
    encoding = octets("0", (0x8000 | more).to_bytes(2, "big"), bytes(9))
    with pytest.raises(PerError, match=f"alternateGatekeeper: a list of {more} elements"):
        ras.decode_as(Named(H225, "AltGKInfo"), encoding)
    with pytest.raises(PerError, match=f"algorithmOIDs: a list of {more} elements"):
        ras.encode(("gatekeeperRequest", {**GRQ, "algorithmOIDs": ["0.0"] * more}))


def test_a_message_has_a_limit() -> None:
    with pytest.raises(PerError, match="65536 octets"):
        ras.decode(bytes(limits.MAX_OCTETS + 1))
    token = {"tokenOID": "0.0", "nonStandard": {"nonStandardIdentifier": "0.0", "data": bytes(3_000)}}
    gatekeeper = {"rasAddress": ADDRESS, "needToRegister": True, "priority": 1, "gatekeeperIdentifier": "x" * 128}
    message = {"requestSeqNum": 1, "tokens": [token] * 5, "genericData": [], "assignedGatekeeper": gatekeeper}
    assert ras.decode(ras.encode(("unregistrationConfirm", message))).value == message
    with pytest.raises(PerError, match="tokens: a length of 16384 or more"):
        ras.encode(("unregistrationConfirm", {**message, "tokens": [token] * 6}))


def test_a_list_of_additions_has_a_limit() -> None:
    encoding = octets(UCF, "1 0", b"\0\0", "1", b"\x02\x01\x00", "0" * 257)
    with pytest.raises(PerError, match="a list of 257 additions"):
        ras.decode(encoding)


def test_a_number_without_a_range_has_a_limit() -> None:
    random = Named(H235, "RandomVal")
    assert ras.decode_as(random, b"\x10" + b"\x7f" * 16) == int.from_bytes(b"\x7f" * 16, "big")
    for encoding in (b"\x11" + b"\x7f" * 17, b"\x00"):
        with pytest.raises(PerError, match="an INTEGER of"):
            ras.decode_as(random, encoding)
    with pytest.raises(PerError, match="an INTEGER of 17 octets"):
        ras.encode_as(random, 1 << 128)


def test_an_index_beyond_the_root_is_refused() -> None:
    with pytest.raises(PerError, match="alternative 25 of 25"):
        ras.decode(octets("0 11001", bytes(9)))


def test_characters_that_the_type_has_not_are_refused() -> None:
    with pytest.raises(PerError, match="url-ID: a character that is not ASCII"):
        ras.decode_as(Named(H225, "AliasAddress"), octets("1 0 000000", b"\x03", b"\0\0", b"\xe9"))
    with pytest.raises(PerError, match="cname: a character that a PrintableString has not"):
        ras.encode_as(Named(H225, "RTPSession"), {**RTP_SESSION, "cname": "@"})
    assert ras.encode_as(Named(H225, "RTPSession"), {**RTP_SESSION, "cname": "Az-09"})


def test_remembered_plans_have_a_limit() -> None:
    # Each bitmap of 256 additions is another plan.
    def encoding(bitmap: int) -> bytes:
        there = bitmap.bit_count()
        return octets(UCF, "1 0", b"\0\0", "1", b"\x01\xff", "00000" + f"{bitmap:0251b}", *[b"\x01\x00"] * there)

    for bitmap in range(1, 200):
        ras.decode(encoding(bitmap))
    tracemalloc.start()
    for bitmap in range(200, 1_000):
        ras.decode(encoding(bitmap))
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert grown < 300_000


RTP_SESSION = {"rtpAddress": {}, "rtcpAddress": {}, "ssrc": 1, "sessionId": 1, "associatedSessionIds": []}
ADDRESS = ("ipAddress", {"ip": b"\x7f\0\0\1", "port": 1719})
GRQ = {
    "requestSeqNum": 1,
    "protocolIdentifier": "0.0.8.2250.0.7",
    "rasAddress": ADDRESS,
    "endpointType": {"mc": False, "undefinedNode": False},
}


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"requestSeqNum": 0}, "gatekeeperRequest.requestSeqNum: 0 is not in 1..65535"),
        ({"requestSeqNum": 65_536}, "gatekeeperRequest.requestSeqNum: 65536 is not in 1..65535"),
        ({"requestSeqNum": "1"}, "gatekeeperRequest.requestSeqNum: int expected, not str"),
        ({"requestSeqNum": None}, "gatekeeperRequest.requestSeqNum: int expected, not NoneType"),
        ({"protocolIdentifier": "H.225"}, "gatekeeperRequest.protocolIdentifier: not an OBJECT IDENTIFIER"),
        ({"protocolIdentifier": "3.1"}, "gatekeeperRequest.protocolIdentifier: not an OBJECT IDENTIFIER"),
        ({"protocolIdentifier": "1.40"}, "gatekeeperRequest.protocolIdentifier: not an OBJECT IDENTIFIER"),
        ({"protocolIdentifier": "1"}, "gatekeeperRequest.protocolIdentifier: not an OBJECT IDENTIFIER"),
        ({"rasAddress": "here"}, "gatekeeperRequest.rasAddress: a pair expected, not str"),
        ({"rasAddress": ("ip", {})}, "gatekeeperRequest.rasAddress.ip: no such alternative"),
        ({"rasAddress": ("ipAddress", {"ip": b"abc", "port": 1})},
         "gatekeeperRequest.rasAddress.ipAddress.ip: 3 octets instead of 4"),
        ({"rasAddress": ("ipAddress", {"ip": b"abcd"})}, "gatekeeperRequest.rasAddress.ipAddress: port is missing"),
        ({"rasAddress": ("ipAddress", {"ip": "abcd", "port": 1})},
         "gatekeeperRequest.rasAddress.ipAddress.ip: bytes expected, not str"),
        ({"endpointType": []}, "gatekeeperRequest.endpointType: dict expected, not list"),
        ({"endpointType": {"mc": 1, "undefinedNode": False}},
         "gatekeeperRequest.endpointType.mc: bool expected, not int"),
        ({"endpointAlias": ("h323-ID", "x")}, "gatekeeperRequest.endpointAlias: list expected, not tuple"),
        ({"endpointAlias": [("h323-ID", "")]},
         "gatekeeperRequest.endpointAlias.0.h323-ID: 0 is not in 1..256"),
        ({"endpointAlias": [("h323-ID", b"x")]},
         "gatekeeperRequest.endpointAlias.0.h323-ID: str expected, not bytes"),
        ({"endpointAlias": [("h323-ID", "\ud83d")]},
         "gatekeeperRequest.endpointAlias.0.h323-ID: half of a surrogate pair in a BMPString"),
        ({"endpointAlias": [("dialledDigits", "1a")]},
         "gatekeeperRequest.endpointAlias.0.dialledDigits: a character other than #*,0123456789"),
        ({"endpointAlias": [("url-ID", "é")]},
         "gatekeeperRequest.endpointAlias.0.url-ID: a character that is not ASCII"),
        ({"supportsAltGK": True}, "gatekeeperRequest.supportsAltGK: None expected, not bool"),
        ({"colour": 1}, "gatekeeperRequest: no such component: colour"),
        ({1: 1}, "gatekeeperRequest: no such component: 1"),
        ({"integrityCheckValue": {"algorithmOID": "0.0", "icv": b"abc"}},
         "gatekeeperRequest.integrityCheckValue.icv: a pair expected, not bytes"),
        ({"integrityCheckValue": {"algorithmOID": "0.0", "icv": (b"abc", 25)}},
         "gatekeeperRequest.integrityCheckValue.icv: 25 bits in 3 octets"),
        ({"tokens": [{"tokenOID": "0.0", "random": "x"}]},
         "gatekeeperRequest.tokens.0.random: int expected, not str"),
    ],
)  # fmt: skip
def test_what_is_no_value_is_not_encoded(wrong: dict[str, Any], fault: str) -> None:
    assert ras.decode(ras.encode(("gatekeeperRequest", GRQ))).value == GRQ
    with pytest.raises(PerError) as raised:
        ras.encode(("gatekeeperRequest", {**GRQ, **wrong}))
    assert str(raised.value) == fault


@pytest.mark.interpreted  # compiled, an argument of another type is a TypeError
@pytest.mark.parametrize(
    "value", [None, 7, "gatekeeperRequest", (), ("gatekeeperRequest",), ([], {}), ("none", {}), ("...x", b"")]
)
def test_what_is_no_message_is_not_encoded(value: Any) -> None:
    with pytest.raises(PerError):
        ras.encode(value)


def test_a_secret_is_not_in_the_error() -> None:
    with pytest.raises(PerError) as raised:
        ras.encode_as(ras.CLEAR_TOKEN, {"tokenOID": "0.0", "password": b"4711"})
    assert "4711" not in str(raised.value)


def test_the_error_says_where() -> None:
    with pytest.raises(PerError) as raised:
        ras.decode(octets("0 00000", "0 000", b"\0\0", b"\1\0", "0 000", b"\x7f\0"))
    assert str(raised.value) == "gatekeeperRequest.endpointType: the message ends too early"
    with pytest.raises(PerError) as raised:
        ras.decode(octets("0 00000", "0 000", b"\xff\xff"))
    assert str(raised.value) == "gatekeeperRequest.requestSeqNum: 65536 is more than 65535"
    assert raised.value.path == ("gatekeeperRequest", "requestSeqNum")
