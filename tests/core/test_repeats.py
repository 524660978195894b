"""What a phone repeats is one event with a count and the last time."""

from registrar.bus import Bus
from registrar.core.repeats import MOST, Repeats
from registrar.model.events import EventType, RefusalEvent, StoreEvent, WireEvent
from registrar.model.reason import Reason
from tests.core.test_register import LOGON
from tests.lab import NOW, TLS_5061, attempt


def refusal(number: str = "12345", at: float = NOW, reason: Reason = Reason.WRONG_PIN) -> RefusalEvent:
    outcome = LOGON._replace(accepted=False, reason=reason)
    return RefusalEvent(EventType.REFUSED, attempt(number), outcome, 1, at, at)


def told(bus: Bus) -> list[tuple[str, int, float]]:
    return [
        (event.subject.attempt.number, event.subject.times, event.subject.last_at)
        for event in bus.since(0)
        if isinstance(event.subject, RefusalEvent)
    ]


def test_the_first_is_told_at_once() -> None:
    bus = Bus()
    Repeats(bus.publish).happened(refusal())
    assert told(bus) == [("12345", 1, NOW)]


def test_a_phone_that_retries_every_minute_is_one_entry_told_each_time() -> None:
    bus = Bus()
    repeats = Repeats(bus.publish)
    for minute in range(5):
        repeats.happened(refusal(at=NOW + 60 * minute))
    assert told(bus) == [("12345", 5, NOW + 240)]
    assert bus.last_id == 5
    assert repeats.refusals()[0].first_at == NOW


def test_a_burst_is_counted_quietly_and_told_by_the_next_tick() -> None:
    bus = Bus()
    repeats = Repeats(bus.publish)
    for digest in range(16):
        repeats.happened(refusal(at=NOW + digest / 16))
    assert told(bus) == [("12345", 1, NOW)]
    repeats.tell(NOW + 1)
    assert told(bus) == [("12345", 16, NOW + 15 / 16)]
    repeats.tell(NOW + 2)
    assert bus.last_id == 2


def test_another_reason_or_number_is_another_refusal() -> None:
    bus = Bus()
    repeats = Repeats(bus.publish)
    repeats.happened(refusal())
    repeats.happened(refusal(reason=Reason.LOCKED_OUT))
    repeats.happened(refusal("200"))
    assert len(told(bus)) == 3


def test_the_same_after_a_long_silence_starts_a_new_count() -> None:
    bus = Bus()
    repeats = Repeats(bus.publish, memory=900)
    repeats.happened(refusal())
    repeats.happened(refusal(at=NOW + 901))
    assert told(bus) == [("12345", 1, NOW), ("12345", 1, NOW + 901)]


def test_more_than_a_log_bears_is_told_later_the_oldest_first() -> None:
    bus = Bus()
    repeats = Repeats(bus.publish)
    for number in range(3 * MOST):
        repeats.happened(refusal(str(number), NOW + number / 1000))
    assert [number for number, _, _ in told(bus)] == [str(number) for number in range(MOST)]
    repeats.tell(NOW + 1)
    assert [number for number, _, _ in told(bus)] == [str(number) for number in range(2 * MOST)]
    repeats.happened(refusal("new", NOW + 1))
    assert told(bus)[-1][0] == "new"
    repeats.tell(NOW + 2)
    assert sorted(int(number) for number, _, _ in told(bus) if number != "new") == list(range(3 * MOST))
    last = bus.last_id
    repeats.tell(NOW + 3)
    assert bus.last_id == last


def test_what_the_store_cannot_keep_is_told_at_once_whatever_strangers_do() -> None:
    bus = Bus()
    repeats = Repeats(bus.publish)
    for number in range(2 * MOST):
        repeats.happened(refusal(str(number)))
    repeats.happened(StoreEvent(EventType.STORE_FAILED, "disk full", 1, NOW, NOW))
    assert bus.since(0)[-1].subject.type is EventType.STORE_FAILED


def test_memory_is_bounded() -> None:
    bus = Bus()
    repeats = Repeats(bus.publish, entries=10)
    for number in range(100):
        repeats.happened(refusal(str(number)))
        repeats.happened(refusal(str(number), NOW + 0.5))
    assert len(repeats.refusals()) == len(repeats._untold) == 10
    repeats.tell(NOW + 1)


def test_a_scanner_s_handshakes_are_one_event_too() -> None:
    bus = Bus()
    repeats = Repeats(bus.publish)
    for second in range(3):
        detail = "the peer does not speak TLS"
        at = NOW + 2 * second
        repeats.happened(
            WireEvent(EventType.HANDSHAKE_REFUSED, TLS_5061, ("10.0.0.1", 4000 + second), detail, 1, at, at)
        )
    (event,) = bus.since(0)
    assert isinstance(event.subject, WireEvent)
    assert event.subject.times == 3
