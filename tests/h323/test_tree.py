"""A message as lines to read, and what they keep to themselves."""

from pathlib import Path

import pytest

from registrar.h323 import ras, tree
from registrar.h323.per.values import Extended
from tests.h323.vectors import CANONICAL, CAPTURED

PAGES = sorted((Path(__file__).parent / "pages").glob("*.txt"))
BY_NAME = {str(captured): captured for captured in CAPTURED}


def shown(message: tuple[str, object], *, masked: bool = True) -> str:
    return "\n".join(tree.lines(message, masked=masked)) + "\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_captured_message_says_what_its_page_says(page: Path) -> None:
    assert shown(ras.decode(BY_NAME[page.stem].octets), masked=False) == page.read_text()


@pytest.mark.parametrize(
    "token",
    [
        {"tokenOID": "0.0", "password": "4711"},
        {"tokenOID": "0.0", "challenge": b"4711" * 2},
        {"tokenOID": "0.0", "h235Key": ("secureChannel", (b"4711", 32))},
        {"tokenOID": "0.0", "h235Key": ("secureSharedSecret", {"paramS": {}, "encryptedSessionKey": b"4711"})},
    ],
)
def test_a_pin_or_key_is_shown_on_request_only(token: dict[str, object]) -> None:
    message = ("unregistrationConfirm", {"requestSeqNum": 1, "tokens": [token]})
    ras.encode(message)
    assert "4711" in shown(message, masked=False) or b"4711".hex() in shown(message, masked=False)
    assert "4711" not in shown(message)
    assert b"4711".hex() not in shown(message)
    assert "***" in shown(message)


def test_a_hash_is_masked_for_a_short_pin_can_be_found_from_it() -> None:
    signed = [captured for captured in CAPTURED if "hash " in shown(ras.decode(captured.octets), masked=False)]
    assert {captured.scenario for captured in signed} >= {"auth_md5", "auth_h2351"}
    for captured in signed:
        page = shown(ras.decode(captured.octets))
        assert "hash ***" in page
        assert "bits)" not in page


def test_what_a_sender_writes_cannot_pass_for_another_line() -> None:
    message = ("gatekeeperReject", {
        "requestSeqNum": 1,
        "protocolIdentifier": "0.0.8.2250.0.7",
        "gatekeeperIdentifier": 'x"\nrejectReason \x1b[31m\u202e\u2028\\\0',
        "rejectReason": ("undefinedReason", None),
    })  # fmt: skip
    assert shown(message) == (
        "gatekeeperReject\n"
        "  requestSeqNum 1\n"
        "  protocolIdentifier 0.0.8.2250.0.7 (H.225.0 version 7)\n"
        '  gatekeeperIdentifier "x\\"\\nrejectReason \\x1b[31m\\u202e\\u2028\\\\\\x00"\n'
        "  rejectReason undefinedReason\n"
    )


def test_addresses_stand_in_one_word() -> None:
    v4 = {"ip": bytes((127, 0, 0, 1)), "port": 1719}
    v6 = {"ip": bytes(15) + b"\1", "port": 1719}
    message = ("locationRequest", {
        "requestSeqNum": 1,
        "destinationInfo": [],
        "replyAddress": ("ip6Address", v6),
        "hopCount": 255,
        "alternateEndpoints": [{"callSignalAddress": [("ipAddress", v4)]}],
    })  # fmt: skip
    assert "  replyAddress ip6Address [::1]:1719\n" in shown(message)
    assert "      0 ipAddress 127.0.0.1:1719\n" in shown(message)


def test_a_long_string_is_cut_and_says_how_long_it_is() -> None:
    message = ("nonStandardMessage", {
        "requestSeqNum": 1,
        "nonStandardData": {"nonStandardIdentifier": ("object", "1.3.6"), "data": b"\xab" * 300},
    })  # fmt: skip
    assert f"    data {'ab' * 64}… (300 octets)\n" in shown(message)


def test_an_unknown_addition_is_shown_in_octets() -> None:
    value = Extended({"requestSeqNum": 1}, 9, {"...8": b"\1\2"})
    assert shown(("unregistrationConfirm", value)) == "unregistrationConfirm\n  requestSeqNum 1\n  ...8 0102\n"


@pytest.mark.parametrize("octets", CANONICAL, ids=range(len(CANONICAL)))
def test_every_message_can_be_shown(octets: bytes) -> None:
    page = shown(ras.decode(octets))
    assert all(line.isprintable() for line in page.splitlines())
