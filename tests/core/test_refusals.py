"""What a phone repeats is one event with a count and the last time."""

from registrar.bus import Bus
from registrar.core.refusals import Refusals
from registrar.model.events import EventType, RefusalEvent
from registrar.model.reason import Reason
from tests.core.test_register import LOGON
from tests.lab import NOW, attempt


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
    Refusals(bus.publish).refuse(refusal())
    assert told(bus) == [("12345", 1, NOW)]


def test_a_phone_that_retries_every_minute_is_one_entry_told_each_time() -> None:
    bus = Bus()
    refusals = Refusals(bus.publish)
    for minute in range(5):
        refusals.refuse(refusal(at=NOW + 60 * minute))
    assert told(bus) == [("12345", 5, NOW + 240)]
    assert bus.last_id == 5
    assert refusals.recent()[0].first_at == NOW


def test_a_burst_is_counted_quietly_and_told_by_the_next_tick() -> None:
    bus = Bus()
    refusals = Refusals(bus.publish)
    for digest in range(16):
        refusals.refuse(refusal(at=NOW + digest / 16))
    assert told(bus) == [("12345", 1, NOW)]
    refusals.tell(NOW + 1)
    assert told(bus) == [("12345", 16, NOW + 15 / 16)]
    refusals.tell(NOW + 2)
    assert bus.last_id == 2


def test_another_reason_or_number_is_another_refusal() -> None:
    bus = Bus()
    refusals = Refusals(bus.publish)
    refusals.refuse(refusal())
    refusals.refuse(refusal(reason=Reason.LOCKED_OUT))
    refusals.refuse(refusal("200"))
    assert len(told(bus)) == 3


def test_the_same_after_a_long_silence_starts_a_new_count() -> None:
    bus = Bus()
    refusals = Refusals(bus.publish, memory=900)
    refusals.refuse(refusal())
    refusals.refuse(refusal(at=NOW + 901))
    assert told(bus) == [("12345", 1, NOW), ("12345", 1, NOW + 901)]


def test_memory_is_bounded() -> None:
    bus = Bus()
    refusals = Refusals(bus.publish, entries=10)
    for number in range(100):
        refusals.refuse(refusal(str(number)))
        refusals.refuse(refusal(str(number), NOW + 0.5))
    assert len(refusals.recent()) == len(refusals._untold) == 10
    refusals.tell(NOW + 1)
