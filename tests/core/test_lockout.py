"""Wrong PINs are counted by burst; too many lock number or source for a while."""

from registrar.core.limits import Limits
from registrar.core.lockout import SAVED_AT_ONCE, Lockout
from registrar.model.changes import SetLock
from registrar.model.lock import Failures, Lock
from tests.lab import NOW

LIMITS = Limits(lockout_failures=3, lockout_source_failures=5, lockout_window=300, lockout_seconds=100)


def test_sixteen_digests_of_one_typing_error_are_one_failure() -> None:
    lockout = Lockout(LIMITS)
    failures = [lockout.fail("12345", "10.0.0.1", "one login", NOW + digest / 16) for digest in range(16)]
    assert [failure.repeated for failure in failures] == [False] + [True] * 15
    assert lockout.locked_until("12345", "10.0.0.1", NOW + 1) == 0


def test_in_h323_no_more_than_the_copies_of_a_request_are_one_failure() -> None:
    lockout = Lockout(LIMITS)
    failures = [lockout.fail("12345", "10.0.0.1", "", NOW) for _ in range(9)]
    assert [failure.locked_until for failure in failures] == [0] * 6 + [NOW + 100] + [0] * 2


def test_what_the_unproven_guess_locks_the_number_for_them_alone() -> None:
    lockout = Lockout(LIMITS)
    for source in "abc":
        assert not lockout.unproven_heard_from("12345", NOW)
        failure = lockout.fail("12345", source, "", NOW, proven=False)
    assert failure.locked_until == lockout.unproven_heard_from("12345", NOW + 99) == NOW + 100
    assert [lockout.locked_until("12345", source, NOW) for source in "abc"] == [0, 0, 0]
    assert [lockout.number_heard_from("12345", source, NOW) for source in "abc"] == [0, 0, 0]
    assert not lockout.unproven_heard_from("12346", NOW)
    assert lockout.locks(NOW) == lockout.locks_of("12345", "unproven", NOW) == [Lock("12345", "unproven", 3, NOW + 100)]
    assert not lockout.unproven_heard_from("12345", NOW + 100)


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
    assert len(lockout._numbers.open) == len(lockout._bursts) == 10
    assert "999" in lockout._numbers.open


def test_others_wrong_pins_unlock_nothing() -> None:
    """200 sources with 50 wrong PINs each go through the 10,000 numbers that are remembered."""
    limits = Limits()
    lockout = Lockout(limits)
    for call in range(limits.lockout_failures):
        lockout.fail("12345", "10.0.0.1", f"call {call}", NOW)
    for guess in range(2 * limits.lockout_entries):
        lockout.fail(f"9{guess}", f"10.1.{guess // 50 // 250}.{guess // 50 % 250}", "call", NOW)
    assert lockout.locked_until("12345", "", NOW) == NOW + limits.lockout_seconds
    assert lockout.locked_until("", "10.1.0.0", NOW) == NOW + limits.lockout_seconds
    assert len(lockout._numbers.open) == limits.lockout_entries
    assert len(lockout._sources.locked) == 2 * limits.lockout_entries // 50


def test_locks_are_bounded_too_and_only_the_oldest_gives_way_to_another() -> None:
    lockout = Lockout(LIMITS._replace(lockout_entries=10, lockout_failures=1, lockout_source_failures=0))
    for number in range(12):
        lockout.fail(str(number), "10.0.0.1", "call", NOW + number)
    assert [lock.number for lock in lockout.locks(NOW + 12)] == [str(number) for number in range(2, 12)]


# -- slowing down ---------------------------------------------------------------------------------------------------


SLOW = Limits(lockout_failures=0, lockout_source_failures=0, lockout_window=1000, lockout_seconds=20, lockout_delay=1)


def test_each_wrong_pin_for_a_number_is_followed_by_a_longer_wait() -> None:
    lockout = Lockout(SLOW)
    waits = []
    now = NOW
    for guess in range(10):
        lockout.fail("12345", "10.0.0.1", f"call {guess}", now)
        until = lockout.number_heard_from("12345", "10.0.0.1", now)
        waits.append(max(0.0, until - now))
        now = max(now, until)
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 20, 20], "as long as a lock at most"
    assert lockout.number_heard_from("12345", "10.0.0.1", now) == 0


def test_who_gave_no_wrong_pin_does_not_wait_for_those_who_did() -> None:
    lockout = Lockout(SLOW)
    for guess in range(7):
        lockout.fail("12345", "10.0.0.1", f"call {guess}", NOW)
    assert lockout.number_heard_from("12345", "10.0.0.1", NOW) == NOW + 8
    assert lockout.number_heard_from("12345", "10.0.0.2", NOW) == 0
    lockout.fail("77777", "10.0.0.2", "call", NOW)
    assert lockout.number_heard_from("12345", "10.0.0.2", NOW) == NOW + 8, "guessers share the wait"
    assert lockout.number_heard_from("12346", "10.0.0.1", NOW) == 0


