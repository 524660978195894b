"""Directory numbers as an operator writes several."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.commands.numbers import ArgumentError, InOrder, command_for, compact, in_order, read, read_numbers
from registrar.core.piecewise import at_once


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("100", ["100"]),
        ("100,105", ["100", "105"]),
        ("105,100", ["105", "100"]),
        ("100..103", ["100", "101", "102", "103"]),
        ("098..101", ["098", "099", "100", "101"]),
        ("7..7", ["7"]),
        ("100..102,200,101", ["100", "101", "102", "200"]),
        ("00", ["00"]),
        ("12345678901234567890", ["12345678901234567890"]),
        ("12345678901234567890..12345678901234567891", ["12345678901234567890", "12345678901234567891"]),
    ],
)
def test_lists_and_ranges_are_expanded_each_number_once(text: str, numbers: list[str]) -> None:
    assert list(read_numbers(text)) == numbers


@pytest.mark.parametrize(
    ("text", "offset", "says"),
    [
        ("", 0, "missing"),
        (",100", 0, "missing"),
        ("100,", 4, "missing"),
        ("100..", 5, "missing"),
        ("..100", 0, "missing"),
        ("100...102", 5, "digits only, not '.'"),
        ("100..102..104", 8, "digits only, not '.'"),
        ("100,1x5", 5, "digits only, not 'x'"),
        ("100-105", 3, "digits only, not '-'"),
        ("\N{ARABIC-INDIC DIGIT ONE}", 0, "digits only"),
        ("*1", 0, "digits only"),
        ("100,200..199", 4, "upwards"),
        ("99..100", 0, "same number of digits"),
        ("1" * 21, 0, "1 to 20 digits"),
        ("0" * 20 + ".." + "9" * 20, 0, "at most 100,000"),
        ("100000..199999,2", 15, "at most 100,000"),
    ],
)
def test_what_is_no_number_is_told_with_its_place(text: str, offset: int, says: str) -> None:
    with pytest.raises(ArgumentError, match=says) as error:
        read_numbers(text)
    assert error.value.offset == offset


def test_a_hundred_thousand_numbers_are_read() -> None:
    assert len(read_numbers("100000..199999")) == 100_000


PARTS = st.integers(0, 120).flatmap(
    lambda low: st.tuples(st.just(low), st.integers(low, low + 40), st.sampled_from([3, 4]))
)


@given(st.lists(PARTS, min_size=1, max_size=8))
def test_numbers_are_counted_and_expanded_each_once_in_the_order_written(parts: list[tuple[int, int, int]]) -> None:
    text = ",".join(f"{low:0{digits}d}..{high:0{digits}d}" for low, high, digits in parts)
    plainly = [f"{number:0{digits}d}" for low, high, digits in parts for number in range(low, high + 1)]
    numbers = read(text)
    expanded = at_once(numbers.expanded())
    assert expanded == list(numbers) == list(dict.fromkeys(plainly))
    assert len(numbers) == len(expanded)
    if isinstance(expanded, InOrder):
        assert expanded == in_order(expanded)


def test_a_range_is_in_order_and_made_in_pieces() -> None:
    numbers = read("100..199,20000..20099")
    assert isinstance(at_once(numbers.expanded()), InOrder)
    assert len(list(numbers.expanded())) > 2
    assert not isinstance(at_once(read("105,100").expanded()), InOrder)


def test_numbers_written_twice_are_not_too_many() -> None:
    assert len(read("100000..199999,150000..160000,100000")) == 100_000


def test_shorter_numbers_come_first() -> None:
    assert in_order(["100", "20", "3", "1000", "010"]) == ["3", "20", "010", "100", "1000"]


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([], ""),
        (["100"], "100"),
        (["101", "100"], "100,101"),
        (["102", "101", "100"], "100..102"),
        (["100", "101", "102", "104", "200", "201"], "100..102,104,200,201"),
        (["98", "99", "100"], "98,99,100"),
        (["099", "100", "101"], "099..101"),
    ],
)
def test_numbers_are_written_with_their_ranges_together(numbers: list[str], text: str) -> None:
    assert compact(numbers) == text


@given(st.lists(st.from_regex(r"[0-9]{1,4}", fullmatch=True), min_size=1, max_size=60))
def test_what_is_written_reads_back(numbers: list[str]) -> None:
    assert set(read_numbers(compact(numbers, width=1000))) == set(numbers)


def test_what_does_not_fit_is_only_counted() -> None:
    odd = [str(number) for number in range(1001, 3001, 2)]
    text = compact(odd, width=20)
    assert text == "1001,1003,1005,1007 and 996 more"


def test_a_command_to_copy_holds_whole_numbers_and_tells_of_the_rest_below() -> None:
    odd = [str(number) for number in range(1001, 3001, 2)]
    command, rest = command_for("extension -e -d N -v", odd)
    written = command.split()[3]
    assert command == f"  extension -e -d {written} -v"
    assert rest == f"and the same for {1000 - len(read_numbers(written))} more"
    assert command_for("extension -e -d N", ["1", "2"]) == ("  extension -e -d 1,2",)
