"""CHOICE and SEQUENCE OF (X.691 sections 23 and 20)."""

from __future__ import annotations

from typing import Any

from registrar.h323.errors import PerError, within
from registrar.h323.per.codec import Codec, Decode, Encode, mistaken, put
from registrar.h323.per.limits import MAX_ELEMENTS
from registrar.h323.per.numbers import read_length, read_small, write_small
from registrar.h323.per.open_types import OPEN_TYPE, fills, write_open
from registrar.h323.per.parts import FAULTS, MISTAKES, Compile, Parts
from registrar.h323.per.strings import count
from registrar.h323.per.values import Overlong, unknown, unknown_index
from registrar.h323.schema.notation import Choice, Null, SequenceOf


def sequence_of(type_: SequenceOf, compile_: Compile) -> Codec:
    """SEQUENCE OF (section 20)."""
    read, write = count(type_)
    decode_element, encode_element = compile_(type_.element)

    def decode(data: bytes, p: int) -> tuple[list[Any], int]:
        length, p = read(data, p)
        if length > MAX_ELEMENTS:
            raise PerError(f"a list of {length} elements")
        value: list[Any] = []
        try:
            for _ in range(length):
                element, p = decode_element(data, p)
                value.append(element)
        except FAULTS as error:
            raise within(error, str(len(value))) from None
        return value, p

    def encode(out: bytearray, p: int, value: Any) -> int:
        if not isinstance(value, list):
            raise mistaken("list", value)
        if len(value) > MAX_ELEMENTS:
            raise PerError(f"a list of {len(value)} elements")
        p = write(out, p, len(value))
        for index, element in enumerate(value):
            try:
                p = encode_element(out, p, element)
            except MISTAKES as error:
                raise within(error, str(index)) from None
        return p

    return Codec(decode, encode)


def choice(type_: Choice, compile_: Compile) -> Codec:
    """CHOICE (section 23): the alternative's index; an added one's value in an open type."""
    return Codec(_choice_decoder(type_, compile_), _choice_encoder(type_, compile_))


def _choice_decoder(type_: Choice, compile_: Compile) -> Decode:
    root = Parts(type_.root, compile_)
    index_width = (len(type_.root) - 1).bit_length()
    width = index_width + type_.extensible
    extension = 1 << index_width
    shift = 16 - width
    mask = (1 << width) - 1
    names = [part.name for part in type_.root]
    constants = [(part.name, None) if isinstance(part.type, Null) else None for part in type_.root]
    decode_added = _added_decoder(type_, compile_)

    def decode(data: bytes, p: int) -> tuple[tuple[str, Any], int]:
        octet = p >> 3
        index = (data[octet] << 8 | data[octet + 1]) >> shift - (p & 7) & mask
        if index >= len(names):
            if index < extension:
                raise PerError(f"alternative {index} of {len(names)}")
            return decode_added(data, p + 1)
        constant = constants[index]
        if constant is not None:
            return constant, p + width
        try:
            value, p = root[index].decode(data, p + width)
        except FAULTS as error:
            raise within(error, names[index]) from None
        return (names[index], value), p

    return decode


def _added_decoder(type_: Choice, compile_: Compile) -> Decode:
    additions = Parts(type_.additions, compile_)

    def decode(data: bytes, p: int) -> tuple[tuple[str, Any], int]:
        index, p = read_small(data, p)
        length, start = read_length(data, p)
        end = start + length
        if index >= len(type_.additions):
            return (unknown(index), data[start:end]), end << 3
        name = type_.additions[index].name
        try:
            value, bit = additions[index].decode(data, start << 3)
            if fills(start, bit, end):
                return (name, value), end << 3
        except FAULTS as error:
            raise within(error, name) from None
        overlong = Overlong((name, value))
        overlong.raw = data[start:end]
        return overlong, end << 3

    return decode


def _choice_encoder(type_: Choice, compile_: Compile) -> Encode:
    root = Parts(type_.root, compile_)
    additions = Parts(type_.additions, compile_)
    width = (len(type_.root) - 1).bit_length() + type_.extensible
    indices = {part.name: index for index, part in enumerate(type_.root)}
    added = {part.name: index for index, part in enumerate(type_.additions)}

    def encode(out: bytearray, p: int, value: Any) -> int:
        if not isinstance(value, tuple) or len(value) != 2:
            raise mistaken("a pair", value)
        name, content = value
        index = indices.get(name)
        try:
            if index is None:
                return encode_added(out, p, value)
            return root[index].encode(out, put(out, p, index, width), content)
        except MISTAKES as error:
            raise within(error, str(name)) from None

    def encode_added(out: bytearray, p: int, value: tuple[str, Any]) -> int:
        name, content = value
        index = added.get(name, unknown_index(name))
        if index < 0 or not type_.extensible:
            raise PerError("no such alternative")
        write_small(out, put(out, p, 1, 1), index)
        if name in added and not isinstance(value, Overlong):
            return write_open(out, additions[index].encode, content)
        return OPEN_TYPE.encode(out, 0, value.raw if isinstance(value, Overlong) else content)

    return encode
