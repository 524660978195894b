"""Wrong PINs are counted by burst; too many lock number or source for a while."""

from registrar.core.limits import Limits
from registrar.core.lockout import Lockout
from registrar.model.changes import SetLock
from registrar.model.lock import Lock
from tests.lab import NOW

LIMITS = Limits(lockout_failures=3, lockout_source_failures=5, lockout_window=300, lockout_seconds=100)


def test_sixteen_digests_of_one_typing_error_are_one_failure() -> None:
    lockout = Lockout(LIMITS)
    failures = [lockout.fail("12345", "10.0.0.1", "one login", NOW + digest / 16) for digest in range(16)]
    assert [failure.repeated for failure in failures] == [False] + [True] * 15
    assert lockout.locked_until("12345", "10.0.0.1", NOW + 1) == 0


def test_the_same_call_id_later_is_another_failure_but_still_a_repetition() -> None:
    lockout = Lockout(LIMITS)
    for at in (0, 52, 163):
        failure = lockout.fail("12345", "10.0.0.1", "one login", NOW + at)
    assert failure.repeated
    assert failure.locked_until == NOW + 163 + 100


def test_a_locked_number_is_locked_for_every_source_until_the_time_is_over() -> None:
    lockout = Lockout(LIMITS)
    for call in "abc":
        lockout.fail("12345", "10.0.0.1", call, NOW)
    assert lockout.locked_until("12345", "10.9.9.9", NOW + 99) == NOW + 100
    assert lockout.locked_until("12345", "10.9.9.9", NOW + 100) == 0
    assert lockout.locked_until("99999", "10.9.9.9", NOW) == 0


def test_a_source_that_tries_many_numbers_is_locked_for_all_of_them() -> None:
    lockout = Lockout(LIMITS)
    for number in range(5):
        lockout.fail(str(number), "10.0.0.1", f"call {number}", NOW)
    assert lockout.locked_until("77777", "10.0.0.1", NOW) == NOW + 100
    assert lockout.locked_until("77777", "10.0.0.2", NOW) == 0


def test_failures_during_a_lock_do_not_prolong_it() -> None:
    lockout = Lockout(LIMITS)
    for call in "abcdefg":
        lockout.fail("12345", "10.0.0.1", call, NOW + ord(call) - ord("a"))
    assert lockout.locked_until("12345", "", NOW + 50) == NOW + 2 + 100


def test_after_a_lock_counting_starts_from_nothing() -> None:
    lockout = Lockout(LIMITS)
    for call in "abc":
        lockout.fail("12345", "10.0.0.1", call, NOW)
    assert lockout.fail("12345", "10.0.0.1", "d", NOW + 101).locked_until == 0
    assert lockout.locked_until("12345", "10.0.0.1", NOW + 101) == 0


def test_the_right_pin_forgets_the_number_s_failures() -> None:
    lockout = Lockout(LIMITS)
    lockout.fail("12345", "10.0.0.1", "a", NOW)
    lockout.fail("12345", "10.0.0.1", "b", NOW)
    lockout.succeed("12345", "10.0.0.1", "b")
    assert lockout.fail("12345", "10.0.0.1", "c", NOW).locked_until == 0


def test_old_failures_fall_out_of_the_window() -> None:
    lockout = Lockout(LIMITS)
    for at, call in ((0, "a"), (1, "b"), (302, "c")):
        assert lockout.fail("12345", "10.0.0.1", call, NOW + at).locked_until == 0


def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    lockout = Lockout(LIMITS._replace(lockout_entries=10, lockout_source_failures=0))
    for number in range(1000):
        lockout.fail(str(number), "10.0.0.1", str(number), NOW)
    assert len(lockout._numbers) == len(lockout._bursts) == 10
    assert "999" in lockout._numbers


def test_a_lock_is_listed_while_it_lasts_and_ends_when_it_is_unlocked() -> None:
    lockout = Lockout(LIMITS)
    for guess in range(5):
        lockout.fail("12345", "10.0.0.1", f"call {guess}", NOW)
    number, source = lockout.locks(NOW + 99)
    assert number == Lock("12345", "", 5, NOW + 100)
    assert source == Lock("", "10.0.0.1", 5, NOW + 100)
    lockout.apply(SetLock(number.key, None))
    assert lockout.locks(NOW) == [source]
    assert lockout.locked_until("12345", "10.0.0.2", NOW) == 0
    assert lockout.locked_until("12346", "10.0.0.1", NOW) == NOW + 100
    lockout.apply(SetLock(source.key, None))
    assert lockout.locks(NOW) == []
    assert lockout.fail("12345", "10.0.0.1", "another call", NOW).locked_until == 0


def test_a_lock_whose_time_is_over_is_not_listed() -> None:
    lockout = Lockout(LIMITS)
    for guess in range(3):
        lockout.fail("12345", "10.0.0.1", f"call {guess}", NOW)
    assert lockout.locks(NOW + 100) == []
