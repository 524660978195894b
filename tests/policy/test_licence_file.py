"""Licence files: what the issuer signed is what is licensed."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.model.licence import Licence
from registrar.policy.licence_file import LicenceError, issuer_of, make_licence, read_licence, read_moment
from tests.bench import ISSUER
from tests.lab import NOW

names = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=64)
licences = st.builds(
    Licence,
    names,
    st.lists(names, max_size=5, unique=True).map(tuple),
    st.none() | st.integers(0, 4_000_000_000).map(float),
)
LAB = Licence("LAB", ("VOIP-SECURITY",), NOW)


@given(licences)
def test_what_is_made_reads_back(licence: Licence) -> None:
    assert read_licence(make_licence(licence, ISSUER), issuer_of(ISSUER)) == licence


def test_another_issuer_is_refused() -> None:
    with pytest.raises(LicenceError, match="not signed by this system's issuer"):
        read_licence(make_licence(LAB, ISSUER), issuer_of(bytes(32)))


def changed(change: Callable[[Any], object]) -> str:
    data = json.loads(make_licence(LAB, ISSUER))
    change(data)
    return json.dumps(data)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["licence"].update(system="ANOTHER"),
        lambda data: data["licence"].update(expires=None),
        lambda data: data["licence"]["features"].append("MORE"),
        lambda data: data["licence"].update(more=1),
        lambda data: data.update(signature="AAAA"),
        lambda data: data.update(signature=None),
        lambda data: data.pop("signature"),
    ],
)
def test_what_was_changed_after_signing_is_refused(change: Callable[[Any], object]) -> None:
    with pytest.raises(LicenceError, match="not signed by this system's issuer"):
        read_licence(changed(change), issuer_of(ISSUER))


def test_the_order_of_the_keys_and_the_spaces_do_not_count() -> None:
    data = json.loads(make_licence(LAB, ISSUER))
    data["licence"] = dict(reversed(data["licence"].items()))
    assert read_licence(json.dumps(data, indent=7), issuer_of(ISSUER)) == LAB


@pytest.mark.parametrize("text", ["", "hello", "[]", "{}", "null", '{"licence": 7, "signature": ""}', "[" * 100_000])
def test_what_is_no_licence_file_is_told_so(text: str) -> None:
    with pytest.raises(LicenceError, match=r"It is not JSON|It is no JSON object"):
        read_licence(text, issuer_of(ISSUER))


@pytest.mark.parametrize(
    ("licence", "wrong"),
    [
        (Licence("", ("A",)), "system"),
        (Licence("x" * 65, ("A",)), "system"),
        (Licence("LAB", ("A\n",)), "features"),
        (Licence("LAB", tuple(map(str, range(101)))), "features"),
    ],
)
def test_a_licence_that_no_one_could_read_is_not_made(licence: Licence, wrong: str) -> None:
    with pytest.raises(LicenceError, match=wrong):
        make_licence(licence, ISSUER)


def test_a_day_begins_at_midnight_utc() -> None:
    assert read_moment("2027-01-15T08:00:00Z") == read_moment("2027-01-15T10:00:00+02:00") == NOW
    assert read_moment("2027-01-15") == NOW - 8 * 3600
    for wrong in ("soon", 7, "2027-13-01", ""):
        with pytest.raises(LicenceError, match="expires"):
            read_moment(wrong)
