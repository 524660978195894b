"""Who is registered: counted by kind at all times, in order of number and of age for whoever looks."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from registrar.core.ordered import Kept
from registrar.core.piecewise import PAUSE, Piecewise, in_pieces
from registrar.model.binding import Binding, Bindings

Mark = tuple[int, str, bool, int]
"""What a registration is counted by: port, transport, whether it is downgraded, the policy it was accepted under."""


Place = tuple[Any, ...]
"""Where a binding stands in an order: what it goes by first, its number, at the end protocol and contact identity."""


class Roll:
    """Counts and orders of bindings, told of each that comes, changes or goes."""

    def __init__(self, bindings: dict[tuple[str, str], Bindings]) -> None:
        """``bindings`` is the state's, by protocol and number; it is looked at, never changed."""
        self._bindings = bindings
        self.counts: Counter[Mark] = Counter()
        self.by_number: Kept[Place] = Kept(lambda: self._gathered(_numbered))
        self.by_age: Kept[Place] = Kept(lambda: self._gathered(_aged))

    def count(self) -> None:
        """Count what there is, however it came there."""
        self.counts = Counter([_mark(binding) for bindings in self._bindings.values() for binding in bindings.values()])

    def changed(self, before: Binding | None, after: Binding | None) -> None:
        """Take note that a binding was put in place, replaced by another of the same key, or removed."""
        if before is not None:
            self.counts[_mark(before)] -= 1
            if after is None or after.registered_at != before.registered_at:
                if self.by_age.followed:
                    self.by_age.discard(by_age(before))
                if self.by_number.followed:
                    self.by_number.discard(by_number(before))
        if after is not None:
            self.counts[_mark(after)] += 1
            if before is None or after.registered_at != before.registered_at:
                if self.by_age.followed:
                    self.by_age.add(by_age(after))
                if self.by_number.followed:
                    self.by_number.add(by_number(after))

    def found(self, places: Iterable[Place]) -> list[Binding]:
        """Return the bindings at these places, as far as they are there still."""
        known = self._bindings
        found = []
        for place in places:
            bindings = known.get((place[-2], place[1]))
            binding = bindings.get(place[-1]) if bindings is not None else None
            if binding is not None:
                found.append(binding)
        return found

    def pairs(self, places: Iterable[Place]) -> Iterator[tuple[Place, Binding]]:
        """Yield the same, each behind its place."""
        known = self._bindings
        for place in places:
            bindings = known.get((place[-2], place[1]))
            binding = bindings.get(place[-1]) if bindings is not None else None
            if binding is not None:
                yield place, binding

    def _gathered(self, place: Callable[[str, str, str, Binding], Place]) -> Piecewise[list[Place]]:
        gathered: list[Place] = []
        for piece in in_pieces(list(self._bindings)):
            for key in piece:
                bindings = self._bindings.get(key)
                if bindings is not None:
                    protocol, number = key
                    gathered += [place(protocol, number, *each) for each in bindings.items()]
            yield PAUSE
        return gathered


def by_number(binding: Binding) -> Place:
    """The shorter numbers first, then by their digits; of one number the one that is registered longest."""
    return _numbered(*binding.key, binding)


def by_age(binding: Binding) -> Place:
    """The one that is registered longest first."""
    return _aged(*binding.key, binding)


def _numbered(protocol: str, number: str, identity: str, binding: Binding) -> Place:
    return len(number), number, binding.registered_at, protocol, identity


def _aged(protocol: str, number: str, identity: str, binding: Binding) -> Place:
    return binding.registered_at, number, protocol, identity


def _mark(binding: Binding) -> Mark:
    listener, decision = binding.flow.listener, binding.decision
    return listener.port, listener.transport._value_, decision.downgraded, decision.policy._value_
