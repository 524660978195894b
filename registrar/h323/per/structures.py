"""SEQUENCE OF, SEQUENCE and CHOICE (X.691 sections 19, 20 and 23).

A SEQUENCE begins with a preamble, a bit for "has additions" and one for each optional component. Real senders use few
of the combinations that are possible, so what follows from one is worked out once and remembered as a plan.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias, TypeVar

from registrar.h323.errors import PerError, within
from registrar.h323.per.codec import Codec, Decode, Encode, mistaken, put
from registrar.h323.per.limits import MAX_ADDITIONS, MAX_ELEMENTS, MAX_PLANS
from registrar.h323.per.numbers import read_length, read_small, write_length, write_small
from registrar.h323.per.strings import OPEN_TYPE, count
from registrar.h323.per.values import Extended, Overlong, unknown, unknown_index
from registrar.h323.schema.notation import Choice, Component, Null, Sequence, SequenceOf, Type

Compile: TypeAlias = Callable[[Type], Codec]
"""Compiles a part's type. Parts are compiled when a message first has them, so a type may be a part of itself."""

FAULTS = (PerError, IndexError)
MISTAKES = (PerError, TypeError, ValueError, KeyError, AttributeError)


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


def write_open(out: bytearray, encode: Encode, value: Any) -> int:
    """A value within an open type (section 11.2): its length, and whole octets, of which there is at least one."""
    start = len(out)
    out.append(0)
    encode(out, start + 1 << 3, value)
    length = len(out) - start - 1
    if not length:
        out.append(0)
        length = 1
    if length < 0x80:
        out[start] = length
    else:
        prefix = bytearray()
        write_length(prefix, length)
        out[start : start + 1] = prefix
    return len(out) << 3


def fills(start: int, bit: int, end: int) -> bool:
    """Whether a value of an open type, from the octet ``start`` to ``bit``, takes all that there is to ``end``."""
    octet = max(bit + 7 >> 3, start + 1)
    if octet > end and (bit, end) != (start << 3, start):
        raise PerError("longer than its open type says")
    return octet == end


class _Parts:
    """The components of a SEQUENCE or the alternatives of a CHOICE, compiled when first needed."""

    def __init__(self, parts: list[Component], compile_: Compile) -> None:
        self.parts = parts
        self.compile = compile_
        self.compiled: dict[int, Codec] = {}

    def __getitem__(self, index: int) -> Codec:
        codec = self.compiled.get(index)
        if codec is None:
            codec = self.compiled[index] = self.compile(self.parts[index].type)
        return codec


def choice(type_: Choice, compile_: Compile) -> Codec:
    """CHOICE (section 23): the alternative's index; an added one's value in an open type."""
    return Codec(_choice_decoder(type_, compile_), _choice_encoder(type_, compile_))


def _choice_decoder(type_: Choice, compile_: Compile) -> Decode:
    root = _Parts(type_.root, compile_)
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
    additions = _Parts(type_.additions, compile_)

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
    root = _Parts(type_.root, compile_)
    additions = _Parts(type_.additions, compile_)
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


Key = TypeVar("Key")
Plan = TypeVar("Plan")


class _Plans(dict[Key, Plan]):
    """Plans by what they follow from; all are forgotten rather than more than ``MAX_PLANS`` kept."""

    def keep(self, key: Key, plan: Plan) -> Plan:
        if len(self) >= MAX_PLANS:
            self.clear()
        self[key] = plan
        return plan


def sequence(type_: Sequence, compile_: Compile) -> Codec:
    """SEQUENCE (section 19)."""
    return Codec(_sequence_decoder(type_, compile_), _sequence_encoder(type_, compile_))


def _sequence_decoder(type_: Sequence, compile_: Compile) -> Decode:
    root = _Parts(type_.root, compile_)
    optional = sum(part.optional for part in type_.root)
    extension = 1 << optional if type_.extensible else 0
    width = optional + type_.extensible
    if width > 17:
        raise NotImplementedError(type_)
    shift = 24 - width
    mask = (1 << width) - 1
    decode_additions = _additions_decoder(type_, compile_)
    plans: _Plans[int, tuple[tuple[str, Decode], ...]] = _Plans()

    def plan_for(preamble: int) -> tuple[tuple[str, Decode], ...]:
        plan = []
        flag = 1 << optional
        for index, part in enumerate(type_.root):
            if part.optional:
                flag >>= 1
            if not part.optional or preamble & flag:
                plan.append((part.name, root[index].decode))
        return plans.keep(preamble, tuple(plan))

    def decode(data: bytes, p: int) -> tuple[dict[str, Any], int]:
        octet = p >> 3
        preamble = (data[octet] << 16 | data[octet + 1] << 8 | data[octet + 2]) >> shift - (p & 7) & mask
        p += width
        value: dict[str, Any] = {}
        try:
            for name, decode_part in plans.get(preamble) or plan_for(preamble):
                value[name], p = decode_part(data, p)
        except FAULTS as error:
            raise within(error, name) from None
        return decode_additions(data, p, value) if preamble & extension else (value, p)

    return decode


