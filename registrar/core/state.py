"""The service node's state in memory, changed only by ``Change`` values.

Every change can be inverted, so that what could not be stored is taken back.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TypeVar

from registrar.core.endpoints import Endpoints
from registrar.core.numbered import Numbered, numbered
from registrar.core.ordered import Kept
from registrar.core.roll import Roll
from registrar.model.binding import Binding, BindingKey, Bindings
from registrar.model.changes import (
    Change,
    SetBinding,
    SetExtension,
    SetFailures,
    SetLicence,
    SetLock,
    SetMediaEncryption,
    SetPatterns,
    SetPolicy,
    SetProfile,
    SetRac,
    SetRoute,
    Setting,
)
from registrar.model.extension import Extension, ExtensionProfile, Rac
from registrar.model.licence import Licence
from registrar.model.media import Media
from registrar.model.policy import Policy, Protocol
from registrar.model.route import Route
from registrar.model.terminal import TerminalPattern

_NO_BINDINGS: Bindings = {}

K = TypeVar("K")
V = TypeVar("V")


class State:
    """Extensions, RACs, profiles, licence, policy, media encryption, routes, terminal patterns and bindings."""

    def __init__(self, changes: Iterable[Change] = ()) -> None:
        self.policy = Policy.NONE
        self.licence: Licence | None = None
        self.encrypted_media: frozenset[Media] = frozenset()
        """What media encryption is enabled for; nothing from the start (6.4)."""
        self.extensions: dict[str, Extension] = {}
        self.racs: dict[str, Rac] = {}
        self.profiles: dict[int, ExtensionProfile] = {1: ExtensionProfile(1)}
        self.routes: dict[int, Route] = {}
        self.patterns: tuple[TerminalPattern, ...] = ()
        """The operator's own patterns; the shipped ones are tried after them."""
        self.bindings: dict[tuple[str, str], Bindings] = {}
        """By (protocol, number)."""
        self.binding_count = 0
        self.endpoints = Endpoints()
        self.roll = Roll(self.bindings)
        self.numbers: Kept[Numbered] = Kept(lambda: numbered(self.extensions))
        """Those of the extensions, in order."""
        self.rac_numbers: Kept[Numbered] = Kept(lambda: numbered(self.racs))
        self.exceptions = 0
        """Extensions with a security exception."""
        self.users: Counter[int] = Counter()
        """Extensions of each common service profile."""
        for change in changes:
            if isinstance(change, SetBinding):
                (protocol, number, identity), binding = change
                place = (protocol, number)
                if binding is None or place in self.bindings or protocol == "h323":
                    self.set_binding(*change)
                else:  # of nearly every number that has any, and a start is to be over soon
                    self.bindings[place] = {identity: binding}
                    self.binding_count += 1
            elif isinstance(change, SetExtension) and change.extension is not None:
                self.extensions[change.number] = change.extension
            elif isinstance(change, SetRac) and change.rac is not None:
                self.racs[change.number] = change.rac
            else:
                self.apply(change)
        self.roll.count()
        self.exceptions = sum([extension.security_exception for extension in self.extensions.values()])
        self.users = Counter([extension.csp for extension in self.extensions.values()])

    def bindings_of(self, protocol: Protocol, number: str) -> Bindings:
        """Return the number's bindings in the protocol; the dict must not be changed."""
        return self.bindings.get((protocol._value_, number), _NO_BINDINGS)

    def endpoint(self, identifier: str) -> tuple[Binding, ...]:
        """Return the bindings of an H.323 endpoint, of the number it registered first in front."""
        numbers = self.endpoints.numbers(identifier)
        return tuple([self.bindings["h323", number][identifier] for number in numbers])

    def called(self, alias: str) -> Binding | None:
        """Return the H.323 binding that a number or name leads to."""
        named = self.endpoints.named(alias)
        if named is not None:
            identifier, number = named
            return self.bindings["h323", number][identifier]
        return next(iter(self.bindings_of(Protocol.H323, alias).values()), None)

    def all_bindings(self) -> Iterator[Binding]:
        """Every binding, grouped by number."""
        return chain.from_iterable(bindings.values() for bindings in self.bindings.values())

    def settings(self) -> Iterator[Setting]:
        """Everything that an operator has set: what makes a new state like this one, without its bindings.

        It is as it was when the first of it was asked for.
        """
        profiles, extensions, racs = self.profiles.copy(), self.extensions.copy(), self.racs.copy()
        routes, patterns, encrypted = self.routes.copy(), self.patterns, self.encrypted_media
        yield SetPolicy(self.policy)
        yield SetLicence(self.licence)
        yield from (SetMediaEncryption(media, media in encrypted) for media in Media)
        yield from (SetProfile(csp, profile) for csp, profile in profiles.items())
        yield from (SetExtension(number, extension) for number, extension in extensions.items())
        yield from (SetRac(number, rac) for number, rac in racs.items())
        yield from (SetRoute(number, route) for number, route in routes.items())
        yield SetPatterns(patterns)

    def apply(self, change: Change) -> Change:
        """Make the change and return the one that takes it back."""
        if isinstance(change, SetBinding):
            return SetBinding(change.key, self.set_binding(*change))
        if isinstance(change, SetExtension):
            return SetExtension(change.number, self._set_extension(*change))
        if isinstance(change, SetRac):
            return SetRac(change.number, self._set_rac(*change))
        if isinstance(change, SetLock | SetFailures):  # the lockout's, which holds what led to it as well
            return change
        if isinstance(change, SetProfile):
            return SetProfile(change.csp, _put(self.profiles, change.csp, change.profile))
        if isinstance(change, SetRoute):
            return SetRoute(change.number, _put(self.routes, change.number, change.route))
        if isinstance(change, SetPolicy):
            before, self.policy = self.policy, change.policy
            return SetPolicy(before)
        if isinstance(change, SetLicence):
            licence, self.licence = self.licence, change.licence
            return SetLicence(licence)
        if isinstance(change, SetMediaEncryption):
            media, before_enabled = change.media, change.media in self.encrypted_media
            self.encrypted_media = self.encrypted_media | {media} if change.enabled else self.encrypted_media - {media}
            return SetMediaEncryption(media, before_enabled)
        patterns, self.patterns = self.patterns, change.patterns
        return SetPatterns(patterns)

    def set_binding(self, key: BindingKey, binding: Binding | None) -> Binding | None:
        """Put the binding in place, or none; return the one that was there."""
        protocol, number, identity = key
        place = (protocol, number)
        bindings = self.bindings.get(place)
        if bindings is None:
            if binding is None:
                return None
            bindings = self.bindings[place] = {}
        before = bindings.get(identity)
        if binding is not None:
            bindings[identity] = binding
            self.binding_count += before is None
        elif before is not None:
            del bindings[identity]
            self.binding_count -= 1
            if not bindings:
                del self.bindings[place]
        if protocol == "h323":
            self.endpoints.changed(before, binding)
        if (
            before is None
            or binding is None
            or before.decision is not binding.decision
            or before.flow.listener is not binding.flow.listener
            or before.registered_at != binding.registered_at
        ):  # a refresh is as a rule in the same place and counted the same
            self.roll.changed(before, binding)
        return before

    def _set_extension(self, number: str, extension: Extension | None) -> Extension | None:
        before = _put(self.extensions, number, extension)
        if before is not None:
            self.exceptions -= before.security_exception
            self.users[before.csp] -= 1
            if extension is None:
                self.numbers.discard((len(number), number))
        if extension is not None:
            self.exceptions += extension.security_exception
            self.users[extension.csp] += 1
            if before is None:
                self.numbers.add((len(number), number))
        return before

    def _set_rac(self, number: str, rac: Rac | None) -> Rac | None:
        before = _put(self.racs, number, rac)
        if before is None and rac is not None:
            self.rac_numbers.add((len(number), number))
        elif rac is None and before is not None:
            self.rac_numbers.discard((len(number), number))
        return before


def _put(mapping: dict[K, V], key: K, value: V | None) -> V | None:
    before = mapping.pop(key, None) if value is None else mapping.get(key)
    if value is not None:
        mapping[key] = value
    return before
