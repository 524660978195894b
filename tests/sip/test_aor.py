"""The address of record, and the URIs the registrar writes of itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.model.flow import Listener
from registrar.sip.aor import MAX_NUMBER, address_of_record, escaped, number_in, number_of, own_contact, serves
from registrar.sip.errors import SipError
from registrar.sip.uri import parse_uri
from tests.lab import TCP_5060, TLS_5061, UDP_5060, flow
from tests.sip.road import SETTINGS


@pytest.mark.parametrize(
    ("uri", "canonical"),
    [
        ("sip:12345@lab.example", "sip:12345@lab.example"),
        ("SIPS:12345@LAB.example:5061", "sips:12345@lab.example:5061"),
        ("sip:%31%32345;phone-context=x:secret@lab.example;user=phone?a=b", "sip:12345@lab.example"),
        ("sip:*12%3b@lab.example", "sip:*12%3B@lab.example"),
        ("sip:a%00%ff@[0::1]", "sip:a%00%FF@[::1]"),
    ],
)
def test_the_address_of_record_is_canonical(uri: str, canonical: str) -> None:
    assert address_of_record(uri) == canonical
    assert address_of_record(canonical) == canonical


@given(st.text(min_size=1, max_size=30))
def test_a_number_of_any_characters_survives_its_uri(number: str) -> None:
    assert number_of(parse_uri(f"sip:{escaped(number)}@h")) == number


@pytest.mark.parametrize(
    ("uri", "served"),
    [
        ("sip:lab.example", True),
        ("sip:LAB.EXAMPLE.:99", True),
        ("sips:12345@127.0.0.1", True),
        ("sip:[0:0::1]", True),
        ("sip:192.0.2.5", True),
        ("sip:lab.example.org", False),
        ("sip:xlab.example", False),
        ("sip:127.0.0.2", False),
        ("sip:[::2]", False),
        ("sip:[127.0.0.1]", None),
    ],
)
def test_the_domains_served(uri: str, served: bool | None) -> None:
    over = flow(UDP_5060._replace(host="192.0.2.5"))
    if served is None:
        with pytest.raises(SipError):
            parse_uri(uri)
    else:
        assert serves(parse_uri(uri), over, SETTINGS) is served


def test_a_number_has_a_length() -> None:
    assert number_in(f"sip:{'9' * MAX_NUMBER}@lab.example", "To", flow(), SETTINGS) == "9" * MAX_NUMBER
    with pytest.raises(SipError, match=r"^404 Number Too Long In To$"):
        number_in(f"sip:{'9' * (MAX_NUMBER + 1)}@lab.example", "To", flow(), SETTINGS)


@pytest.mark.parametrize(
    ("listener", "uri"),
    [
        (UDP_5060, "sip:12345@127.0.0.1:5060"),
        (TCP_5060, "sip:12345@127.0.0.1:5060;transport=tcp"),
        (TLS_5061, "sip:12345@127.0.0.1:5061;transport=tls"),
        (UDP_5060._replace(host="::1"), "sip:12345@[::1]:5060"),
        (UDP_5060._replace(host="::"), "sip:12345@lab.example:5060"),
        (UDP_5060._replace(host=""), "sip:12345@lab.example:5060"),
    ],
)
def test_the_registrars_own_contact(listener: Listener, uri: str) -> None:
    assert own_contact("12345", flow(listener), SETTINGS) == uri
    assert parse_uri(uri)
