"""The header fields beyond those every message has."""

import pytest

from registrar.model.binding import Contact
from registrar.sip import headers
from registrar.sip.errors import SipError
from registrar.sip.headers import ANY_CONTACT, MAX_CONTACT, MAX_CONTACTS, MAX_DELTA_SECONDS, Event, SubscriptionState
from registrar.sip.message import Request
from tests.sip.road import REGISTER, request, with_lines


def read(*lines: str) -> Request:
    return request(with_lines(REGISTER, "Contact:", "Expires:", *lines))


# -- Contact --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "contact"),
    [
        ("<sip:a@h>", Contact("sip:a@h")),
        ("sip:a@h", Contact("sip:a@h")),
        ("sip:a@h;expires=60;x=1", Contact("sip:a@h", 60, params=";x=1")),
        ("<sip:a@h;x=1>", Contact("sip:a@h;x=1")),
        ('"Anna" <sip:a@h>;Q=0.5;EXPIRES=0', Contact("sip:a@h", 0, 0.5)),
        ("<sip:a@h>;q=1.000", Contact("sip:a@h", q=1.0)),
        ("<sip:a@h>;q=0.", Contact("sip:a@h", q=0.0)),
        (
            '<sip:a@h>;+sip.instance="<urn:uuid:1>";reg-id=2147483647',
            Contact("sip:a@h", instance="<urn:uuid:1>", reg_id=2**31 - 1),
        ),
        ('<sip:a@h>;+SIP.Instance="a\\"b"', Contact("sip:a@h", instance='a"b')),
        ('<sip:a@h>;methods="INVITE, BYE";audio', Contact("sip:a@h", params=';methods="INVITE, BYE";audio')),
        ("<sip:a@h>;expires=99999999999999999999", Contact("sip:a@h", MAX_DELTA_SECONDS)),
        ("<tel:1>;q=0.1", Contact("tel:1", q=0.1)),
    ],
)
def test_a_contact_in_its_parts(value: str, contact: Contact) -> None:
    (found,) = headers.contacts(read(f"Contact: {value}"))
    assert found._replace(key="") == contact


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "400 Bad Contact"),
        ("<sip:a@h", "400 Bad Contact"),
        ("sip:a@h?x=y", "400 Bad Contact"),
        ("<sip:a@h>;q=1.001", "400 Bad Contact q"),
        ("<sip:a@h>;q=0.1234", "400 Bad Contact q"),
        ("<sip:a@h>;q=-0", "400 Bad Contact q"),
        ("<sip:a@h>;q=nan", "400 Bad Contact q"),
        ("<sip:a@h>;q", "400 Bad Contact q"),
        ("<sip:a@h>;expires=-1", "400 Bad Contact Expires"),
        ("<sip:a@h>;expires=1.5", "400 Bad Contact Expires"),
        ('<sip:a@h>;expires="60"', "400 Bad Contact Expires"),
        ("<sip:a@h>;expires", "400 Bad Contact Expires"),
        ("<sip:a@h>;expires=1;Expires=2", "400 Bad Contact"),
        ("<sip:a@h>;reg-id=0", "400 Bad Contact reg-id"),
        ("*, *", "400 Bad Contact"),
        (f"<sip:a@h;x={'y' * MAX_CONTACT}>", "400 Contact Too Long"),
        (f"<sip:a@h>;expires={'9' * MAX_CONTACT}", "400 Contact Too Long"),
    ],
)
def test_a_malformed_contact_is_refused(value: str, words: str) -> None:
    with pytest.raises(SipError) as raised:
        headers.contacts(read("X-Placeholder: x\nContact: " + value))
    assert str(raised.value) == words
    assert raised.value.request is not None


def test_contacts_of_all_lines_in_order() -> None:
    message = request(with_lines(REGISTER, "Contact: <sip:a@h>, <sip:b@h>") + "\nm: <sip:c@h>")
    assert [contact.uri for contact in headers.contacts(message)] == ["sip:a@h", "sip:b@h", "sip:c@h"]


def test_a_star_alone_is_any_contact() -> None:
    assert headers.contacts(read("Contact: *")) == (ANY_CONTACT,)
    assert headers.contacts(read()) == ()


def test_contacts_are_limited_over_all_lines() -> None:
    def many(count: int) -> Request:
        lines = "\n".join(f"Contact: <sip:{n}@h>" for n in range(count))
        return request(with_lines(REGISTER, "Contact:") + "\n" + lines)

    assert len(headers.contacts(many(MAX_CONTACTS))) == MAX_CONTACTS
    with pytest.raises(SipError, match=r"^400 Too Many Contacts$"):
        headers.contacts(many(MAX_CONTACTS + 1))


# -- numbers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seconds"), [("0", 0), ("060", 60), ("4294967295", 2**32 - 1), ("9" * 200, 2**32 - 1)]
)
def test_seconds_do_not_wrap(value: str, seconds: int) -> None:
    assert headers.expires(read(f"Expires: {value}")) == seconds
    assert headers.min_expires(read(f"Min-Expires: {value}")) == seconds
    assert headers.expires(read()) is None


