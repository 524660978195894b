"""SEQUENCE (X.691 section 19).

It begins with a preamble, a bit for "has additions" and one for each optional component. Real senders use few of the
combinations that are possible, so what follows from one is worked out once and remembered as a plan.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias, TypeVar

from registrar.h323.errors import PerError, within
from registrar.h323.per.codec import Codec, Decode, Encode, mistaken, put
from registrar.h323.per.limits import MAX_ADDITIONS, MAX_PLANS
from registrar.h323.per.numbers import read_length, read_small, write_small
from registrar.h323.per.open_types import OPEN_TYPE, fills, write_open
from registrar.h323.per.parts import FAULTS, MISTAKES, Compile, Parts
from registrar.h323.per.values import Extended, unknown, unknown_index
from registrar.h323.schema.notation import Sequence

Key = TypeVar("Key")
Plan = TypeVar("Plan")


def _keep(plans: dict[Key, Plan], key: Key, plan: Plan) -> Plan:
    """Remembers a plan; rather than to remember more than ``MAX_PLANS`` forgets them all."""
    if len(plans) >= MAX_PLANS:
        plans.clear()
    plans[key] = plan
    return plan


def sequence(type_: Sequence, compile_: Compile) -> Codec:
    """SEQUENCE."""
    return Codec(_decoder(type_, compile_), _encoder(type_, compile_))


RootPlan: TypeAlias = tuple[tuple[str, Decode], ...]
"""The components of the root that are there."""


def _decoder(type_: Sequence, compile_: Compile) -> Decode:
    optional = sum(part.optional for part in type_.root)
    extension = 1 << optional if type_.extensible else 0
    width = optional + type_.extensible
    if width > 17:
        raise NotImplementedError(type_)
    shift = 24 - width
    mask = (1 << width) - 1
    plan_for = _decoding_planner(type_, compile_)
    plans: dict[int, RootPlan] = {}
    decode_additions = _additions_decoder(type_, compile_)

    def decode(data: bytes, p: int) -> tuple[dict[str, Any], int]:
        octet = p >> 3
        preamble = (data[octet] << 16 | data[octet + 1] << 8 | data[octet + 2]) >> shift - (p & 7) & mask
        p += width
        plan = plans.get(preamble)
        if plan is None:
            plan = _keep(plans, preamble, plan_for(preamble))
        value: dict[str, Any] = {}
        try:
            for name, decode_part in plan:
                value[name], p = decode_part(data, p)
        except FAULTS as error:
            raise within(error, name) from None
        return decode_additions(data, p, value) if preamble & extension else (value, p)

    return decode


def _decoding_planner(type_: Sequence, compile_: Compile) -> Callable[[int], RootPlan]:
    root = Parts(type_.root, compile_)

    def plan_for(preamble: int) -> RootPlan:
        plan = []
        flag = 1 << sum(part.optional for part in type_.root)
        for index, part in enumerate(type_.root):
            if part.optional:
                flag >>= 1
            if not part.optional or preamble & flag:
                plan.append((part.name, root[index].decode))
        return tuple(plan)

    return plan_for


AdditionsPlan: TypeAlias = tuple[tuple[str, Decode | None], ...]
"""The additions that are there, those that this version does not know without a decoder."""


def _additions_decoder(
    type_: Sequence, compile_: Compile
) -> Callable[[bytes, int, dict[str, Any]], tuple[Extended, int]]:
    """The additions: a bitmap as long as the sender's list of them, and an open type for each that is there.

    Whatever an open type's value took, the next thing begins at its end.
    """
    additions = Parts(type_.additions, compile_)
    names = [part.name for part in type_.additions]
    plans: dict[tuple[int, int], AdditionsPlan] = {}

    def plan_for(length: int, bitmap: int) -> AdditionsPlan:
        there = [index for index in range(length) if bitmap >> length - 1 - index & 1]
        return tuple(
            (names[index], additions[index].decode) if index < len(names) else (unknown(index), None) for index in there
        )

    def decode(data: bytes, p: int, value: dict[str, Any]) -> tuple[Extended, int]:
        length, p = read_small(data, p)
        length += 1
        if length > MAX_ADDITIONS:
            raise PerError(f"a list of {length} additions")
        octet = p >> 3
        p += length
        bitmap = int.from_bytes(data[octet : p + 7 >> 3], "big") >> (-p & 7) & (1 << length) - 1
        plan = plans.get((length, bitmap))
        if plan is None:
            plan = _keep(plans, (length, bitmap), plan_for(length, bitmap))
        raw: dict[str, bytes] = {}
        try:
            for name, decode_part in plan:
                size, start = read_length(data, p)
                end = start + size
                p = end << 3
                if decode_part is None:
                    raw[name] = data[start:end]
                    continue
                value[name], bit = decode_part(data, start << 3)
                if bit + 7 >> 3 != end and not fills(start, bit, end):
                    raw[name] = data[start:end]
        except FAULTS as error:
            raise within(error, name) from None
        return Extended(value, length, raw), p

    return decode


class EncodingPlan(NamedTuple):
    """How to encode a SEQUENCE of certain components: the preamble, the root's, the bitmap, the additions."""

    preamble: int
    root: tuple[tuple[str, Encode], ...]
    length: int
    """Of the bitmap; 0 for none."""
    bitmap: int
    additions: tuple[tuple[str, Encode], ...]


NOTHING: dict[str, bytes] = {}


def _encoder(type_: Sequence, compile_: Compile) -> Encode:
    width = sum(part.optional for part in type_.root) + type_.extensible
    plan_for = _encoding_planner(type_, compile_)
    plans: dict[tuple[Any, ...], EncodingPlan] = {}

    def encode(out: bytearray, p: int, value: Any) -> int:
        if not isinstance(value, dict):
            raise mistaken("dict", value)
        raw = value.raw if isinstance(value, Extended) else NOTHING
        key = (value.bitmap, *value, None, *raw) if isinstance(value, Extended) else tuple(value)
        preamble, root, length, bitmap, additions = plans.get(key) or _keep(plans, key, plan_for(value))
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


def _encoding_planner(type_: Sequence, compile_: Compile) -> Callable[[dict[str, Any]], EncodingPlan]:
    root = Parts(type_.root, compile_)
    additions = Parts(type_.additions, compile_)
    known = {part.name for part in (*type_.root, *type_.additions)}

    def plan_for(value: dict[str, Any]) -> EncodingPlan:
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
        return EncodingPlan(
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