AdditionsPlan: TypeAlias = tuple[tuple[str, Decode | None], ...]
"""The additions that are there, those that this version does not know without a decoder."""


def _additions_decoder(
    type_: Sequence, compile_: Compile
) -> Callable[[bytes, int, dict[str, Any]], tuple[Extended, int]]:
    """The additions: a bitmap as long as the sender's list of them, and an open type for each that is there.

    Whatever an open type's value took, the next thing begins at its end.
    """
    additions = _Parts(type_.additions, compile_)
    names = [part.name for part in type_.additions]
    plans: _Plans[tuple[int, int], AdditionsPlan] = _Plans()

    def plan_for(length: int, bitmap: int) -> AdditionsPlan:
        there = [index for index in range(length) if bitmap >> (length - 1 - index) & 1]
        plan: AdditionsPlan = tuple(
            (names[index], additions[index].decode) if index < len(names) else (unknown(index), None) for index in there
        )
        return plans.keep((length, bitmap), plan)

    def decode(data: bytes, p: int, value: dict[str, Any]) -> tuple[Extended, int]:
        length, p = read_small(data, p)
        length += 1
        if length > MAX_ADDITIONS:
            raise PerError(f"a list of {length} additions")
        octet = p >> 3
        p += length
        bitmap = int.from_bytes(data[octet : p + 7 >> 3], "big") >> (-p & 7) & (1 << length) - 1
        raw: dict[str, bytes] = {}
        try:
            for name, decode_part in plans.get((length, bitmap)) or plan_for(length, bitmap):
                size, start = read_length(data, p)
                end = start + size
                p = end << 3
                if decode_part is None:
                    raw[name] = data[start:end]
                    continue
                value[name], bit = decode_part(data, start << 3)
                if not fills(start, bit, end):
                    raw[name] = data[start:end]
        except FAULTS as error:
            raise within(error, name) from None
        return Extended(value, length, raw), p

    return decode


class _EncodingPlan(NamedTuple):
    """How to encode a SEQUENCE of certain components: the preamble, the root's, the bitmap, the additions."""

    preamble: int
    root: tuple[tuple[str, Encode], ...]
    length: int
    """Of the bitmap; 0 for none."""
    bitmap: int
    additions: tuple[tuple[str, Encode], ...]


def _sequence_encoder(type_: Sequence, compile_: Compile) -> Encode:
    width = sum(part.optional for part in type_.root) + type_.extensible
    plan_for = _encoding_planner(type_, compile_)
    plans: _Plans[tuple[Any, ...], _EncodingPlan] = _Plans()

    def encode(out: bytearray, p: int, value: Any) -> int:
        if not isinstance(value, dict):
            raise mistaken("dict", value)
        raw = value.raw if isinstance(value, Extended) else {}
        key = (value.bitmap, *value, None, *raw) if isinstance(value, Extended) else tuple(value)
        preamble, root, length, bitmap, additions = plans.get(key) or plans.keep(key, plan_for(value))
        p = put(out, p, preamble, width) if width else p
        try:
            for name, encode_part in root:
                p = encode_part(out, p, value[name])
            if not length:
                return p
            p = put(out, write_small(out, p, length - 1), bitmap, length)
            for name, encode_part in additions:
                p = OPEN_TYPE.encode(out, p, raw[name]) if name in raw else write_open(out, encode_part, value[name])
        except MISTAKES as error:
            raise within(error, name) from None
        return p

    return encode


def _encoding_planner(type_: Sequence, compile_: Compile) -> Callable[[dict[str, Any]], _EncodingPlan]:
    root = _Parts(type_.root, compile_)
    additions = _Parts(type_.additions, compile_)
    known = {part.name for part in (*type_.root, *type_.additions)}

    def plan_for(value: dict[str, Any]) -> _EncodingPlan:
        if value.keys() - known:
            raise PerError(f"no such component: {', '.join(map(str, value.keys() - known))}")
        preamble = 0
        encoders = []
        for index, part in enumerate(type_.root):
            if part.optional:
                preamble = preamble << 1 | (part.name in value)
            if part.name in value:
                encoders.append((part.name, root[index].encode))
            elif not part.optional:
                raise PerError(f"{part.name} is missing")
        there = {index: part.name for index, part in enumerate(type_.additions) if part.name in value}
        length = len(type_.additions) if there else 0
        if isinstance(value, Extended):
            there |= {index: name for name in value.raw if (index := unknown_index(name)) >= 0}
            length = value.bitmap
        if there:
            length = max(length, max(there) + 1)
        if length > MAX_ADDITIONS:
            raise PerError(f"a list of {length} additions")
        if length:
            preamble |= 1 << sum(part.optional for part in type_.root)
        return _EncodingPlan(
            preamble,
            tuple(encoders),
            length,
            sum(1 << length - 1 - index for index in there),
            tuple(
                (there[index], additions[index].encode if index < len(type_.additions) else OPEN_TYPE.encode)
                for index in sorted(there)
            ),
        )

    return plan_for
