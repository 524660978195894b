"""Open types (X.691 section 11.2): an encoding within the encoding, of whole octets and at least one."""

from __future__ import annotations

from typing import Any

from registrar.h323.errors import PerError
from registrar.h323.per.codec import Codec, Encode, mistaken
from registrar.h323.per.numbers import read_length, write_length


def _read(data: bytes, p: int) -> tuple[bytes, int]:
    length, octet = read_length(data, p)
    end = octet + length
    return data[octet:end], end << 3


def _write(out: bytearray, p: int, value: Any) -> int:
    if not isinstance(value, bytes):
        raise mistaken("bytes", value)
    write_length(out, len(value))
    out += value
    return len(out) << 3


OPEN_TYPE = Codec(_read, _write)
"""The octets as they stand."""


def write_open(out: bytearray, encode: Encode, value: Any) -> int:
    """A value in an open type."""
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
