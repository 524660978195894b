"""Orders: right whatever comes and goes, made in pieces, and a page costs what it shows."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.core import ordered
from registrar.core.numbered import Numbered, beginning, numbered
from registrar.core.ordered import Kept, Ordered
from registrar.core.piecewise import PAUSE, PIECE, Piecewise, at_once

SOME = st.sets(st.from_regex(r"[0-9]{1,3}", fullmatch=True), max_size=60)
CHANGES = st.lists(st.tuples(st.booleans(), st.from_regex(r"[0-9]{1,3}", fullmatch=True)), max_size=80)


@pytest.fixture(autouse=True, scope="module")
def short_lists() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordered, "CHUNK", 4)
        patch.setattr(ordered, "PIECE", 3)
        yield


def order_of(numbers: set[str]) -> Ordered[Numbered]:
    return at_once(Ordered.of(at_once(numbered(numbers))))


@given(SOME, CHANGES, st.integers(0, 70), st.integers(0, 20), st.sampled_from(["", "1", "12", "00"]))
def test_pages_walks_and_beginnings_are_those_of_a_sorted_list(
    numbers: set[str], changes: list[tuple[bool, str]], offset: int, limit: int, digits: str
) -> None:
    order = order_of(numbers)
    for comes, number in changes:
        (order.add if comes else order.discard)((len(number), number))
        (numbers.add if comes else numbers.discard)(number)
    expected = sorted((len(number), number) for number in numbers)
    assert len(order) == len(expected)
    assert list(chain.from_iterable(order.walk())) == expected
    assert list(chain.from_iterable(order.walk(down=True))) == expected[::-1]
    assert order.page(offset, limit) == expected[offset : offset + limit]
    assert order.page(offset, limit, down=True) == expected[::-1][offset : offset + limit]
    begin = [number for _, number in expected if number.startswith(digits)]
    found = beginning(order, digits)
    assert (len(found), found.page(offset, limit)) == (len(begin), begin[offset : offset + limit])


@given(SOME, CHANGES, st.booleans())
def test_who_walks_meets_everything_that_stays_once_whatever_comes_and_goes(
    numbers: set[str], changes: list[tuple[bool, str]], down: bool
) -> None:
    order = order_of(numbers)
    touched = {number for _, number in changes}
    news = iter(changes)
    met: list[str] = []
    for piece in order.walk(down=down):
        met += [number for _, number in piece]
        for comes, number in news:
            (order.add if comes else order.discard)((len(number), number))
            break
    assert len(met) == len(set(met))
    assert numbers - touched <= set(met) <= numbers | touched


@given(SOME, CHANGES, SOME)
def test_what_changes_while_an_order_is_made_is_in_it(
    numbers: set[str], changes: list[tuple[bool, str]], before: set[str]
) -> None:
    news = iter(changes)

    def everything() -> Piecewise[list[Numbered]]:
        seen = []
        for number in sorted(numbers | before):
            if number in numbers:
                seen.append((len(number), number))
            yield PAUSE
        return seen

    kept = Kept(everything)
    for number in before - numbers:  # before anybody looks nothing is kept, and nothing is wrong afterwards
        numbers.add(number)
        kept.add((len(number), number))
    for _ in kept.look():
        for comes, number in news:
            (kept.add if comes else kept.discard)((len(number), number))
            (numbers.add if comes else numbers.discard)(number)
            break
    assert list(chain.from_iterable(at_once(kept.look()).walk())) == sorted((len(n), n) for n in numbers)


def test_who_looks_while_an_order_is_made_helps_and_gets_the_same() -> None:
    gathered: list[int] = []

    def everything() -> Piecewise[list[Numbered]]:
        gathered.append(1)
        for _ in range(3):
            yield PAUSE
        return [(1, "1")]

    kept = Kept(everything)
    first, second = kept.look(), kept.look()
    next(first)
    next(second)
    assert at_once(second) is at_once(first)
    assert gathered == [1]


def test_no_piece_of_making_an_order_is_long() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordered, "CHUNK", 512)
        things = [(1, f"{number * 7919 % 50_000:05}") for number in range(50_000)]
        many = len(things)
        pieces = sum(1 for _ in Ordered.of(things))
        assert pieces >= many // PIECE
