"""Answers kept for copies of requests: as long as copies may come, and no more of them than the limit."""

from hypothesis import given
from hypothesis import strategies as st

from registrar.core.kept import BEING_ANSWERED, LIFETIME, KeptAnswers
from tests.lab import NOW


def test_a_kept_answer_is_found_for_at_least_the_lifetime() -> None:
    answers = KeptAnswers()
    answers.keep(("a",), b"200", NOW)
    for second in range(int(LIFETIME)):
        answers.keep(("other", second), b"", NOW + second)
        assert answers.find(("a",)) == b"200"
    assert answers.find(("b",)) is None


def test_an_answer_is_forgotten_within_two_lifetimes() -> None:
    answers = KeptAnswers()
    answers.keep(("a",), b"200", NOW)
    answers.keep(("b",), b"200", NOW + LIFETIME)
    answers.keep(("c",), b"200", NOW + 2 * LIFETIME)
    assert answers.find(("a",)) is None
    assert answers.find(("b",)) == b"200"
    answers.keep(("d",), b"200", NOW + 9 * LIFETIME)
    assert len(answers) == 1


def test_while_it_is_being_answered_there_is_no_answer_and_no_second_try() -> None:
    answers = KeptAnswers()
    answers.begin(("a",), NOW)
    assert answers.find(("a",)) is BEING_ANSWERED
    answers.keep(("a",), b"200", NOW + 1)
    assert answers.find(("a",)) == b"200"


def test_an_answer_that_came_a_generation_later_counts() -> None:
    answers = KeptAnswers(limit=4)
    answers.begin(("a",), NOW)
    answers.keep(("b",), b"", NOW)
    answers.keep(("c",), b"", NOW)
    answers.keep(("a",), b"200", NOW + 1)
    assert answers.find(("a",)) == b"200"


@given(st.lists(st.integers(0, 50), max_size=60), st.integers(1, 12))
def test_memory_is_bounded_and_holds_the_newest(keys: list[int], limit: int) -> None:
    answers = KeptAnswers(limit=limit)
    for key in keys:
        answers.keep((key,), b"x", NOW)
        assert len(answers) <= max(limit, 2)
        assert answers.find((key,)) == b"x"
