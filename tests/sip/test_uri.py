"""SIP and SIPS URIs: their parts, and which of them name the same contact (RFC 3261 section 19.1)."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.sip.errors import SipError
from registrar.sip.uri import (
    SipUri,
    host_key,
    is_request_uri,
    is_uri,
    parse_uri,
    same_resource,
    same_uri,
    scheme_of,
    unescape,
    uri_key,
)

# -- parts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("sip:h", SipUri("sip", "", "", "h", None, "", "")),
        ("SIPS:Anna@Lab.Example:5061", SipUri("sips", "Anna", "", "lab.example", 5061, "", "")),
        ("sip:a:secret@h", SipUri("sip", "a", "secret", "h", None, "", "")),
        ("sip:a:@h", SipUri("sip", "a", "", "h", None, "", "")),
        ("sip:a@h;lr;Transport=TCP", SipUri("sip", "a", "", "h", None, ";lr;Transport=TCP", "")),
        ("sip:a@h?Route=%3Cx%3E&s=", SipUri("sip", "a", "", "h", None, "", "Route=%3Cx%3E&s=")),
        ("sip:a@h;x?y=z", SipUri("sip", "a", "", "h", None, ";x", "y=z")),
        ("sip:+1;phone-context=x?y/z,&=$@h", SipUri("sip", "+1;phone-context=x?y/z,&=$", "", "h", None, "", "")),
        ("sip:[::1]", SipUri("sip", "", "", "[::1]", None, "", "")),
        ("sip:a@[2001:0DB8:0::1]:5060", SipUri("sip", "a", "", "[2001:db8::1]", 5060, "", "")),
        ("sip:[::ffff:192.0.2.1]", SipUri("sip", "", "", "[::ffff:c000:201]", None, "", "")),
        ("sip:a@192.0.2.1", SipUri("sip", "a", "", "192.0.2.1", None, "", "")),
        ("sip:a@my_pbx.example.", SipUri("sip", "a", "", "my_pbx.example.", None, "", "")),
        ("sip:a@h;gr=urn:uuid:1", SipUri("sip", "a", "", "h", None, ";gr=urn:uuid:1", "")),
        ("sip:%00%ff@h", SipUri("sip", "%00%ff", "", "h", None, "", "")),
        ("sip:-_.!~*'()@h", SipUri("sip", "-_.!~*'()", "", "h", None, "", "")),
    ],
)
def test_the_parts_of_a_uri(text: str, parts: SipUri) -> None:
    # ::ffff:192.0.2.1 is written with its last part as an IPv4 address by newer Pythons
    assert parse_uri(text) == parts._replace(host=host_key(parts.host))


def test_parameters_are_found_by_their_names_in_any_case() -> None:
    assert parse_uri("sip:h;A=B;c").params == {"a": "B", "c": ""}


@pytest.mark.parametrize(
    ("user", "number"), [("1001", "1001"), ("%31%300%31", "1001"), ("%c3%a5", "å"), ("%ff", "\udcff")]
)
def test_the_user_without_escapes(user: str, number: str) -> None:
    assert parse_uri(f"sip:{user}@h").number == number


@pytest.mark.parametrize(
    "text",
    [
        "sip:",
        "sip:@h",
        "sip:a@",
        "sip:a@h:",
        "sip:a@h:x",
        "sip:a@h:65536",
        "sip:a@h:123456",
        "sip: a@h",
        "sip:a@h ",
        "sip:a b@h",
        "sip:a@b@h",
        "sip:a%@h",
        "sip:a%1@h",
        "sip:a%zz@h",
        "sip:a@h;x%4=1",
        "sip:a@h;",
        "sip:a@h;;x",
        "sip:a@h;x=1;X=2",
        "sip:a@h;x=",
        "sip:a@h?",
        "sip:a@h?x",
        "sip:a@h?x=1&",
        "sip:a@h,b",
        "sip:a@h<",
        'sip:"a"@h',
        "sip:a\x00@h",
        "sip:a\r\n@h",
        "sip:å@h",
        "ſip:123@h",  # the long s, the dotless i, the sign for Kelvin: equal to ASCII letters where case does not count
        "sıp:123@h",
        "SİP:123@h",
        "sip:\N{KELVIN SIGN}123@h",
        "sip:123@\N{KELVIN SIGN}",
        "sip:１２３@h",
        "sip:١٢٣@h",
        "sip:123\N{COMBINING LONG SOLIDUS OVERLAY}@h",
        "sip:a@hå",
        "sip:2001:db8::1",
        "sip:a@[2001:db8::1",
        "sip:a@[2001:db8:::1]",
        "sip:a@[::1%25eth0]",
        "sip:a@[12345::]",
        "sip:a@[]",
        "sip:a@h#x",
    ],
)
def test_what_is_no_sip_uri_is_named_by_its_header(text: str) -> None:
    with pytest.raises(SipError, match=r"^400 Bad To$"):
        parse_uri(text, "To")
    assert not is_uri(text)


@pytest.mark.parametrize(
    "text", ["tel:+4612345", "http://lab.example/x", "mailto:a@h", "soap.beep://h:1", "x:y", "name:A_B"]
)
def test_another_scheme_is_a_uri_that_is_not_supported(text: str) -> None:
    with pytest.raises(SipError, match=r"^416 Unsupported URI Scheme$"):
        parse_uri(text)
    assert is_uri(text)


@pytest.mark.parametrize(
    "text", ["", "x", "1x:y", "x:", "x:y z", "x:<y>", ":x", "x:\x00", "*", "x:\u202e", "x:\udcff", "x:å"]
)
def test_what_has_no_scheme_or_no_rest_is_no_uri(text: str) -> None:
    with pytest.raises(SipError, match=r"^400 "):
        parse_uri(text)
    assert not is_uri(text)


@pytest.mark.parametrize(
    ("text", "scheme"), [("SIP:x", "sip"), ("tel:1", "tel"), ("x", ""), ("", ""), ("x@y:1", "x@y")]
)
def test_the_scheme(text: str, scheme: str) -> None:
    assert scheme_of(text) == scheme


@pytest.mark.parametrize(
    ("text", "may"), [("sip:h", True), ("tel:1", True), ("sip:h?a=b", False), ("<sip:h>", False), ("", False)]
)
def test_a_request_uri_has_no_headers(text: str, may: bool) -> None:
    assert is_request_uri(text) is may


# -- the same contact -----------------------------------------------------------------------------------------------

# The examples of section 19.1.4
SAME = [
    ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
    (
        "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
        "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
    ),
    (
        "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
    ),
    ("SIP:a@h", "sip:a@h"),
    ("sip:a@[::1]", "sip:a@[0:0::1]"),
    ("sip:a@h;x=%41", "sip:a@h;X=a"),
    ("sip:%c3%a5@h", "sip:%C3%A5@h"),
]
DIFFERENT = [
    ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
    ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
    ("sip:a@h", "sips:a@h"),
    ("sip:a@h", "sip:a:b@h"),
    ("sip:a@h", "sip:h"),
    ("sip:a%3b@h", "sip:a;@h"),
    ("sip:a%2541@h", "sip:a%41@h"),
    ("sip:%00@h", "sip:%00%00@h"),
    ("sip:a@h;user=phone", "sip:a@h"),
    ("sip:a@h;ttl=1", "sip:a@h"),
    ("sip:a@h;maddr=x", "sip:a@h"),
    ("sip:a@h;method=x", "sip:a@h"),
]
# 19.1.4 calls these equal, though not each other: such a relation has no key
STRICTER = [
    ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_uris_of_the_same_contact_have_the_same_key(one: str, other: str) -> None:
    assert uri_key(one) == uri_key(other)
    assert same_uri(one, other)


@pytest.mark.parametrize(("one", "other"), [*DIFFERENT, ("tel:1", "tel:2"), ("tel:1", "sip:1@h")])
def test_uris_of_different_contacts_have_different_keys(one: str, other: str) -> None:
    assert uri_key(one) != uri_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_uris_of_different_contacts_are_not_the_same(one: str, other: str) -> None:
    assert not same_uri(one, other)
    assert not same_uri(other, one)


@pytest.mark.parametrize(("one", "other"), STRICTER)
def test_a_parameter_that_one_uri_has_makes_another_key_though_not_another_uri(one: str, other: str) -> None:
    assert uri_key(one) != uri_key(other)
    assert same_uri(one, other)


names = st.sampled_from(["a", "A", "%61", "%41", "b", "%3b", "%25", "x-y"])
params = st.lists(
    st.sampled_from(["transport=tcp", "Transport=TCP", "lr", "LR", "x=1", "x=2", "user=phone"]),
    max_size=3,
    unique_by=lambda param: param.partition("=")[0].lower(),
)
headers = st.lists(st.sampled_from(["s=1", "S=1", "s=2", "t=%20"]), max_size=2)
uris = st.builds(
    lambda scheme, user, host, port, params, headers: (
        f"{scheme}:{user}@{host}{port}"
        + "".join(f";{param}" for param in params)
        + (f"?{'&'.join(headers)}" if headers else "")
    ),
    st.sampled_from(["sip", "SIP", "sips"]),
    names,
    st.sampled_from(["h", "H", "[::1]", "[0::1]"]),
    st.sampled_from(["", ":5060", ":5061"]),
    params,
    headers,
)


@given(uris, uris)
def test_equal_keys_mean_equal_uris_by_the_letter_of_the_rfc(one: str, other: str) -> None:
    same = same_uri(one, other)
    if uri_key(one) == uri_key(other):
        assert same
    elif same:
        assert parse_uri(one).params.keys() != parse_uri(other).params.keys()


# -- the same user at the same host ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("sip:h", "sip:H:5060", True),
        ("sip:h:50", "sip:h:5060", True),
        ("sip:a@h", "sip:%61@h;transport=tcp", True),
        ("sip:[::1]", "sip:[0::1]:5060", True),
        ("sip:h", "sips:h", False),
        ("sip:a@h", "sip:h", False),
        ("sip:a@h", "sip:A@h", False),
        ("sip:h", "sip:g", False),
        ("nonsense", "nonsense", False),
        ("tel:1", "tel:1", False),
    ],
)
def test_a_port_makes_no_other_resource(one: str, other: str, same: bool) -> None:
    assert same_resource(one, other) is same


# -- any text -------------------------------------------------------------------------------------------------------


@given(st.text(alphabet="sip:SIP%0aAzZ@;=?&[]:.-<> \t\r\n\0å", max_size=40))
def test_any_text_is_a_uri_or_a_fault(text: str) -> None:
    assert isinstance(uri_key(text), str)
    with suppress(SipError):
        uri = parse_uri(text)
        assert uri_key(text).startswith(f"{uri.scheme}:")
        assert not set(text) & set("<> \t\r\n\0å")


@given(st.binary(max_size=20))
def test_escapes_are_undone_octet_by_octet(octets: bytes) -> None:
    text = "".join(f"%{octet:02x}" for octet in octets)
    assert unescape(text).encode("utf-8", "surrogateescape") == octets


@pytest.mark.parametrize("unit", ["a", "a:", "a@", ";a", ";a=b", "%41", "[", ":", "a.", "?a=b", "&a=b", ";;"])
def test_no_text_takes_more_than_a_moment(unit: str) -> None:
    """Some milliseconds, where time that grew with the square of the length would be minutes."""
    start = time.perf_counter()
    for before in ("sip:", "sip:a@h", "sip:a@h;a", "sip:a@h?a=b"):
        with suppress(SipError):
            parse_uri(before + unit * (60_000 // len(unit)) + "\0")
    assert time.perf_counter() - start < 5
