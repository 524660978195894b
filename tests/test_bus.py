"""The event stream: numbered, bounded, resumable."""

from registrar.bus import Bus
from registrar.model.events import CommandEvent, Event, EventType
from tests.lab import NOW


def subject(line: str) -> CommandEvent:
    return CommandEvent(EventType.COMMAND, line, "EXECUTED")


def lines(events: list[Event]) -> list[str]:
    return [event.subject.line for event in events if isinstance(event.subject, CommandEvent)]


def test_a_reader_that_comes_back_gets_what_it_missed() -> None:
    bus = Bus()
    for line in "abc":
        bus.publish(subject(line), NOW)
    assert lines(bus.since(0)) == ["a", "b", "c"]
    assert lines(bus.since(1)) == ["b", "c"]
    assert bus.since(3) == []


def test_the_ring_is_bounded_and_says_where_it_begins() -> None:
    bus = Bus(ring=3)
    for line in "abcde":
        bus.publish(subject(line), NOW)
    assert bus.oldest_id == 3
    assert lines(bus.since(0)) == ["c", "d", "e"]


def test_a_replaced_event_is_told_again_with_a_new_number() -> None:
    bus = Bus()
    first = bus.publish(subject("refused"), NOW)
    bus.publish(subject("other"), NOW)
    bus.publish(subject("refused twice"), NOW, replaces=first.id)
    assert lines(bus.since(0)) == ["other", "refused twice"]
    assert lines(bus.since(2)) == ["refused twice"]


def test_subscribers_hear_everything_until_they_leave() -> None:
    bus = Bus()
    heard: list[Event] = []
    leave = bus.subscribe(heard.append)
    bus.publish(subject("a"), NOW)
    leave()
    leave()
    bus.publish(subject("b"), NOW)
    assert lines(heard) == ["a"]
