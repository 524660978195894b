"""Header names in every spelling."""

import pytest

from registrar.sip.names import LONG_NAMES, as_written


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("Via", "via"),
        ("v", "via"),
        ("V", "via"),
        ("CALL-ID", "call-id"),
        ("i", "call-id"),
        ("cSeQ", "cseq"),
        ("m", "contact"),
        ("l", "content-length"),
        ("o", "event"),
        ("Contact \t", "contact"),
        ("X-Header.!%*_+`'~", "x-header.!%*_+`'~"),
        ("q", "q"),
    ],
)
def test_a_name_is_found_however_it_is_written(sent: str, name: str) -> None:
    assert LONG_NAMES[sent] == name


@pytest.mark.parametrize("sent", ["", " ", " Via", "Via\x0b", "A B", "Vi\0a", "Contact(", "Über"])
def test_what_is_no_token_is_no_name(sent: str) -> None:
    with pytest.raises(ValueError, match="not a header name"):
        LONG_NAMES[sent]


def test_only_usual_names_are_kept() -> None:
    before = len(LONG_NAMES)
    assert LONG_NAMES["X-Made-Up"] == "x-made-up"
    assert len(LONG_NAMES) == before


@pytest.mark.parametrize(
    ("name", "shown"), [("cseq", "CSeq"), ("www-authenticate", "WWW-Authenticate"), ("x-y", "x-y")]
)
def test_names_are_shown_as_the_rfcs_write_them(name: str, shown: str) -> None:
    assert as_written(name) == shown


def test_a_long_name_that_a_peer_made_up_is_cut() -> None:
    assert as_written("x" * 500) == "x" * 40
