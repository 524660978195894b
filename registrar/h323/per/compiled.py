"""The codec of every type of the schema, compiled when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from registrar.h323.errors import PerError
from registrar.h323.per import choices, numbers, sequences, strings
from registrar.h323.per.codec import Codec
from registrar.h323.per.limits import MAX_NESTING
from registrar.h323.per.open_types import OPEN_TYPE
from registrar.h323.per.parts import Compile
from registrar.h323.schema import Named, find, nests, reached
from registrar.h323.schema.notation import (
    BitString,
    BMPString,
    Boolean,
    Builtin,
    Choice,
    Enumerated,
    IA5String,
    Integer,
    Null,
    ObjectIdentifier,
    OctetString,
    OpenType,
    PrintableString,
    Sequence,
    SequenceOf,
    Type,
)


@cache
def codec(named: Named, nesting: int = MAX_NESTING) -> Codec:
    """The codec of a type whose values may hold values of the same type ``nesting`` levels deep.

    Each level is a codec of its own, so that the limit costs nothing when a message is decoded and no message can
    make the codec recurse further.
    """
    if nests(named):
        if not nesting:
            return Codec(_too_deep, _too_deep)
        nesting -= 1
    elif not any(nests(part) for part in reached(named)):
        nesting = MAX_NESTING
    return _compile(named.resolve(), named.module, nesting)


def _compile(type_: Type, module: str, nesting: int) -> Codec:
    if isinstance(type_, str):
        return codec(find(type_, module), nesting)
    return MAKERS[type(type_)](type_, lambda part: _compile(part, module, nesting))


MAKERS: dict[type[Builtin], Callable[[Any, Compile], Codec]] = {
    Sequence: sequences.sequence,
    Choice: choices.choice,
    SequenceOf: choices.sequence_of,
    Integer: lambda type_, _: numbers.integer(type_),
    Enumerated: lambda type_, _: numbers.enumerated(type_),
    Boolean: lambda *_: numbers.BOOLEAN,
    Null: lambda *_: numbers.NULL,
    OctetString: lambda type_, _: strings.octet_string(type_),
    BitString: lambda type_, _: strings.bit_string(type_),
    BMPString: lambda type_, _: strings.bmp_string(type_),
    IA5String: lambda type_, _: strings.ia5_string(type_),
    PrintableString: lambda type_, _: strings.printable_string(type_),
    ObjectIdentifier: lambda *_: strings.OBJECT_IDENTIFIER,
    OpenType: lambda *_: OPEN_TYPE,
}


def _too_deep(*_: Any) -> Any:
    raise PerError(f"nested deeper than {MAX_NESTING} levels")
