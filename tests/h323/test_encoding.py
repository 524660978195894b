"""The encoding itself, by hand: what other codecs got wrong, and what senders do that X.691 does not foresee."""

from typing import Any

import pytest

from registrar.h323 import ras
from registrar.h323.errors import PerError
from registrar.h323.per.values import Extended
from registrar.h323.schema import H225, H235, H245, Named
from tests.h323.bits import octets

UCF = "0 00111"
"""The seventh alternative of RasMessage's root, unregistrationConfirm; five additions."""


def both_ways(type_: Named, value: Any, encoding: bytes) -> None:
    assert ras.encode_as(type_, value) == encoding
    assert ras.decode_as(type_, encoding) == value


def comes_back(encoding: bytes) -> Any:
    """The message, after seeing that it is encoded as it came."""
    message = ras.decode(encoding)
    assert ras.encode(message) == encoding
    return message


def test_a_message_without_additions() -> None:
    encoding = octets(UCF, "0 0", b"\x00\x06")
    assert ras.encode(("unregistrationConfirm", {"requestSeqNum": 7})) == encoding
    assert comes_back(encoding) == ("unregistrationConfirm", {"requestSeqNum": 7})


def test_an_added_null_takes_an_octet_of_its_open_type() -> None:
    value = {
        "requestSeqNum": 1,
        "protocolIdentifier": "0.0.8.2250.0.7",
        "callSignalAddress": [],
        "endpointIdentifier": "e",
        "willRespondToIRR": False,
        "supportsAdditiveRegistration": None,
        "rehomingModel": ("gatekeeperBased", None),
    }
    encoding = octets(
        "0 00100", "1 000", b"\0\0", b"\x06\x00\x08\x91\x4a\x00\x07", b"\0", "0000000", b"\0e",
        "0 010011", "00000 10001 00000 00010", b"\x01\x00", b"\x01\x00", b"\x01\x00",
    )  # fmt: skip
    assert ras.encode(("registrationConfirm", value)) == encoding
    assert comes_back(encoding) == ("registrationConfirm", value)


@pytest.mark.parametrize("length", [4, 5, 6, 24, 64, 65, 200])
def test_the_bitmap_is_as_long_as_the_senders_list_of_additions(length: int) -> None:
    # The fourth addition, genericData, is an empty list.
    small = f"0 {length - 1:06b}" if length <= 64 else "1"
    large = bytes((1, length - 1)) if length > 64 else b""
    encoding = octets(UCF, "1 0", b"\0\0", small, *([large] if large else []), "0001" + "0" * (length - 4), b"\x01\0")
    message = comes_back(encoding)
    assert message == ("unregistrationConfirm", {"requestSeqNum": 1, "genericData": []})
    assert message.value.bitmap == length


def test_a_fresh_value_has_a_bit_for_every_addition_of_version_7() -> None:
    encoding = octets(UCF, "1 0", b"\0\0", "0 000100", "00010", b"\x01\0")
    assert ras.encode(("unregistrationConfirm", {"requestSeqNum": 1, "genericData": []})) == encoding


def test_a_sender_may_announce_additions_and_have_none() -> None:
    encoding = octets(UCF, "1 0", b"\0\0", "0 000100", "00000")
    assert comes_back(encoding) == ("unregistrationConfirm", {"requestSeqNum": 1})


def test_what_follows_additions_that_are_not_there_begins_at_the_next_bit() -> None:
    terminal = {"terminal": {}, "mc": True, "undefinedNode": False}
    encoding = octets("0 000001", "1 0", "0 000000 0", "1 0")
    value = ras.decode_as(Named(H225, "EndpointType"), encoding)
    assert value == terminal
    assert ras.encode_as(Named(H225, "EndpointType"), value) == encoding
    assert ras.encode_as(Named(H225, "EndpointType"), terminal) == octets("0 000001", "0 0", "1 0")


def test_an_unknown_addition_is_kept_and_what_follows_is_read() -> None:
    encoding = octets(UCF, "1 0", b"\0\0", "0 000111", "00010101", b"\x01\0", b"\x02\xab\xcd", b"\x01\xef")
    message = comes_back(encoding)
    assert message == ("unregistrationConfirm", {"requestSeqNum": 1, "genericData": []})
    assert message.value.raw == {"...5": b"\xab\xcd", "...7": b"\xef"}


def test_an_addition_that_holds_more_than_is_known_ends_where_its_open_type_does() -> None:
    # genericData again, then assignedGatekeeper with an octet too many.
    gatekeeper = octets("0 0", "000", b"\x7f\0\0\1\x06\xb7", "0 0000000")
    longer = gatekeeper + b"\xff"
    encoding = octets(UCF, "1 0", b"\0\0", "0 000100", "00011", b"\x03\0\xaa\xbb", bytes((len(longer),)), longer)
    message = comes_back(encoding)
    assert message.value["genericData"] == []
    assert message.value["assignedGatekeeper"]["rasAddress"] == ("ipAddress", {"ip": b"\x7f\0\0\1", "port": 1719})