def test_a_source_waits_from_four_fifths_of_what_locks_it_on() -> None:
    lockout = Lockout(SLOW._replace(lockout_source_failures=10))
    waits = []
    for guess in range(9):
        lockout.fail(str(guess), "10.0.0.1", "call", NOW)
        waits.append(max(0.0, lockout.source_heard_from("10.0.0.1", NOW) - NOW))
    assert waits == [0, 0, 0, 0, 0, 0, 0, 1, 2]
    assert lockout.source_heard_from("10.0.0.2", NOW) == 0
    assert lockout.waits(NOW) == [Lock("", "10.0.0.1", 9, NOW + 2)]


def test_the_wait_can_be_switched_off() -> None:
    lockout = Lockout(SLOW._replace(lockout_delay=0, lockout_source_failures=4))
    for guess in range(3):
        lockout.fail("12345", "10.0.0.1", f"call {guess}", NOW)
    assert lockout.number_heard_from("12345", "10.0.0.1", NOW) == lockout.source_heard_from("10.0.0.1", NOW) == 0
    assert lockout.waits(NOW) == []


def test_a_burst_is_no_dictionary() -> None:
    """One Call-ID, number and source within ten seconds are one failure, but not for thousands of digests."""
    lockout = Lockout(LIMITS._replace(lockout_failures=5, lockout_source_failures=0))
    for _ in range(4 * LIMITS.burst_digests):
        lockout.fail("12345", "10.0.0.1", "one call", NOW)
        assert lockout.locked_until("12345", "10.0.0.1", NOW) == 0
    assert lockout.fail("12345", "10.0.0.1", "one call", NOW).locked_until == NOW + LIMITS.lockout_seconds


# -- over a restart -------------------------------------------------------------------------------------------------


def saved(lockout: Lockout, now: float) -> dict[tuple[str, str], Failures | None]:
    return {change.key: change.failures for change in lockout.unsaved(now)}


def test_counts_go_on_where_they_were() -> None:
    limits = LIMITS._replace(lockout_failures=5, lockout_source_failures=0)
    lockout, again = Lockout(limits), Lockout(limits)
    for second, call in enumerate("abcd"):
        lockout.fail("12345", "10.0.0.1", call, NOW + second)
    for change in lockout.unsaved(NOW + 4):
        again.load(change)
    assert again.number_heard_from("12345", "10.0.0.1", NOW + 3) == NOW + 4
    assert again.fail("12345", "10.0.0.1", "e", NOW + 5).locked_until == NOW + 5 + LIMITS.lockout_seconds


def test_what_is_saved_is_forgotten_when_it_is_of_no_account_any_more() -> None:
    lockout = Lockout(LIMITS)
    for call in "ab":
        lockout.fail("12345", "10.0.0.1", call, NOW)
    assert saved(lockout, NOW) == {
        ("12345", ""): Failures(2, NOW, NOW),
        ("", "10.0.0.1"): Failures(2, NOW, NOW),
    }
    assert saved(lockout, NOW) == {}, "once"
    lockout.succeed("12345", "10.0.0.1", "b")
    assert saved(lockout, NOW) == {("12345", ""): None}
    assert saved(lockout, NOW + LIMITS.lockout_window) == {}
    assert saved(lockout, NOW + LIMITS.lockout_window + 1) == {("", "10.0.0.1"): None}
    assert (lockout._saved, lockout._unsaved) == (set(), {})


def test_a_count_that_led_to_a_lock_is_the_locks_and_gone_from_the_counts() -> None:
    lockout, again = Lockout(LIMITS), Lockout(LIMITS)
    for call in "ab":
        lockout.fail("12345", "10.0.0.1", call, NOW)
    before = lockout.unsaved(NOW)
    lockout.fail("12345", "10.0.0.1", "c", NOW)
    (lock, *_) = lockout.locks(NOW)
    assert saved(lockout, NOW) == {("12345", ""): None, ("", "10.0.0.1"): Failures(3, NOW, NOW)}
    again.apply(SetLock(lock.key, lock))
    for change in before:  # the crash came before the counts were taken out
        again.load(change)
    assert again.locks(NOW) == [lock]
    assert saved(again, NOW) == {("12345", ""): None}


def test_wrong_pins_are_not_turned_into_writes_without_bound() -> None:
    lockout = Lockout(LIMITS._replace(lockout_failures=0, lockout_source_failures=0))
    for call in range(3):
        lockout.fail("12345", "10.0.0.1", f"call {call}", NOW)
    for guess in range(5000):
        lockout.fail(f"9{guess}", "10.0.0.1", "call", NOW)
    first = lockout.unsaved(NOW)
    assert len(first) == SAVED_AT_ONCE
    assert {("12345", ""), ("", "10.0.0.1")} <= {change.key for change in first}, "what guessed most goes first"
    writes = len(first)
    for second in range(1, 60):
        writes += len(lockout.unsaved(NOW + second))
    assert writes == 5002, "a count that does not change is written once"


def test_what_was_never_saved_need_not_be_taken_out() -> None:
    lockout = Lockout(LIMITS._replace(lockout_entries=10, lockout_source_failures=0))
    for guess in range(1000):
        lockout.fail(str(guess), f"10.0.{guess // 250}.{guess % 250}", "call", NOW)
    assert len(lockout.unsaved(NOW)) == 20


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
