"""The service node's state in memory, changed only by ``Change`` values.

Every change can be inverted, so that what could not be stored is taken back.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import Final, TypeVar, cast

from registrar.core.endpoints import Endpoints
from registrar.core.numbered import Numbered, numbered
from registrar.core.ordered import Kept
from registrar.core.piecewise import PAUSE, Piecewise, in_pieces
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
from registrar.model.events import BindingEvent
from registrar.model.extension import Extension, ExtensionProfile, Rac
from registrar.model.licence import Licence
from registrar.model.media import Media
from registrar.model.policy import Policy, Protocol
from registrar.model.route import Route
from registrar.model.terminal import TerminalPattern

Leaving = dict[str, list[BindingEvent]]
"""What is told of bindings that leave together, by their numbers."""

_NO_BINDINGS: Final[Bindings] = {}

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
        self.leaving: Leaving = {}
        """What has left already for whoever asks of a number, however many they are: it is let go of bit by bit."""
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
        for kind, some in groupby(changes, type):  # a start is to be over soon
            if kind is SetBinding:
                self._bind(cast("Iterator[SetBinding]", some))
            elif kind is SetExtension:
                _put_all(self.extensions, cast("Iterator[tuple[str, Extension | None]]", some))
            elif kind is SetRac:
                _put_all(self.racs, cast("Iterator[tuple[str, Rac | None]]", some))
            else:
                for change in some:
                    self.apply(change)
        self.roll.count()
        self.exceptions = sum([extension.security_exception for extension in self.extensions.values()])
        self.users = Counter([extension.csp for extension in self.extensions.values()])

    def _bind(self, changes: Iterable[SetBinding]) -> None:
        """Put very many bindings in place; they are counted afterwards."""
        known = self.bindings
        for key, binding in changes:
            protocol, number, identity = key
            place = (protocol, number)
            if binding is None or protocol == "h323" or place in known:
                self.set_binding(key, binding)
            else:  # of nearly every number that has any
                known[place] = {identity: binding}
                self.binding_count += 1

    def bindings_of(self, protocol: Protocol, number: str) -> Bindings:
        """Return the number's bindings in the protocol; the dict must not be changed."""
        if self.leaving and number in self.leaving:
            return _NO_BINDINGS
        return self.bindings.get((protocol._value_, number), _NO_BINDINGS)

    def endpoint(self, identifier: str) -> tuple[Binding, ...]:
        """Return the bindings of an H.323 endpoint, of the number it registered first in front."""
        numbers = self.endpoints.numbers(identifier)
        known, leaving = self.bindings, self.leaving
        return tuple([known["h323", number][identifier] for number in numbers if number not in leaving])

    def called(self, alias: str) -> Binding | None:
        """Return the H.323 binding that a number or name leads to."""
        named = self.endpoints.named(alias)
        if named is not None:
            identifier, number = named
            if number not in self.leaving:
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

    def draft(self, changes: Iterable[Setting]) -> Piecewise["State"]:
        """Return a state with these settings, changed in pieces; no setting of this one may change meanwhile."""
        draft = State()
        draft.policy, draft.licence, draft.patterns = self.policy, self.licence, self.patterns
        draft.encrypted_media, draft.exceptions = self.encrypted_media, self.exceptions
        draft.profiles, draft.routes, draft.users = self.profiles.copy(), self.routes.copy(), self.users.copy()
        draft.extensions = self.extensions.copy()
        yield PAUSE
        draft.racs = self.racs.copy()
        yield PAUSE
        draft.numbers.replace(self.numbers.copy())
        yield PAUSE
        draft.rac_numbers.replace(self.rac_numbers.copy())
        yield PAUSE
        for piece in in_pieces(changes):
            for change in piece:
                draft.apply(change)
            yield PAUSE
        return draft

    def exchange(self, draft: "State") -> None:
        """Have the other's settings, all at once; it has these."""
        self.policy, draft.policy = draft.policy, self.policy
        self.licence, draft.licence = draft.licence, self.licence
        self.encrypted_media, draft.encrypted_media = draft.encrypted_media, self.encrypted_media
        self.extensions, draft.extensions = draft.extensions, self.extensions
        self.racs, draft.racs = draft.racs, self.racs
        self.profiles, draft.profiles = draft.profiles, self.profiles
        self.routes, draft.routes = draft.routes, self.routes
        self.patterns, draft.patterns = draft.patterns, self.patterns
        self.exceptions, draft.exceptions = draft.exceptions, self.exceptions
        self.users, draft.users = draft.users, self.users
        draft.numbers.replace(self.numbers.replace(draft.numbers.replace(None)))
        draft.rac_numbers.replace(self.rac_numbers.replace(draft.rac_numbers.replace(None)))

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


def _put_all(mapping: dict[str, V], changes: Iterable[tuple[str, V | None]]) -> None:
    for key, value in changes:
        if value is None:
            mapping.pop(key, None)
        else:
            mapping[key] = value


def _put(mapping: dict[K, V], key: K, value: V | None) -> V | None:
    before = mapping.pop(key, None) if value is None else mapping.get(key)
    if value is not None:
        mapping[key] = value
    return before
