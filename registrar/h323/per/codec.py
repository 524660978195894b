"""What a compiled type is, and how bits are appended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from registrar.h323.errors import PerError

PAD = bytes(4)
"""Stands behind every message that is decoded, so that reading a few bits past its end needs no check where it happens.

Beyond the pad there is an ``IndexError``; within it the decoder comes out past the message's last bit. Both are found
at the end (``registrar.h323.ras``). A slice past the end comes out short, and its end past the last bit.
"""

Decode: TypeAlias = Callable[[bytes, int], tuple[Any, int]]
"""From a message with ``PAD`` behind it and the bit to begin at: the value, and the bit after it."""

Encode: TypeAlias = Callable[[bytearray, int, Any], int]
"""Appends a value to octets of which so many bits are used (the last octet in part, all its other bits zero).

Returns the number of bits then used. Octets are appended at an octet's boundary, so aligning needs no more than to
append to the octets and to count from their length.
"""


class Codec(NamedTuple):
    """A type, compiled."""

    decode: Decode
    encode: Encode


def put(out: bytearray, p: int, number: int, width: int) -> int:
    """Append the ``width`` low bits of ``number``, which has no more."""
    free = -p & 7
    if width <= free:
        out[-1] |= number << free - width
        return p + width
    rest = width - free
    if free:
        out[-1] |= number >> rest
        number &= (1 << rest) - 1
    if rest <= 8:
        out.append(number << 8 - rest)
    else:
        out += (number << (-rest & 7)).to_bytes(rest + 7 >> 3, "big")
    return p + width


def mistaken(expected: str, value: object) -> PerError:
    """The error for a value of another Python type. It names the type, not the value: that may be secret."""
    return PerError(f"{expected} expected, not {type(value).__name__}")
