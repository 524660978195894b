"""What endpoints call themselves: aliases, addresses, vendors, and the identifiers they are given."""

from hashlib import blake2s
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.h323.addresses import address_of, first_address, transport_of
from registrar.h323.aliases import MOST, address_of_alias, aliases_of, names_with, number_among
from registrar.h323.identifiers import Identifiers, is_ours
from registrar.h323.ras import decode
from registrar.h323.vendor import MANUFACTURERS, Vendor, vendor_of
from registrar.model.binding import Alias
from registrar.model.policy import Protocol
from registrar.policy.classify import Classifier
from tests.h323.endpoint import ERICSSON
from tests.h323.vectors import CAPTURED

PARTY = (
    "partyNumber",
    ("e164Number", {"publicTypeOfNumber": ("nationalNumber", None), "publicNumberDigits": "12345"}),
)


@pytest.mark.parametrize(
    ("addresses", "number", "registered"),
    [
        ([("dialledDigits", "12345")], "12345", ["12345"]),
        ([("h323-ID", "Anna"), ("dialledDigits", "12345")], "12345", ["Anna", "12345"]),
        ([("h323-ID", "77"), ("dialledDigits", "12345"), ("dialledDigits", "12346")], "12345", ["12345"]),
        ([("h323-ID", "Anna"), ("h323-ID", "12345")], "12345", ["Anna", "12345"]),
        ([("h323-ID", "12345"), ("dialledDigits", "12345")], "12345", ["12345", "12345"]),
        ([("h323-ID", "Anna\0"), ("url-ID", "h323:anna@a.example")], "Anna", ["Anna", "h323:anna@a.example"]),
        ([("h323-ID", "Anna"), PARTY], "12345", ["Anna", "12345"]),
        ([("partyNumber", ("dataPartyNumber", "1"))], "", []),
        ([("mobileUIM", ("gsm-uim", {})), ("...3", b"new"), ("h323-ID", "\0")], "", []),
        ([], "", []),
    ],
)
def test_the_number_among_aliases_and_what_is_registered_with_it(
    addresses: list[tuple[str, Any]], number: str, registered: list[str]
) -> None:
    aliases = aliases_of(addresses)
    assert number_among(aliases) == number
    assert [text for _, text in names_with(number, aliases)] == registered


def test_aliases_count_once_and_not_without_end() -> None:
    assert len(aliases_of([("h323-ID", "Anna")] * 30)) == 1
    assert len(aliases_of([("h323-ID", f"Anna {number}") for number in range(30)])) == MOST
    assert aliases_of(None) == ()


@pytest.mark.parametrize(
    "alias",
    [("dialledDigits", "1*2#"), ("h323-ID", "Ánna"), ("url-ID", "a"), ("email-ID", "a@b"), ("partyNumber", "12345")],
)
def test_an_alias_is_written_as_it_was_read(alias: Alias) -> None:
    assert aliases_of([address_of_alias(alias)]) == (alias,)


@pytest.mark.parametrize("address", [("127.0.0.1", 1720), ("2001:db8::5", 65535)])
def test_an_address_is_written_as_it_was_read(address: tuple[str, int]) -> None:
    assert address_of(transport_of(address)) == address


@pytest.mark.parametrize(
    "transport",
    [
        ("ipAddress", {"ip": bytes(4), "port": 1720}),
        ("ipAddress", {"ip": b"\x7f\0\0\1", "port": 0}),
        ("ip6Address", {"ip": bytes(16), "port": 1720}),
        ("netBios", bytes(16)),
        ("...0", b""),
    ],
)
def test_an_address_that_nobody_has_is_none(transport: tuple[str, Any]) -> None:
    assert address_of(transport) is None
    assert first_address([transport, transport_of(("127.0.0.1", 1))]) == ("127.0.0.1", 1)
    assert first_address([transport]) is None


def test_what_is_no_ip_address_becomes_nobodys() -> None:
    assert transport_of(("localhost", 1719)) == ("ipAddress", {"ip": bytes(4), "port": 1719})
    assert transport_of(("fe80::1%eth0", 1719)) == transport_of(("fe80::1", 1719))


def test_captured_endpoints_say_what_they_are() -> None:
    messages = [decode(captured.octets) for captured in CAPTURED]
    found = {vendor_of(value["endpointVendor"]) for name, value in messages if name == "registrationRequest"}
    assert found == {Vendor("H323Plus simple", "1.28.0 (H323plus v1.28.0)", "Equivalence (OpenH323) (T.35 9/0/61)")}


