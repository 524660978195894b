"""GRUUs: what they look like, whom they lead to, and how long (RFC 5627)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.model.binding import Binding
from registrar.sip.gruu import holds, number_of_temporary, public_gruu, temporary_gruu
from registrar.sip.uri import parse_uri
from tests.sip.road import KEY, binding
from tests.sip.test_responses import INSTANCE

AOR = "sip:12345@lab.example:5070"


def leads_to(gruu: str, candidate: Binding, key: bytes = KEY) -> bool:
    found = number_of_temporary(parse_uri(gruu), key)
    return found is not None and found[0] == candidate.number and holds(candidate, found[1])


def instance(token: str = "t1", **more: Any) -> Binding:
    return binding(instance=INSTANCE, temporary_gruu=token, **more)


def test_a_public_gruu_is_the_address_of_record_with_the_instance() -> None:
    assert public_gruu(AOR, "urn:uuid:f81d") == f"{AOR};gr=urn:uuid:f81d"


def test_an_instance_of_any_characters_makes_a_uri() -> None:
    assert parse_uri(public_gruu(AOR, 'a;b="é>')).params == {"gr": "a%3Bb%3D%22%C3%A9%3E"}


@pytest.mark.parametrize("scheme", ["sip", "sips"])
def test_a_temporary_gruu_has_the_scheme_and_domain_of_the_address_of_record(scheme: str) -> None:
    uri = parse_uri(temporary_gruu(instance(), f"{scheme}:12345@lab.example:5070", KEY))
    assert (uri.scheme, uri.host, uri.port, uri.params) == (scheme, "lab.example", 5070, {"gr": ""})
    assert "12345" not in uri.user


def test_each_refresh_gets_another_and_all_of_them_lead_to_the_instance() -> None:
    gruus = {temporary_gruu(instance(f"t{n}"), AOR, KEY) for n in range(5)}
    assert len(gruus) == 5
    assert all(leads_to(gruu, instance("t9")) for gruu in gruus)


def test_asked_again_the_same_binding_shows_the_same() -> None:
    assert temporary_gruu(instance(), AOR, KEY) == temporary_gruu(instance(), AOR, KEY)


def test_two_instances_registered_at_once_get_two() -> None:
    first, second = instance(), binding(instance="<urn:uuid:other>", temporary_gruu="t1")
    gruu = temporary_gruu(first, AOR, KEY)
    assert gruu != temporary_gruu(second, AOR, KEY)
    assert not leads_to(gruu, second)


def test_with_another_call_id_the_old_ones_lead_nowhere() -> None:
    assert not leads_to(temporary_gruu(instance(), AOR, KEY), instance(call_id="call-2"))


def test_a_contact_without_instance_has_none() -> None:
    plain = binding(temporary_gruu="t1")
    found = number_of_temporary(parse_uri(temporary_gruu(plain, AOR, KEY)), KEY)
    assert found is not None
    assert not holds(plain, found[1])


def test_only_the_holder_of_the_key_can_make_one() -> None:
    assert not leads_to(temporary_gruu(instance(), AOR, b"some other key.."), instance())


@given(st.text("abcXYZ019-_.=", max_size=90))
def test_what_is_no_temporary_gruu_leads_nowhere(user: str) -> None:
    assert number_of_temporary(parse_uri(f"sip:tgruu.{user}@lab.example;gr"), KEY) is None


def test_a_plain_uri_is_no_temporary_gruu() -> None:
    without_gr = temporary_gruu(instance(), AOR, KEY).removesuffix(";gr")
    assert number_of_temporary(parse_uri(without_gr), KEY) is None
    assert number_of_temporary(parse_uri("sip:12345@lab.example;gr"), KEY) is None
