"""Numbers and lengths (X.691 section 11), and the types that are no more than one (sections 12 to 14 and 24)."""

from __future__ import annotations

from typing import Any

from registrar.h323.errors import PerError
from registrar.h323.per.codec import Codec, mistaken, put
from registrar.h323.per.limits import MAX_INTEGER_OCTETS
from registrar.h323.per.values import unknown, unknown_index
from registrar.h323.schema.notation import Enumerated, Integer


def _read_null(data: bytes, p: int) -> tuple[None, int]:
    return None, p


def _write_null(out: bytearray, p: int, value: Any) -> int:
    if value is not None:
        raise mistaken("None", value)
    return p


def _read_boolean(data: bytes, p: int) -> tuple[bool, int]:
    return data[p >> 3] << (p & 7) & 0x80 != 0, p + 1


def _write_boolean(out: bytearray, p: int, value: Any) -> int:
    if value is not True and value is not False:
        raise mistaken("bool", value)
    if p & 7:
        if value:
            out[-1] |= 0x80 >> (p & 7)
    else:
        out.append(value << 7)
    return p + 1


NULL = Codec(_read_null, _write_null)
BOOLEAN = Codec(_read_boolean, _write_boolean)


def read_length(data: bytes, p: int) -> tuple[int, int]:
    """A length without a bound (section 11.9.4), and the *octet* after it."""
    octet = p + 7 >> 3
    length = data[octet]
    if length < 0x80:
        return length, octet + 1
    if length >= 0xC0:
        raise PerError("a length of 16384 or more")
    return (length & 0x3F) << 8 | data[octet + 1], octet + 2


def write_length(out: bytearray, length: int) -> None:
    """A length without a bound, at the next octet."""
    if length < 0x80:
        out.append(length)
    elif length < 0x4000:
        out += (0x8000 | length).to_bytes(2, "big")
    else:
        raise PerError("a length of 16384 or more")


def read_small(data: bytes, p: int) -> tuple[int, int]:
    """A normally small number (section 11.6): 0 to 63 in seven bits, else with its length."""
    octet = p >> 3
    field = (data[octet] << 8 | data[octet + 1]) >> 9 - (p & 7) & 0x7F
    if field < 0x40:
        return field, p + 7
    length, octet = read_length(data, p + 1)
    if not 1 <= length <= 2:
        raise PerError("an addition numbered 65536 or more")
    return int.from_bytes(data[octet : octet + length], "big"), octet + length << 3


def write_small(out: bytearray, p: int, number: int) -> int:
    """A normally small number."""
    if number < 0x40:
        return put(out, p, number, 7)
    put(out, p, 1, 1)
    octets = number.to_bytes(1 if number < 0x100 else 2, "big")
    write_length(out, len(octets))
    out += octets
    return len(out) << 3


def ranged(low: int, high: int) -> Codec:
    """A number from ``low`` to ``high`` (section 11.5.7): the wider the range, the more is spent on alignment."""
    span = high - low
    if span < 255:
        return _bit_field(low, high)
    if span == 255:
        return _octet(low, high)
    if span < 65536:
        return _two_octets(low, high)
    return _counted_octets(low, high)