@pytest.mark.parametrize(
    ("product", "family"),
    [
        (b"DBC 425 02\0\0", "D4 DBC 42x 02"),
        (b"DBC 446 01", "D5 DBC 446 01"),
        (b"DBC 422 01", "DBC 422 01, DBC 425 01"),
        (b"H323Plus simple\0", "third party"),
        (b"Mitel 6930", "third party"),
        (b"\xff\xfe", "third party"),
    ],
)
def test_the_terminal_type_is_told_by_the_product(product: bytes, family: str) -> None:
    vendor = vendor_of({"vendor": ERICSSON, "productId": product})
    assert Classifier().classify(vendor.product, Protocol.H323).family == family
    assert vendor.manufacturer == "Ericsson (T.35 165/0/1)"


def test_a_manufacturer_that_is_not_known_is_told_by_its_codes() -> None:
    vendor = vendor_of({"vendor": {"t35CountryCode": 1, "t35Extension": 2, "manufacturerCode": 3}})
    assert vendor == Vendor("", "", "T.35 1/2/3")
    assert (1, 2, 3) not in MANUFACTURERS


# -- identifiers ----------------------------------------------------------------------------------------------------

KEY, OTHER_KEY = b"a secret of 24 octets...", b"another of 24 octets...."


def identifiers(key: bytes = KEY, random: str = "0123456789abcdef") -> Identifiers:
    return Identifiers(key, lambda: random)


def test_an_identifier_is_known_again_for_its_number_and_with_its_key_alone() -> None:
    issued = identifiers().issue("12345", "10.0.0.1")
    assert identifiers().issued(issued, "12345")
    assert not identifiers().issued(issued, "12346")
    assert not identifiers(OTHER_KEY).issued(issued, "12345")
    assert identifiers(random="fedcba98").issue("12345", "10.0.0.1") != issued
    for place in range(len(issued)):
        changed = issued[:place] + ("A" if issued[place] != "A" else "B") + issued[place + 1 :]
        assert not identifiers().issued(changed, "12345")


def test_an_identifier_shows_the_address_it_was_sent_to_and_no_other() -> None:
    issued = identifiers().issue("12345", "10.0.0.1")
    assert identifiers().shows(issued, "10.0.0.1")
    assert not identifiers().shows(issued, "10.0.0.2")
    assert not identifiers(OTHER_KEY).shows(issued, "10.0.0.1")


def test_an_identifier_of_before_they_showed_an_address_is_known_again_and_shows_none() -> None:
    old = "01234567" + blake2s(b"01234567\00012345", key=KEY, digest_size=4, person=b"endpoint").hexdigest()
    assert identifiers().issued(old, "12345")
    assert not identifiers().issued(old, "12346")
    assert not identifiers().shows(old, "")


def test_a_gatekeeper_identifier_shows_the_address_it_was_sent_to_and_is_still_ours() -> None:
    names = [identifiers().gatekeeper_for("lab", source) for source in ("10.0.0.1", "10.0.0.2", "10.0.0.1")]
    assert names[0] == names[2] != names[1]
    assert identifiers(OTHER_KEY).gatekeeper_for("lab", "10.0.0.1") != names[0]
    assert all(is_ours(name, "lab") for name in (*names, "lab"))
    for foreign in ("", "la", "lab-", "lab-2", "lab2", names[0] + "0", names[0].upper(), f"b{names[0]}"):
        assert not is_ours(foreign, "lab")


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_what_was_sent_to_an_address_is_found_in_a_message_that_nobody_decoded(before: bytes, after: bytes) -> None:
    ours = identifiers()
    before, after = before.replace(b"\0", b"."), after.replace(b"\0", b".")
    long = (".abc-" + "x" * 20).encode("utf-16-be")
    before = long + before
    for sent in (ours.issue("12345", "10.0.0.1"), ours.gatekeeper_for("abc", "10.0.0.1")):
        octets = before + sent.encode("utf-16-be") + after
        assert ours.brought_back(octets, "10.0.0.1")
        assert not ours.brought_back(octets, "10.0.0.2")
        assert not ours.brought_back(octets[: len(before) + 10] + after, "10.0.0.1")


@given(st.text(max_size=20))
def test_nothing_that_was_thought_up_was_issued(text: str) -> None:
    assert not identifiers().issued(text, "12345")
