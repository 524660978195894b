"""Answers kept for copies: those to refused requests apart from those to accepted ones."""

from registrar.core.kept import BEING_ANSWERED, LIFETIME
from registrar.servers.sip_copies import REFUSED, Copies
from tests.lab import NOW


def test_an_answer_is_found_whether_it_accepts_or_refuses() -> None:
    copies = Copies()
    copies.keep("a", b"200", True, NOW)
    copies.keep("b", b"401", False, NOW)
    assert (copies.find("a"), copies.find("b"), copies.find("c")) == (b"200", b"401", None)


def test_whoever_is_refused_pushes_out_no_answer_to_who_was_accepted() -> None:
    copies = Copies()
    copies.keep("a", b"200", True, NOW)
    for stranger in range(3 * REFUSED):
        copies.keep(f"stranger {stranger}", b"401", False, NOW)
    assert copies.find("a") == b"200"
    assert copies.find("stranger 0") is None
    assert copies.find(f"stranger {3 * REFUSED - 1}") == b"401"


def test_what_was_begun_ends_even_when_it_is_refused() -> None:
    copies = Copies()
    copies.begin("a", NOW)
    assert copies.find("a") is BEING_ANSWERED
    copies.keep("a", b"503", False, NOW)
    assert copies.find("a") == b"503"


def test_silence_lets_go_of_everything() -> None:
    copies = Copies()
    copies.keep("a", b"200", True, NOW)
    copies.keep("b", b"401", False, NOW)
    copies.tick(NOW + LIFETIME)
    copies.tick(NOW + 2 * LIFETIME)
    assert (copies.find("a"), copies.find("b")) == (None, None)
