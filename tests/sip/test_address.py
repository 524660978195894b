"""name-addr and addr-spec (RFC 3261 sections 20.10 and 25.1)."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.sip.address import MAX_ADDRESSES, parse_address, parse_addresses, unquote
from registrar.sip.errors import SipError


@pytest.mark.parametrize(
    ("value", "name", "uri", "params"),
    [
        ("<sip:a@h>", "", "sip:a@h", {}),
        ("<sip:a@h>;tag=1x", "", "sip:a@h", {"tag": "1x"}),
        ("Anna <sip:a@h>", "Anna", "sip:a@h", {}),
        ("Anna Lena  Berg <sip:a@h>", "Anna Lena  Berg", "sip:a@h", {}),
        ("Anna<sip:a@h>", "Anna", "sip:a@h", {}),
        ('"Anna" <sip:a@h>;tag=1', "Anna", "sip:a@h", {"tag": "1"}),
        ('"A\\"n\\\\n\\a"<sip:a@h>', 'A"n\\na', "sip:a@h", {}),
        ('"<sip:x@y>, ;" <sip:a@h>', "<sip:x@y>, ;", "sip:a@h", {}),
        ('"" <sip:a@h>', "", "sip:a@h", {}),
        ("Åsa <sip:a@h>", "Åsa", "sip:a@h", {}),
        ("<sip:a@h;lr?x=y>;Tag = 7 ; q=0.5;bare", "", "sip:a@h;lr?x=y", {"tag": "7", "q": "0.5", "bare": ""}),
        ('<sip:a@h>;x="a;b,c\\"d"', "", "sip:a@h", {"x": '"a;b,c\\"d"'}),
        ("sip:a@h", "", "sip:a@h", {}),
        ("sip:a@h;tag=1;x", "", "sip:a@h", {"tag": "1", "x": ""}),
        ("tel:+4612345;tag=1", "", "tel:+4612345", {"tag": "1"}),
        ("<http://lab.example/x?y#z>", "", "http://lab.example/x?y#z", {}),
        (" \t <sip:a@h> \t ;\ttag = x ", "", "sip:a@h", {"tag": "x"}),
        ("<sip:a@[2001:db8::1]:5060>", "", "sip:a@[2001:db8::1]:5060", {}),
    ],
)
def test_an_address_in_its_parts(value: str, name: str, uri: str, params: dict[str, str]) -> None:
    address = parse_address(value, "To")
    assert (address.name, address.uri, address.params) == (name, uri, params)
    assert address.tag == params.get("tag", "")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "<>",
        "<sip:a@h",
        "sip:a@h>",
        "<sip:a@h>>",
        "<<sip:a@h>>",
        "Anna",
        '"Anna <sip:a@h>',
        'Anna" <sip:a@h>',
        "Anna, Lena <sip:a@h>",
        "< sip:a@h >",
        "<sip:a b@h>",
        "<sip:>",
        "<sip:a@h>;",
        "<sip:a@h>;;x",
        "<sip:a@h>;tag=",
        "<sip:a@h>;tag=1;TAG=2",
        "<sip:a@h>;=1",
        '<sip:a@h>;x="y',
        "<sip:a@h> x",
        "sip:a@h?x=y",
        "<sip:a@h>,",
        ",<sip:a@h>",
        "<sip:a@h>, <sip:b@h>",
        "<sip:a%zz@h>",
        "<sip:a@h:70000>",
    ],
)
def test_what_is_not_one_address_is_named_by_its_header(value: str) -> None:
    with pytest.raises(SipError, match=r"^400 Bad Reply-To$"):
        parse_address(value, "Reply-To")


def test_several_addresses_are_divided_where_no_quote_and_no_bracket_is_open() -> None:
    found = parse_addresses('"a,b" <sip:a,b@h>;p="c,d" , sip:b@h;q=1,<sip:c@h>', "Contact")
    assert [(address.uri, address.params_text) for address in found] == [
        ("sip:a,b@h", ';p="c,d"'),
        ("sip:b@h", ";q=1"),
        ("sip:c@h", ""),
    ]


def test_more_addresses_than_anybody_has_are_refused() -> None:
    def many(count: int) -> str:
        return ",".join(f"<sip:{n}@h>" for n in range(count))

    assert len(parse_addresses(many(MAX_ADDRESSES), "Path")) == MAX_ADDRESSES
    with pytest.raises(SipError):
        parse_addresses(many(MAX_ADDRESSES + 1), "Path")


@pytest.mark.parametrize(
    ("text", "said"), [('"a"', "a"), ('"a\\"b"', 'a"b'), ('""', ""), (" x ", "x"), ("", ""), ('"\\\\"', "\\")]
)
def test_what_a_quoted_string_says(text: str, said: str) -> None:
    assert unquote(text) == said


anything = st.text(st.characters(exclude_characters="\r\n\0"), max_size=30)


@given(anything, anything)
def test_a_quoted_display_name_comes_through_whatever_it_says(name: str, more: str) -> None:
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    address = parse_address(f"{quoted} <sip:a@h>;x={quoted};tag=1", "From")
    assert (address.name, unquote(address.params["x"]), address.tag) == (name, name, "1")


@given(st.text(alphabet='<>";,= \tsip:a@h\\%', max_size=40))
def test_any_text_is_an_address_or_a_fault(text: str) -> None:
    with suppress(SipError):
        addresses = parse_addresses(text, "Contact")
        assert addresses
        assert not any(set(address.uri) & set('<>" \t') for address in addresses)


@pytest.mark.parametrize("unit", ["<", '"', ";", ";a", '"\\', "<sip:a@h>,", " ", "a ", "\\", "sip:a@h;", '";x="'])
def test_no_text_takes_more_than_a_moment(unit: str) -> None:
    """Some milliseconds, where time that grew with the square of the length would be minutes."""
    start = time.perf_counter()
    with suppress(SipError):
        parse_addresses(unit * (60_000 // len(unit)), "Contact")
    assert time.perf_counter() - start < 5
