"""Expiry gives back each key once, not before its time."""

from hypothesis import given
from hypothesis import strategies as st

from registrar.core.expiry import Expiry
from registrar.model.binding import Binding, BindingKey
from registrar.model.changes import SetBinding
from tests.core.test_register import LOGON
from tests.lab import NOW, contact, flow

MANY = 1000


def binding(number: str, expires_at: float) -> Binding:
    return Binding(number, contact(), "call", 1, flow(), LOGON.terminal, LOGON.decision, NOW, NOW, expires_at)


def key(number: str) -> BindingKey:
    return ("sip", number, f"sip:{number}@h")


def test_a_key_is_due_from_the_second_after_its_expiry() -> None:
    expiry = Expiry()
    expiry.add(key("1"), NOW + 10.5)
    assert expiry.take(NOW + 10.9, MANY) == []
    assert [number for _, number, _ in expiry.take(NOW + 11, MANY)] == ["1"]
    assert expiry.take(NOW + 12, MANY) == []


def test_a_removed_key_is_not_due() -> None:
    expiry = Expiry()
    expiry.add(key("1"), NOW + 10)
    expiry.remove(key("1"), NOW + 10)
    assert expiry.take(NOW + 100, MANY) == []


def test_what_lapsed_while_the_system_was_down_is_due_at_once() -> None:
    expiry = Expiry()
    expiry.take(NOW, MANY)
    expiry.add(key("1"), NOW - 1000)
    assert [number for _, number, _ in expiry.take(NOW + 1, MANY)] == ["1"]


@given(st.lists(st.floats(0, 1000), max_size=50), st.lists(st.floats(0, 300), max_size=10), st.integers(1, 60))
def test_every_key_is_given_once_and_after_its_time(lifetimes: list[float], pauses: list[float], most: int) -> None:
    expiry = Expiry()
    ends = {str(index): NOW + lifetime for index, lifetime in enumerate(lifetimes)}
    bindings = [binding(number, end) for number, end in ends.items()]
    expiry.fill([SetBinding(each.key, each) for each in bindings[::2]])
    for each in bindings[1::2]:
        expiry.add(each.key, each.expires_at)
    now, seen = NOW, []
    for pause in [*pauses, 2000]:
        now += pause
        while due := [number for _, number, _ in expiry.take(now, most)]:
            assert len(due) <= most
            assert all(ends[number] <= now for number in due)
            seen += due
    assert sorted(seen) == sorted(ends)
