"""What may be an operator's terminal pattern."""

import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.policy.patterns import FLAGS, MAX_PATTERN, problem


@pytest.mark.parametrize(
    "pattern",
    [
        "^baresip",
        ".*baresip.*",
        r"Linphone(iOS|Android)?/\d+\.\d+",
        "[]a]+x",
        r"[^\]]x",
        "(?P<x>a{3,})b",
        "(?:x|y){2,5}z",
        "(?i:abc)",
        "(?<!not )Mitel",
        "(?#remark)abc",
        "(a)(?(1)b|c)",
        r"\(x\)\*",
        "a{}",
        "a{,3}b",
        "x" * MAX_PATTERN,
    ],
)
def test_an_ordinary_pattern_may_be_used(pattern: str) -> None:
    assert problem(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("", "empty"),
        ("x" * (MAX_PATTERN + 1), "201 characters; at most 200"),
        ("a\nb", "cannot be printed"),
        ("[", "not a regular expression: unterminated character set at position 0"),
        ("[[a]", "not a regular expression"),
        ("x*", "every terminal"),
        ("a|", "every terminal"),
        ("(a+)+$", "repeats too much"),
        ("(a|a)*b", "repeats too much"),
        ("(?:a|ab|b){40}c", "repeats too much"),
        ("(a?){40}b", "repeats too much"),
        ("a*b*c*d", "repeats too much"),
        ("(?:a{0,200}){0,200}x", "repeats too much"),
        ("(?:(?:a{1,9}){1,9}){1,9}x", "repeats too much"),
        ("a{1,300}", "repeats too much"),
        ("(x{1,9}|y){9}[)](a+)+b", "repeats too much"),
        ("[]](a+)+b", "repeats too much"),
        (r"[\]](a+)+b", "repeats too much"),
        (r"\[(a+)+b", "repeats too much"),
        ("(?P<n>a+)+b", "repeats too much"),
    ],
)
def test_a_pattern_that_may_not_be_used_is_told_why(pattern: str, says: str) -> None:
    assert says in (problem(pattern) or "")


PIECES = st.sampled_from(
    ["a", "b", ".", "[ab]", "[]x]", "(", "(?:", ")", "|", "*", "+", "?", "{2,3}", "{", "\\(", "^", "$"]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_no_pattern_raises_and_none_that_fails_to_compile_passes(pattern: str) -> None:
    said = problem(pattern)
    if said is None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern, FLAGS)


@given(st.text(max_size=30))
def test_any_text_gets_an_answer(pattern: str) -> None:
    problem(pattern)
