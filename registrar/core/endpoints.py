"""Which H.323 endpoints there are, by their identifiers and by the names they registered."""

from typing import TypeVar

from registrar.model.attempt import Attempt
from registrar.model.binding import Binding, Bindings, Contact, is_number

T = TypeVar("T")

Place = tuple[str, str]
"""endpointIdentifier and number of a binding."""


class Endpoints:
    """An index over the bindings of H.323 endpoints; an endpoint may hold several numbers, a binding each."""

    def __init__(self) -> None:
        self._numbers: dict[str, tuple[str, ...]] = {}
        self._names: dict[str, tuple[Place, ...]] = {}

    def numbers(self, identifier: str) -> tuple[str, ...]:
        """The numbers of the endpoint with this endpointIdentifier, the one it registered first in front."""
        return self._numbers.get(identifier, ())

    def named(self, name: str) -> Place | None:
        """Return where the name, which is no number, leads."""
        places = self._names.get(name)
        return places[0] if places else None

    def changed(self, before: Binding | None, after: Binding | None) -> None:
        """Take note that a binding was put in place, replaced by another of the same key, or removed."""
        if before is not None:
            if after is not None and after.contact.endpoint is before.contact.endpoint:
                return
            _, number, identifier = before.key
            for name in names_of(before.contact):
                _drop(self._names, name, (identifier, number))
            if after is None:
                _drop(self._numbers, identifier, number)
        if after is not None:
            _, number, identifier = after.key
            if before is None:
                self._numbers[identifier] = (*self._numbers.get(identifier, ()), number)
            for name in names_of(after.contact):
                self._names[name] = (*self._names.get(name, ()), (identifier, number))


def _drop(index: dict[str, tuple[T, ...]], key: str, value: T) -> None:
    rest = tuple(held for held in index[key] if held != value)
    if rest:
        index[key] = rest
    else:
        del index[key]


def names_of(contact: Contact) -> list[str]:
    """Return the aliases of the contact that are names rather than numbers."""
    if contact.endpoint is None:
        return []
    return list(dict.fromkeys([alias[1] for alias in contact.endpoint.aliases if not is_number(alias)]))


def held_alias(attempt: Attempt, bindings: Bindings, endpoints: Endpoints, replace: bool, now: float) -> str:
    """Return the alias that the attempt asks for and another live endpoint holds; empty when it may have them all.

    With ``replace`` a number may change hands, since whoever asks may have it; a name proves nothing.
    """
    for contact in attempt.contacts:
        if contact.endpoint is None or contact.expires == 0:
            continue
        known = bindings.get(contact.key)
        if known is not None and known.contact.endpoint is contact.endpoint and len(bindings) == 1:
            continue
        for name in names_of(contact):
            holder = endpoints.named(name)
            if holder is not None and holder[0] != contact.key:
                return name
        if not replace and any(key != contact.key and held.expires_at > now for key, held in bindings.items()):
            return attempt.number
    return ""