def _bit_field(low: int, high: int) -> Codec:
    width = (high - low).bit_length()
    mask = (1 << width) - 1
    shift = 16 - width

    def decode(data: bytes, p: int) -> tuple[int, int]:
        octet = p >> 3
        number = low + ((data[octet] << 8 | data[octet + 1]) >> shift - (p & 7) & mask)
        if number > high:
            raise PerError(f"{number} is more than {high}")
        return number, p + width

    def encode(out: bytearray, p: int, value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise _refused(value, low, high)
        return put(out, p, value - low, width)

    return Codec(decode, encode)


def _octet(low: int, high: int) -> Codec:
    def decode(data: bytes, p: int) -> tuple[int, int]:
        octet = p + 7 >> 3
        return low + data[octet], octet + 1 << 3

    def encode(out: bytearray, p: int, value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise _refused(value, low, high)
        out.append(value - low)
        return len(out) << 3

    return Codec(decode, encode)


def _two_octets(low: int, high: int) -> Codec:
    def decode(data: bytes, p: int) -> tuple[int, int]:
        octet = p + 7 >> 3
        number = low + (data[octet] << 8 | data[octet + 1])
        if number > high:
            raise PerError(f"{number} is more than {high}")
        return number, octet + 2 << 3

    def encode(out: bytearray, p: int, value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise _refused(value, low, high)
        out += (value - low).to_bytes(2, "big")
        return len(out) << 3

    return Codec(decode, encode)


def _counted_octets(low: int, high: int) -> Codec:
    """As few octets as the number needs, and before them how many."""
    length_of = ranged(1, ((high - low).bit_length() + 7) // 8)

    def decode(data: bytes, p: int) -> tuple[int, int]:
        length, p = length_of.decode(data, p)
        octet = p + 7 >> 3
        number = low + int.from_bytes(data[octet : octet + length], "big")
        if number > high:
            raise PerError(f"{number} is more than {high}")
        return number, octet + length << 3

    def encode(out: bytearray, p: int, value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise _refused(value, low, high)
        number = value - low
        length = max(1, number.bit_length() + 7 >> 3)
        length_of.encode(out, p, length)
        out += number.to_bytes(length, "big")
        return len(out) << 3

    return Codec(decode, encode)


def _refused(value: Any, low: int, high: int) -> PerError:
    return PerError(f"{value} is not in {low}..{high}") if type(value) is int else mistaken("int", value)


def _read_any(data: bytes, p: int) -> tuple[int, int]:
    length, octet = read_length(data, p)
    if not 1 <= length <= MAX_INTEGER_OCTETS:
        raise PerError(f"an INTEGER of {length} octets")
    return int.from_bytes(data[octet : octet + length], "big", signed=True), octet + length << 3


def _write_any(out: bytearray, p: int, value: Any) -> int:
    if type(value) is not int:
        raise mistaken("int", value)
    length = ((value if value >= 0 else ~value).bit_length() >> 3) + 1
    if length > MAX_INTEGER_OCTETS:
        raise PerError(f"an INTEGER of {length} octets")
    write_length(out, length)
    out += value.to_bytes(length, "big", signed=True)
    return len(out) << 3


def integer(type_: Integer) -> Codec:
    """INTEGER (section 13)."""
    low, high = type_.low, type_.high
    if low is None or high is None:
        return Codec(_read_any, _write_any)
    within_range = ranged(low, high)
    return _extensible_integer(within_range, low, high) if type_.extensible else within_range


def _extensible_integer(within_range: Codec, low: int, high: int) -> Codec:
    def decode(data: bytes, p: int) -> tuple[int, int]:
        extended, p = _read_boolean(data, p)
        return _read_any(data, p) if extended else within_range.decode(data, p)

    def encode(out: bytearray, p: int, value: Any) -> int:
        extended = not (type(value) is int and low <= value <= high)
        p = put(out, p, extended, 1)
        return _write_any(out, p, value) if extended else within_range.encode(out, p, value)

    return Codec(decode, encode)


def enumerated(type_: Enumerated) -> Codec:
    """ENUMERATED (section 14)."""
    root, additions = type_.root, type_.additions
    index_in_root = ranged(0, len(root) - 1)

    def decode(data: bytes, p: int) -> tuple[str, int]:
        if type_.extensible:
            extended, p = _read_boolean(data, p)
            if extended:
                index, p = read_small(data, p)
                return additions[index] if index < len(additions) else unknown(index), p
        index, p = index_in_root.decode(data, p)
        return root[index], p

    def encode(out: bytearray, p: int, value: Any) -> int:
        if value in root:
            if type_.extensible:
                p = put(out, p, 0, 1)
            return index_in_root.encode(out, p, root.index(value))
        index = additions.index(value) if value in additions else unknown_index(value)
        if not type_.extensible or index < 0:
            raise PerError("not one of the enumeration's names")
        return write_small(out, put(out, p, 1, 1), index)

    return Codec(decode, encode)
