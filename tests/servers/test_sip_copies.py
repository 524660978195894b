"""Answers kept for copies: those to refused requests apart from those to accepted ones."""

from registrar.core.kept import BEING_ANSWERED, LIFETIME
from registrar.servers.sip_copies import REFUSED, Copies
from tests.lab import NOW


def test_an_answer_is_found_whether_it_accepts_or_refuses() -> None:
    copies = Copies()
    copies.keep(b"a", b"200", True, NOW)
    copies.keep(b"b", b"401", False, NOW)
    assert (copies.find(b"a"), copies.find(b"b"), copies.find(b"c")) == (b"200", b"401", None)


def test_whoever_is_refused_pushes_out_no_answer_to_who_was_accepted() -> None:
    copies = Copies()
    copies.keep(b"a", b"200", True, NOW)
    for stranger in range(3 * REFUSED):
        copies.keep(b"stranger %d" % stranger, b"401", False, NOW)
    assert copies.find(b"a") == b"200"
    assert copies.find(b"stranger 0") is None
    assert copies.find(b"stranger %d" % (3 * REFUSED - 1)) == b"401"


def test_what_was_begun_ends_even_when_it_is_refused() -> None:
    copies = Copies()
    copies.begin(b"a", NOW)
    assert copies.find(b"a") is BEING_ANSWERED
    copies.keep(b"a", b"503", True, NOW)
    assert copies.find(b"a") == b"503"


def test_silence_lets_go_of_everything() -> None:
    copies = Copies()
    copies.keep(b"a", b"200", True, NOW)
    copies.keep(b"b", b"401", False, NOW)
    copies.tick(NOW + LIFETIME)
    copies.tick(NOW + 2 * LIFETIME)
    assert (copies.find(b"a"), copies.find(b"b")) == (None, None)
