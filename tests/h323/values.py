"""Values of any type of the schema, made from numbers that somebody else picks: hypothesis, or a seeded ``Random``."""

from collections.abc import Callable, Container
from collections.abc import Sequence as SequenceABC
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from registrar.h323 import ras
from registrar.h323.per.strings import PRINTABLE
from registrar.h323.schema import H225, H235, Named, find, reached
from registrar.h323.schema.notation import (
    BitString,
    BMPString,
    Boolean,
    CharacterString,
    Choice,
    Component,
    Enumerated,
    Integer,
    Null,
    ObjectIdentifier,
    OctetString,
    OpenType,
    PrintableString,
    Sequence,
    SequenceOf,
    Sized,
    Type,
)

Pick = Callable[[int, int], int]
"""Picks a number between two, both included."""

SIGNED = ("cryptoSignedToken", "cryptoEPCert", "cryptoGKCert", "cryptoFastStart", "certProtectedKey")
"""The alternatives that hold an open type, as something signed does."""

SHALLOW = 3
"""Down to this depth anything may be there; below it less and less."""

Option = TypeVar("Option")

MESSAGES = Named(H225, "RasMessage").resolve()
assert isinstance(MESSAGES, Choice)
ALTERNATIVES = [part.name for part in (*MESSAGES.root, *MESSAGES.additions)]


def message(alternative: str, pick: Pick, without: Container[str] = ()) -> tuple[str, Any]:
    """A RAS message of one kind, ``without`` certain alternatives of the choices in it."""
    assert isinstance(MESSAGES, Choice)
    types = {part.name: part.type for part in (*MESSAGES.root, *MESSAGES.additions)}
    return alternative, _Maker(pick, without).value(types[alternative], H225, 0)


def messages(alternative: str) -> st.SearchStrategy[tuple[str, Any]]:
    """Messages of one kind, as hypothesis likes them."""

    @st.composite
    def made(draw: st.DrawFn) -> tuple[str, Any]:
        return message(alternative, lambda low, high: draw(st.integers(low, high)))

    return made()


def fresh(value: Any) -> Any:
    """The value as somebody would write it who never received it."""
    match value:
        case dict():
            return {name: fresh(part) for name, part in value.items()}
        case list():
            return [fresh(element) for element in value]
        case tuple():
            return tuple(fresh(part) for part in value)
        case _:
            return value


def picker(seed: int) -> Pick:
    """The numbers that a seed stands for."""
    return Random(seed).randint


class _Maker:
    def __init__(self, pick: Pick, without: Container[str] = ()) -> None:
        self.pick = pick
        self.without = without

    def value(self, type_: Type, module: str, depth: int) -> Any:  # noqa: C901
        match type_:
            case str():
                named = find(type_, module)
                return self.value(named.resolve(), named.module, depth)
            case Sequence():
                return self.sequence(type_, module, depth)
            case Choice():
                return self.choice(type_, module, depth)
            case SequenceOf():
                return self.list(type_, module, depth)
            case Enumerated():
                return self.one_of([*type_.root, *type_.additions])
            case Integer():
                return self.integer(type_)
            case CharacterString():
                return self.text(type_)
            case OctetString():
                return self.octets(self.size(type_))
            case OpenType():
                return ras.encode_as(ras.CLEAR_TOKEN, self.value("ClearToken", H235, depth + 1))
            case BitString():
                bits = self.size(type_)
                return (self.pick(0, (1 << bits) - 1) << (-bits & 7)).to_bytes(bits + 7 >> 3, "big"), bits
            case ObjectIdentifier():
                root = self.pick(0, 2)
                arcs = [self.pick(0, 39 if root < 2 else 300), *(self.pick(0, 1 << 7 * k) for k in (0, 1, 2, 4))]
                return ".".join(map(str, (root, *arcs)))
            case Boolean():
                return bool(self.pick(0, 1))
            case Null():
                return None
            case _:
                raise NotImplementedError(type_)

    def list(self, type_: SequenceOf, module: str, depth: int) -> list[Any]:
        size = (
            self.size(type_) if isinstance(type_.element, Integer) else type_.low + self.pick(0, 1 + (depth < SHALLOW))
        )
        return [self.value(type_.element, module, depth + 1) for _ in range(size)]

    def sequence(self, type_: Sequence, module: str, depth: int) -> dict[str, Any]:
        added = type_.additions if self.pick(0, 2) else []
        parts = [part for part in (*type_.root, *added) if not part.optional or self.there(depth)]
        return {part.name: self.value(part.type, module, depth + 1) for part in parts}

    def there(self, depth: int) -> bool:
        return depth < 2 * SHALLOW and self.pick(0, 1 + depth // 2) == 0

    def choice(self, type_: Choice, module: str, depth: int) -> tuple[str, Any]:
        parts = [part for part in (*type_.root, *type_.additions) if part.name not in self.without]
        if depth > 2 * SHALLOW:
            parts = sorted(parts, key=lambda part: _weight(part, module))[: max(1, len(parts) // 2)]
        part = self.one_of(parts)
        return part.name, self.value(part.type, module, depth + 1)

    def integer(self, type_: Integer) -> int:
        if type_.low is None or type_.high is None:
            bits = self.one_of([7, 8, 15, 16, 31])
            return self.pick(-(1 << bits), (1 << bits) - 1)
        if type_.extensible and self.pick(0, 3) == 0:
            return self.pick(type_.high + 1, (1 << 31) - 1)
        return self.one_of([type_.low, type_.high, self.pick(type_.low, type_.high)])

    def text(self, type_: CharacterString) -> str:
        size = self.size(type_)
        if isinstance(type_, BMPString):
            characters = "Aa0\0\x7f\xff\u0100\u20ac\ufffe\uffff\ud7ff\ue000"
        elif isinstance(type_, PrintableString):
            characters = PRINTABLE
        else:
            characters = type_.alphabet or "".join(map(chr, range(128)))
        return "".join(self.one_of(characters) for _ in range(size))

    def octets(self, size: int) -> bytes:
        return self.pick(0, (1 << 8 * size) - 1).to_bytes(size, "big")

    def size(self, type_: Sized) -> int:
        """Mostly a small one, at times one around which the encoding changes."""
        sizes = [type_.low, type_.low + 1, type_.low + 2]
        if self.pick(0, 15) == 0:
            sizes = [127, 128, 255, 256, 300] if type_.high is None else [type_.high]
        return min(self.one_of(sizes), type_.high or 300)

    def one_of(self, options: SequenceABC[Option]) -> Option:
        return options[self.pick(0, len(options) - 1)]


def _weight(part: Component, module: str) -> int:
    return len(reached(find(part.type, module))) + 1 if isinstance(part.type, str) else 0