def test_an_addition_cannot_be_longer_than_its_open_type_says() -> None:
    encoding = octets(UCF, "1 0", b"\0\0", "0 000011", "0001", b"\x01\x01", b"\0\0\0\0")
    with pytest.raises(PerError, match="genericData: longer than its open type says"):
        ras.decode(encoding)


def test_a_null_in_an_open_type_of_no_octets_is_taken_as_it_came() -> None:
    # UnregRejectReason, the second added alternative: securityDenial.
    canonical = octets("0 01000", "0 0", b"\0\0", "1 0 000001", b"\x01\x00")
    shorter = octets("0 01000", "0 0", b"\0\0", "1 0 000001", b"\x00")
    for encoding in (canonical, shorter):
        assert comes_back(encoding).value["rejectReason"] == ("securityDenial", None)


def test_an_unknown_alternative_is_kept() -> None:
    encoding = octets("0 01000", "0 0", b"\0\0", "1 0 111111", b"\x03abc")
    assert comes_back(encoding).value["rejectReason"] == ("...63", b"abc")
    encoding = octets("0 01000", "0 0", b"\0\0", "1 1", b"\x02\x01\x00", b"\x03abc")
    assert comes_back(encoding).value["rejectReason"] == ("...256", b"abc")


def test_an_unknown_message_is_kept() -> None:
    encoding = octets("1 0 001000", b"\x02\0\0")
    assert comes_back(encoding) == ("...8", b"\0\0")


def test_an_added_alternative_may_hold_more_than_is_known() -> None:
    encoding = octets("0 01000", "0 0", b"\0\0", "1 0 000010", b"\x02", "0 011", b"\xff")
    assert comes_back(encoding).value["rejectReason"] == ("securityError", ("securityWrongSendersID", None))


def test_an_unknown_name_of_an_enumeration_is_kept() -> None:
    screening = Named(H225, "ScreeningIndicator")
    both_ways(screening, "networkProvided", octets("0 11"))
    both_ways(screening, "...9", octets("1 0 001001"))


def test_the_same_name_is_another_type_in_each_module() -> None:
    h225 = {"nonStandardIdentifier": ("h221NonStandard", H221), "data": b"x"}
    both_ways(Named(H225, "NonStandardParameter"), h225, octets("0 1", "0", b"\xb5\0\0\x36", b"\x01x"))
    both_ways(Named(H245, "NonStandardParameter"), h225, octets("1", b"\xb5\0\0\x36", b"\x01x"))
    h235 = {"nonStandardIdentifier": "0.0.8", "data": b"x"}
    both_ways(Named(H235, "NonStandardParameter"), h235, octets(b"\x02\0\x08", b"\x01x"))


H221 = {"t35CountryCode": 181, "t35Extension": 0, "manufacturerCode": 54}


def test_dialled_digits_are_indices_not_codes() -> None:
    # The alphabet in the order of its codes: # * , 0 1 2 3 4 5 6 7 8 9.
    both_ways(Named(H225, "NumberDigits"), "1234", octets("0000011", b"\x45\x67"))
    both_ways(Named(H225, "NumberDigits"), "#*,09", octets("0000100", b"\x01\x23", "1100"))
    with pytest.raises(PerError, match="a character other than"):
        ras.decode_as(Named(H225, "NumberDigits"), octets("0000000", b"\xd0"))


def test_what_follows_an_odd_number_of_digits_begins_in_the_same_octet() -> None:
    value = {"natureOfAddress": ("unknown", None), "address": "123"}
    party = {"publicTypeOfNumber": ("internationalNumber", None), "publicNumberDigits": "1"}
    both_ways(Named(H225, "IsupPublicPartyNumber"), value, octets("0", "0 000", "0000010", b"\x12", "0011"))
    range_ = ("range", {"startOfRange": ("e164Number", party), "endOfRange": ("e164Number", party)})
    number = ("0 000", "0 001", "0000000")
    both_ways(Named(H225, "AddressPattern"), range_, octets("0 1", *number, b"", "0100" + "".join(number), b"", "0100"))


def test_an_integer_beyond_its_extensible_range_says_so_in_a_bit() -> None:
    identifier = Named(H225, "GenericIdentifier")
    both_ways(identifier, ("standard", 18), octets("0 00", "0", b"\0\x12"))
    both_ways(identifier, ("standard", 16_383), octets("0 00", "0", b"\x3f\xff"))
    both_ways(identifier, ("standard", 16_384), octets("0 00", "1", b"\x02\x40\x00"))


@pytest.mark.parametrize(
    ("value", "encoding"),
    [
        (0, b"\x01\x00"),
        (127, b"\x01\x7f"),
        (128, b"\x02\x00\x80"),
        (-1, b"\x01\xff"),
        (-128, b"\x01\x80"),
        (-129, b"\x02\xff\x7f"),
        (0xFFFF_FFFF, b"\x05\x00\xff\xff\xff\xff"),
        (-0x8000_0000, b"\x04\x80\x00\x00\x00"),
    ],
)
def test_a_random_value_has_a_sign(value: int, encoding: bytes) -> None:
    both_ways(Named(H235, "RandomVal"), value, encoding)