@pytest.mark.parametrize("value", ["", "-1", "+1", "1.0", "1s", "\u0661", "1 2", "0x10"])
def test_what_is_no_number_of_seconds_is_refused(value: str) -> None:
    with pytest.raises(SipError, match=r"^400 Bad Expires$"):
        headers.expires(request(with_lines(REGISTER, "Expires:") + f"\nExpires: {value}"))


def test_hops_left_are_255_at_most() -> None:
    assert headers.max_forwards(read("Max-Forwards: 255")) == 255
    with pytest.raises(SipError, match=r"^400 Bad Max-Forwards$"):
        headers.max_forwards(read("Max-Forwards: 256"))


# -- lists ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "tags"),
    [
        ((), ()),
        (("Supported: path",), ("path",)),
        (("Supported: path,gruu , outbound",), ("path", "gruu", "outbound")),
    ],
)
def test_tokens_of_a_list(lines: tuple[str, ...], tags: tuple[str, ...]) -> None:
    assert headers.tokens(read(*lines), "supported") == tags


def test_tokens_of_several_lines_and_of_none() -> None:
    message = request(with_lines(REGISTER) + "\nSupported: path\nk: gruu\nSupported:")
    assert headers.tokens(message, "supported") == ("path", "gruu")


@pytest.mark.parametrize("value", ["a,", ",a", "a b", "a;b", '"a"', "a,,b"])
def test_what_is_no_list_of_tokens_is_refused(value: str) -> None:
    with pytest.raises(SipError, match=r"^400 Bad Require$"):
        headers.tokens(read(f"Require: {value}"), "require")


def test_hops_keep_their_order_and_their_parameters() -> None:
    message = read('Path: "P2" <sip:p2;lr>;a=b, <sip:p1;lr;ob>', "Record-Route: <sip:r2;lr>,<sip:r1;lr>;x")
    assert headers.paths(message) == ("<sip:p2;lr>;a=b", "<sip:p1;lr;ob>")
    assert [hop.uri for hop in headers.routes(message, "record-route")] == ["sip:r2;lr", "sip:r1;lr"]
    assert headers.routes(message) == ()


def test_a_path_is_limited_in_length() -> None:
    hop = f"<sip:{'p' * 1000}.example;lr>"
    assert len(headers.paths(read(f"Path: {hop},{hop}, {hop}"))) == 3
    with pytest.raises(SipError, match=r"^400 Path Too Long$"):
        headers.paths(request(with_lines(REGISTER, f"Path: {hop},{hop}") + f"\nPath: {hop}, {hop},{hop}"))


@pytest.mark.parametrize(("name", "value"), [("Path", "p1"), ("Record-Route", "<x>"), ("Route", "<sip:a>,")])
def test_a_hop_that_is_none_is_refused(name: str, value: str) -> None:
    message = read(f"{name}: {value}")
    with pytest.raises(SipError) as raised:
        headers.paths(message) if name == "Path" else headers.routes(message, name.lower())
    assert str(raised.value) == f"400 Bad {name}"
    assert raised.value.request is message


# -- events ---------------------------------------------------------------------------------------------------------


def test_an_event_in_its_parts() -> None:
    assert headers.event(read("o: Reg;id=7;x")) == Event("reg", "7", {"id": "7", "x": ""})
    assert headers.event(read("Event: presence.winfo")) == Event("presence.winfo", "", {})
    assert headers.event(read()) is None


def test_the_state_of_a_subscription() -> None:
    found = headers.subscription_state(read("Subscription-State: Active;expires=60"))
    assert found == SubscriptionState("active", {"expires": "60"})
    assert headers.subscription_state(read()) is None


@pytest.mark.parametrize("value", ["", "reg;", "reg id", "reg;id=1;ID=2", ";id=1"])
def test_a_malformed_event_is_refused(value: str) -> None:
    with pytest.raises(SipError, match=r"^400 Bad Event$"):
        headers.event(request(with_lines(REGISTER) + f"\nEvent: {value}"))


@pytest.mark.parametrize(
    ("lines", "types"),
    [
        ((), None),
        (("Accept: application/reginfo+xml",), ("application/reginfo+xml",)),
        (("Accept: Text/Plain ; q=0.5, */*",), ("text/plain", "*/*")),
        (('Accept: multipart/mixed;boundary="x/y,z",a/b',), ("multipart/mixed", "a/b")),
    ],
)
def test_the_types_a_client_accepts(lines: tuple[str, ...], types: tuple[str, ...] | None) -> None:
    assert headers.accepted_types(read(*lines)) == types


@pytest.mark.parametrize("value", ["text", "text/", "/plain", "text/plain,", "text plain"])
def test_what_is_no_media_type_is_refused(value: str) -> None:
    with pytest.raises(SipError, match=r"^400 Bad Accept$"):
        headers.accepted_types(read(f"Accept: {value}"))
