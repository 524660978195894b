"""Events are published here: to subscribers at once, and to a bounded ring for those who come back."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from registrar.model.events import Event, Subject

RING: Final = 10_000
"""Events kept; about 500 bytes each with what they refer to, so 5 MB."""

Subscriber = Callable[[Event], None]


class Bus:
    """A numbered stream of events. A repeated refusal keeps only its newest event in the ring."""

    def __init__(self, ring: int = RING) -> None:
        self.last_id = 0
        self._size = ring
        self._ring: OrderedDict[int, Event] = OrderedDict()  # a dict gets slow when its oldest entries keep going
        self._subscribers: dict[int, Subscriber] = {}
        self._told: tuple[Subscriber, ...] = ()
        self._next_subscriber = 0

    @property
    def oldest_id(self) -> int:
        """The id of the oldest event still kept, 0 when there is none."""
        return next(iter(self._ring), 0)

    def publish(self, subject: Subject, now: float, replaces: int = 0) -> Event:
        """Number the subject, keep it (in the place of an older event, if one is named), and tell the subscribers."""
        self.last_id += 1
        event = Event(self.last_id, now, subject)
        ring = self._ring
        if replaces:
            ring.pop(replaces, None)
        ring[event.id] = event
        if len(ring) > self._size:
            ring.popitem(last=False)
        for subscriber in self._told:
            subscriber(event)
        return event

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call the subscriber with every event from now on; it must be quick and not raise. Returns the way out."""
        self._next_subscriber += 1
        key = self._next_subscriber
        self._subscribers[key] = subscriber
        self._told = tuple(self._subscribers.values())

        def unsubscribe() -> None:
            self._subscribers.pop(key, None)
            self._told = tuple(self._subscribers.values())

        return unsubscribe

    def newest_first(self) -> Iterator[Event]:
        """Every kept event; nothing may be published meanwhile."""
        return reversed(self._ring.values())

    def since(self, event_id: int) -> list[Event]:
        """Every kept event with a higher id, oldest first."""
        if event_id >= self.last_id:
            return []
        if event_id < self.oldest_id:
            return list(self._ring.values())
        newest_first = islice(reversed(self._ring.values()), self.last_id - event_id)
        return [event for event in newest_first if event.id > event_id][::-1]