def test_a_time_stamp_takes_the_octets_it_needs() -> None:
    stamp = Named(H235, "TimeStamp")
    both_ways(stamp, 1, octets("00", b"\0"))
    both_ways(stamp, 257, octets("01", b"\x01\x00"))
    both_ways(stamp, 0xFFFF_FFFF, octets("11", b"\xff\xff\xff\xfe"))
    with pytest.raises(PerError, match="4294967296 is more than 4294967295"):
        ras.decode_as(stamp, octets("11", b"\xff\xff\xff\xff"))


def test_two_octets_of_a_fixed_size_are_not_aligned_and_three_are() -> None:
    address = ("ipxAddress", {"node": b"nnnnnn", "netnum": b"nnnn", "port": b"pp"})
    both_ways(Named(H225, "TransportAddress"), address, octets("0 010", b"nnnnnnnnnn", b"pp"))
    uim = {"system-id": ("sid", "*"), "systemAccessType": b"\xa5"}
    # Sixteen bits at most but of variable size: the characters are aligned, the octet behind them is not.
    both_ways(Named(H225, "ANSI-41-UIM"), uim, octets("0 000000 010 00", "0 0", "00", b"\x1a", "0101"))


def test_a_bmp_string_may_end_in_a_zero() -> None:
    both_ways(Named(H235, "Identifier"), "ab\0", octets("0000010", b"\0a\0b\0\0"))


def test_a_bmp_string_may_hold_whole_surrogate_pairs_only() -> None:
    both_ways(Named(H235, "Identifier"), "\U0001f4de", octets("0000001", b"\xd8\x3d\xdc\xde"))
    for half in (b"\xd8\x3d\0a", b"\0a\xdc\xde"):
        with pytest.raises(PerError, match="half of a surrogate pair"):
            ras.decode_as(Named(H235, "Identifier"), octets("0000001", half))


def test_bits_that_are_no_whole_octets() -> None:
    icv = Named(H225, "ICV")
    both_ways(icv, {"algorithmOID": "0.0", "icv": (b"\xff\x80", 9)}, octets(b"\x01\0", b"\x09\xff", "1"))
    # Behind the last bit there may be anything when it comes, and is nothing when it goes.
    assert ras.decode_as(icv, b"\x01\0\x09\xff\xff")["icv"] == (b"\xff\x80", 9)


def test_a_signed_token_is_an_open_type() -> None:
    token = ras.encode_as(ras.CLEAR_TOKEN, {"tokenOID": "0.0"})
    signed = {"toBeSigned": token, "algorithmOID": "0.0", "paramS": {}, "signature": (b"", 0)}
    encoding = octets(b"\x04" + token, b"\x01\0", "0 00", b"\0")
    both_ways(Named(H235, "SIGNED"), signed, encoding)


def test_the_token_that_the_md5_of_a_password_is_taken_of() -> None:
    token = {"tokenOID": "0.0", "timeStamp": 0x6B03_B335, "password": "secret\0", "generalID": "alice\0"}
    encoding = "61000100c06b03b3340c00730065006300720065007400000a0061006c0069006300650000"
    both_ways(ras.CLEAR_TOKEN, token, bytes.fromhex(encoding))


@pytest.mark.parametrize(
    ("oid", "encoding"),
    [
        ("0.0", b"\x01\x00"),
        ("1.39", b"\x01\x4f"),
        ("2.999.3", b"\x03\x88\x37\x03"),
        ("0.0.8.2250.0.7", b"\x06\x00\x08\x91\x4a\x00\x07"),
        ("1.2.840.113549.2.5", b"\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05"),
    ],
)
def test_object_identifiers(oid: str, encoding: bytes) -> None:
    both_ways(Named(H225, "ProtocolIdentifier"), oid, encoding)


@pytest.mark.parametrize(
    "encoding", [b"\x00", b"\x01\x80", b"\x02\x00\x80", b"\x03\x00\x80\x01", b"\x41" + b"\x01" * 65]
)
def test_what_is_no_object_identifier(encoding: bytes) -> None:
    with pytest.raises(PerError, match="an OBJECT IDENTIFIER"):
        ras.decode_as(Named(H225, "ProtocolIdentifier"), encoding)


def test_the_sender_of_a_kept_message_may_be_given_new_content() -> None:
    message = ras.decode(octets(UCF, "1 0", b"\0\0", "0 000111", "00000001", b"\x01\xef"))
    assert isinstance(message.value, Extended)
    message.value["genericData"] = []
    encoding = octets(UCF, "1 0", b"\0\0", "0 000111", "00010001", b"\x01\0", b"\x01\xef")
    assert ras.encode(message) == encoding
