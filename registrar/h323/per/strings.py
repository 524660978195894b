"""Strings: octets, bits, characters (X.691 sections 16, 17 and 30), and object identifiers (24)."""

from __future__ import annotations

from codecs import utf_16_be_decode, utf_16_be_encode
from functools import lru_cache
from typing import Any

from registrar.h323.errors import PerError
from registrar.h323.per.codec import Codec, mistaken, put
from registrar.h323.per.limits import MAX_OID_OCTETS
from registrar.h323.per.numbers import ranged, read_length, write_length
from registrar.h323.per.values import Bits
from registrar.h323.schema.notation import (
    BitString,
    BMPString,
    IA5String,
    OctetString,
    PrintableString,
    Sized,
)

PRINTABLE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?"


def _read_count(data: bytes, p: int) -> tuple[int, int]:
    count, octet = read_length(data, p)
    return count, octet << 3


def _write_count(out: bytearray, p: int, value: Any) -> int:
    write_length(out, value)
    return len(out) << 3


def count(type_: Sized) -> Codec:
    """How many octets, bits, characters or elements there are (section 11.9)."""
    return Codec(_read_count, _write_count) if type_.high is None else ranged(type_.low, type_.high)


def octet_string(type_: OctetString) -> Codec:
    """OCTET STRING (section 17)."""
    if type_.low == type_.high:
        return _few_octets(type_.low) if type_.low <= 2 else _fixed_octets(type_.low)
    read, write = count(type_)

    def decode(data: bytes, p: int) -> tuple[bytes, int]:
        length, p = read(data, p)
        octet = p + 7 >> 3
        end = octet + length
        return data[octet:end], end << 3

    def encode(out: bytearray, p: int, value: Any) -> int:
        if not isinstance(value, bytes):
            raise mistaken("bytes", value)
        write(out, p, len(value))
        out += value
        return len(out) << 3

    return Codec(decode, encode)


def _few_octets(size: int) -> Codec:
    """One or two octets, which are not aligned."""

    def decode(data: bytes, p: int) -> tuple[bytes, int]:
        octet = p >> 3
        bits = int.from_bytes(data[octet : octet + size + 1], "big") >> 8 - (p & 7)
        return (bits & (1 << 8 * size) - 1).to_bytes(size, "big"), p + 8 * size

    def encode(out: bytearray, p: int, value: Any) -> int:
        _check_octets(value, size)
        return put(out, p, int.from_bytes(value, "big"), 8 * size)

    return Codec(decode, encode)


def _fixed_octets(size: int) -> Codec:
    def decode(data: bytes, p: int) -> tuple[bytes, int]:
        octet = p + 7 >> 3
        end = octet + size
        return data[octet:end], end << 3

    def encode(out: bytearray, p: int, value: Any) -> int:
        _check_octets(value, size)
        out += value
        return len(out) << 3

    return Codec(decode, encode)


def _check_octets(value: Any, size: int) -> None:
    if not isinstance(value, bytes):
        raise mistaken("bytes", value)
    if len(value) != size:
        raise PerError(f"{len(value)} octets instead of {size}")


def bit_string(type_: BitString) -> Codec:
    """BIT STRING (section 16), longer than the 16 bits of a fixed size that would not be aligned."""
    read, write = count(type_)

    def decode(data: bytes, p: int) -> tuple[Bits, int]:
        size, p = read(data, p)
        octet = p + 7 >> 3
        bits = Bits((_clear(data[octet : octet + (size + 7 >> 3)], size), size))
        bits.octet = octet
        return bits, (octet << 3) + size

    def encode(out: bytearray, p: int, value: Any) -> int:
        if not isinstance(value, tuple) or len(value) != 2:
            raise mistaken("a pair", value)
        octets, size = value
        if not isinstance(octets, bytes):
            raise mistaken("bytes", octets)
        if len(octets) != size + 7 >> 3:
            raise PerError(f"{size} bits in {len(octets)} octets")
        write(out, p, size)
        p = len(out) << 3
        out += _clear(octets, size)
        return p + int(size)

    return Codec(decode, encode)


def _clear(octets: bytes, size: int) -> bytes:
    """``octets`` with zeros behind the bit string's last bit."""
    return octets[:-1] + bytes((octets[-1] & 0xFF << (-size & 7),)) if size & 7 and octets else octets


def bmp_string(type_: BMPString) -> Codec:
    """BMPString (section 30): two octets a character. Surrogate pairs occur; half of one is no character."""
    read, write = count(type_)

    def decode(data: bytes, p: int) -> tuple[str, int]:
        length, p = read(data, p)
        octet = p + 7 >> 3
        end = octet + 2 * length
        try:
            return utf_16_be_decode(data[octet:end], "strict", True)[0], end << 3
        except UnicodeDecodeError:
            raise PerError("half of a surrogate pair in a BMPString") from None

    def encode(out: bytearray, p: int, value: Any) -> int:
        if not isinstance(value, str):
            raise mistaken("str", value)
        try:
            octets, _ = utf_16_be_encode(value)
        except UnicodeEncodeError:
            raise PerError("half of a surrogate pair in a BMPString") from None
        write(out, p, len(octets) >> 1)
        out += octets
        return len(out) << 3

    return Codec(decode, encode)


