"""Nonces: made without memory, used up to their count, forgotten without being usable again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.sip.nonces import KEPT, ONE_USE, Nonces
from tests.lab import NOW

KEY = b"a key of 16 octs"
HERE = "192.0.2.10"


def use(nonces: Nonces, nonce: str, count: int = 1, now: float = NOW, number: str = "12345") -> bool:
    return nonces.use(number, nonces.issued_at(nonce, HERE), count, now)


def test_no_two_nonces_are_alike_even_at_the_same_moment_or_when_the_clock_goes_back() -> None:
    nonces = Nonces(KEY)
    assert len({nonces.issue(HERE, now) for now in (NOW, NOW, NOW - 100, NOW + 1, NOW)}) == 5


def test_a_nonce_tells_when_it_was_issued() -> None:
    nonces = Nonces(KEY)
    assert nonces.issued_at(nonces.issue(HERE, NOW), HERE) == int(NOW * 1_000_000)


@pytest.mark.parametrize(
    "change", [lambda n: "", lambda n: n[:-1], lambda n: n + "0", lambda n: n.upper(), lambda n: n[::-1]]
)
def test_another_text_is_no_nonce(change: object) -> None:
    nonces = Nonces(KEY)
    assert nonces.issued_at(change(nonces.issue(HERE, NOW)), HERE) == 0  # type: ignore[operator]


@given(st.text(max_size=50))
def test_what_was_not_issued_is_no_nonce(text: str) -> None:
    assert Nonces(KEY).issued_at(text, HERE) == 0


@given(st.integers(0, 37), st.sampled_from("0123456789abcdef"))
def test_a_nonce_with_any_digit_changed_is_none(place: int, digit: str) -> None:
    nonces = Nonces(KEY)
    nonce = nonces.issue(HERE, NOW)
    changed = nonce[:place] + digit + nonce[place + 1 :]
    assert nonces.issued_at(changed, HERE) == (nonces.issued_at(nonce, HERE) if changed == nonce else 0)


def test_with_another_key_a_nonce_is_somebody_elses() -> None:
    assert Nonces(b"another key 16 o").issued_at(Nonces(KEY).issue(HERE, NOW), HERE) == 0


@pytest.mark.parametrize("elsewhere", ["192.0.2.11", "192.0.2.1", "2001:db8::10", "0", ""])
def test_a_nonce_is_for_the_address_it_was_given_to(elsewhere: str) -> None:
    nonces = Nonces(KEY)
    assert nonces.issued_at(nonces.issue(HERE, NOW), elsewhere) == 0


@pytest.mark.parametrize(
    ("octets", "source", "expected"),
    [
        (b'Authorization: Digest realm="r", nonce="%s", uri="u"', HERE, True),
        (b'Authorization: Digest cnonce="abc",nonce="%s"', HERE, True),
        (b'Authorization: Digest nonce="%s"', "192.0.2.11", False),
        (b'Authorization: Digest nonce="%s0"', HERE, False),
        (b"REGISTER sip:%s", HERE, False),
        (b'Authorization: Digest nonce="0%s"', HERE, False),
    ],
)
def test_a_request_shows_with_its_nonce_where_it_comes_from(octets: bytes, source: str, expected: bool) -> None:
    nonces = Nonces(KEY, lifetime=300)
    nonce = nonces.issue(HERE, NOW).encode()
    assert nonces.brought_back(octets % nonce, source) is expected


@pytest.mark.parametrize("key", [b"", b"too short", b"x" * 33])
def test_a_key_has_a_length(key: bytes) -> None:
    with pytest.raises(ValueError, match="16 to 32"):
        Nonces(key)


def test_a_nonce_serves_its_lifetime() -> None:
    nonces = Nonces(KEY, lifetime=300)
    nonce = nonces.issue(HERE, NOW)
    assert use(nonces, nonce, 1, NOW + 300)
    assert not use(nonces, nonce, 2, NOW + 300.001)


def test_counts_must_rise() -> None:
    nonces = Nonces(KEY)
    nonce = nonces.issue(HERE, NOW)
    assert [use(nonces, nonce, count) for count in (1, 1, 2, 5, 3, 5, 6)] == [
        True,
        False,
        True,
        True,
        False,
        False,
        True,
    ]
    assert not use(nonces, nonce, 0)


def test_a_digest_without_a_count_uses_the_nonce_up() -> None:
    nonces = Nonces(KEY)
    nonce = nonces.issue(HERE, NOW)
    assert use(nonces, nonce, ONE_USE)
    assert not use(nonces, nonce, ONE_USE)
    assert not use(nonces, nonce, 2**32 - 1)


def test_each_number_counts_for_itself() -> None:
    nonces = Nonces(KEY)
    nonce = nonces.issue(HERE, NOW)
    assert use(nonces, nonce, number="1")
    assert use(nonces, nonce, number="2")
    assert not use(nonces, nonce, number="1")


def test_several_terminals_of_a_number_use_their_own_nonces() -> None:
    nonces = Nonces(KEY)
    issued = [nonces.issue(HERE, NOW) for _ in range(KEPT)]
    assert all(use(nonces, nonce, 1) for nonce in issued)
    assert all(use(nonces, nonce, 2) for nonce in reversed(issued))


def test_beyond_those_the_oldest_are_used_up() -> None:
    nonces = Nonces(KEY)
    issued = [nonces.issue(HERE, NOW) for _ in range(KEPT + 1)]
    assert all(use(nonces, nonce, 1) for nonce in issued)
    assert not use(nonces, issued[0], 2)
    assert use(nonces, issued[-1], 2)


def test_what_is_remembered_goes_when_it_can_be_used_no_more() -> None:
    nonces = Nonces(KEY, lifetime=10)
    for second in range(100):
        assert use(nonces, nonces.issue(HERE, NOW + second), now=NOW + second, number=str(second))
        assert len(nonces._used) + len(nonces._used_before) <= 2 * 11


steps = st.lists(
    st.one_of(
        st.tuples(st.just("issue"), st.just(0)),
        st.tuples(st.just("wait"), st.floats(-50, 400)),
        st.tuples(st.just("use"), st.integers(0, 10**6)),
    ),
    max_size=60,
)


@given(steps, st.integers(1, 3))
def test_no_nonce_is_ever_good_for_the_same_count_twice(steps: list[tuple[str, float]], numbers: int) -> None:
    """Whatever the clock does, and whatever was forgotten meanwhile."""
    nonces, now, issued = Nonces(KEY, lifetime=100), NOW, [Nonces(KEY).issue(HERE, NOW)]
    used: set[tuple[str, str, int]] = set()
    for step, value in steps:
        if step == "issue":
            issued.append(nonces.issue(HERE, now))
        elif step == "wait":
            now += value
        else:
            chosen = int(value)
            number, nonce, count = str(chosen % numbers), issued[chosen % len(issued)], 1 + chosen % 7 // 2
            if use(nonces, nonce, count, now, number):
                assert (number, nonce, count) not in used
                used.add((number, nonce, count))
