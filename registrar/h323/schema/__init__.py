"""The types of H.225.0 version 7 (12/2009) that RAS carries, as data under the ITU's names.

Names are unique within a module only (``NonStandardParameter`` is another type in each of the three), so a type is
known by the pair of its module's name and its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from registrar.h323.schema import (
    h225_addresses,
    h225_calls,
    h225_endpoints,
    h225_information,
    h225_registration,
    h225_security,
    h225_services,
    h225_signalling,
    h235,
    h245,
)
from registrar.h323.schema.notation import SequenceOf, Structured, Type

H225 = "H323-MESSAGES"
H235 = "H235-SECURITY-MESSAGES"
H245 = "MULTIMEDIA-SYSTEM-CONTROL"

TYPES: dict[str, dict[str, Type]] = {
    H225: {
        **h225_registration.TYPES,
        **h225_calls.TYPES,
        **h225_information.TYPES,
        **h225_addresses.TYPES,
        **h225_endpoints.TYPES,
        **h225_security.TYPES,
        **h225_services.TYPES,
        **h225_signalling.TYPES,
    },
    H235: h235.TYPES,
    H245: h245.TYPES,
}

IMPORTS: dict[str, dict[str, str]] = {
    H225: {
        "SIGNED": H235,
        "ENCRYPTED": H235,
        "HASHED": H235,
        "ChallengeString": H235,
        "TimeStamp": H235,
        "RandomVal": H235,
        "Password": H235,
        "ClearToken": H235,
        "CryptoToken": H235,
        "AuthenticationMechanism": H235,
        "DataProtocolCapability": H245,
        "T38FaxProfile": H245,
        "QOSCapability": H245,
    },
    H235: {},
    H245: {},
}


class Named(NamedTuple):
    """A type's module and its name there."""

    module: str
    name: str

    def resolve(self) -> Type:
        """What the name stands for in its module: another name, or a built-in type."""
        return TYPES[self.module][self.name]


def find(name: str, module: str) -> Named:
    """The type that ``name`` means in ``module``."""
    return Named(IMPORTS[module].get(name, module), name)


@cache
def reached(named: Named) -> frozenset[Named]:
    """Every type that a value of this one may hold, at any depth."""
    found: set[Named] = set()
    open_ends = {named}
    while open_ends:
        open_ends = {part for end in open_ends for part in _parts(end)} - found
        found |= open_ends
    return frozenset(found)


@cache
def nests(named: Named) -> bool:
    """Whether a value of this type may hold another of the same type."""
    return named in reached(named)


@cache
def _parts(named: Named) -> frozenset[Named]:
    return frozenset(find(name, named.module) for name in _names(named.resolve()))


def _names(type_: Type) -> Iterator[str]:
    if isinstance(type_, str):
        yield type_
    elif isinstance(type_, SequenceOf):
        yield from _names(type_.element)
    elif isinstance(type_, Structured):
        for part in (*type_.root, *type_.additions):
            yield from _names(part.type)