def ia5_string(type_: IA5String) -> Codec:
    """IA5String (section 30)."""
    return _nibbles(type_, type_.alphabet) if type_.alphabet else _ascii(type_, "")


def printable_string(type_: PrintableString) -> Codec:
    """PrintableString (section 30)."""
    return _ascii(type_, PRINTABLE)


def _ascii(type_: Sized, alphabet: str) -> Codec:
    """An octet a character."""
    read, write = count(type_)
    permitted = frozenset(alphabet)

    def check(text: str) -> None:
        if not text.isascii():
            raise PerError("a character that is not ASCII")
        if permitted and not permitted.issuperset(text):
            raise PerError("a character that a PrintableString has not")

    def decode(data: bytes, p: int) -> tuple[str, int]:
        length, p = read(data, p)
        octet = p + 7 >> 3
        end = octet + length
        text = data[octet:end].decode("latin-1")
        check(text)
        return text, end << 3

    def encode(out: bytearray, p: int, value: Any) -> int:
        if not isinstance(value, str):
            raise mistaken("str", value)
        check(value)
        write(out, p, len(value))
        out += value.encode("ascii")
        return len(out) << 3

    return Codec(decode, encode)


def _nibbles(type_: Sized, alphabet: str) -> Codec:
    """Characters of a small alphabet: each is its index there in four bits, not its code (section 30.5.4)."""
    if not 8 < len(alphabet) < 16:
        raise NotImplementedError(alphabet)
    read, write = count(type_)
    from_hex = str.maketrans("0123456789abcdef", alphabet.ljust(16, "\0"))
    to_hex = str.maketrans(alphabet, "0123456789abcdef"[: len(alphabet)])
    permitted = frozenset(alphabet)
    fault = f"a character other than {alphabet}"

    def decode(data: bytes, p: int) -> tuple[str, int]:
        length, p = read(data, p)
        octet = p + 7 >> 3
        text = data[octet : octet + (length + 1 >> 1)].hex()[:length].translate(from_hex)
        if "\0" in text:
            raise PerError(fault)
        return text, (octet << 3) + 4 * length

    def encode(out: bytearray, p: int, value: Any) -> int:
        if not isinstance(value, str):
            raise mistaken("str", value)
        if not permitted.issuperset(value):
            raise PerError(fault)
        length = len(value)
        write(out, p, length)
        p = len(out) << 3
        out += bytes.fromhex(value.translate(to_hex) + "0" * (length & 1))
        return p + 4 * length

    return Codec(decode, encode)


def _read_object_identifier(data: bytes, p: int) -> tuple[str, int]:
    length, octet = read_length(data, p)
    if not 1 <= length <= MAX_OID_OCTETS:
        raise PerError(f"an OBJECT IDENTIFIER of {length} octets")
    end = octet + length
    return _arcs(data[octet:end]), end << 3


def _write_object_identifier(out: bytearray, p: int, value: Any) -> int:
    if not isinstance(value, str):
        raise mistaken("str", value)
    octets = _oid_octets(value)
    write_length(out, len(octets))
    out += octets
    return len(out) << 3


OBJECT_IDENTIFIER = Codec(_read_object_identifier, _write_object_identifier)


@lru_cache(256)
def _arcs(octets: bytes) -> str:
    """X.690 section 8.19: seven bits an octet, the eighth set where the arc goes on; the first two arcs in one."""
    arcs = []
    arc = 0
    for octet in octets:
        if octet == 0x80 and not arc:
            raise PerError("an OBJECT IDENTIFIER with a padded arc")
        arc = arc << 7 | octet & 0x7F
        if octet < 0x80:
            arcs.append(arc)
            arc = 0
    if not arcs or octets[-1] >= 0x80:
        raise PerError("an OBJECT IDENTIFIER that breaks off")
    root = min(arcs[0] // 40, 2)
    return ".".join(map(str, (root, arcs[0] - 40 * root, *arcs[1:])))


@lru_cache(256)
def _oid_octets(dotted: str) -> bytes:
    parts = dotted.split(".")
    if (
        len(dotted) > 4 * MAX_OID_OCTETS
        or len(parts) < 2
        or not all(part.isascii() and part.isdecimal() for part in parts)
    ):
        raise PerError("not an OBJECT IDENTIFIER")
    root, second, *arcs = map(int, parts)
    if root > 2 or (root < 2 and second > 39):
        raise PerError("not an OBJECT IDENTIFIER")
    octets = bytearray()
    for arc in (40 * root + second, *arcs):
        shift = max(0, arc.bit_length() - 1) // 7 * 7
        octets += bytes(0x80 | arc >> s & 0x7F for s in range(shift, 0, -7)) + bytes((arc & 0x7F,))
    if len(octets) > MAX_OID_OCTETS:
        raise PerError(f"an OBJECT IDENTIFIER of {len(octets)} octets")
    return bytes(octets)
