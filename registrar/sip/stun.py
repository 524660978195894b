"""STUN binding requests, the keep-alive of RFC 5626 section 3.5.2 on UDP flows (RFC 5389)."""

from ipaddress import ip_address
from struct import Struct
from typing import Final

from registrar.model.flow import Address

_HEADER: Final = Struct("!HHI12s")
_ATTRIBUTE: Final = Struct("!HH")
_MAGIC_COOKIE: Final = 0x2112A442

_BINDING_REQUEST: Final = 0x0001
_BINDING_SUCCESS: Final = 0x0101
_BINDING_ERROR: Final = 0x0111

_ERROR_CODE: Final = 0x0009
_UNKNOWN_ATTRIBUTES: Final = 0x000A
_XOR_MAPPED_ADDRESS: Final = 0x0020
_UNDERSTOOD: Final = frozenset((0x0001, 0x0006, 0x0008, 0x0009, 0x000A, 0x0014, 0x0015, 0x0020))
"""Attributes of RFC 5389 that a receiver must understand; those from 0x8000 on may be ignored."""


def is_stun(data: bytes) -> bool:
    """Return whether a datagram is STUN: the first two bits are zero, the cookie is there; SIP starts with a letter."""
    return len(data) >= _HEADER.size and data[0] < 0x40 and data[4:8] == b"\x21\x12\xa4\x42"


def answer(data: bytes, address: Address) -> bytes | None:
    """Return the answer to a binding request from ``address``; ``None`` when the datagram asks for none.

    The answer tells the address the request came from (XOR-MAPPED-ADDRESS); 420 where the request has attributes that
    must be understood and are not.
    """
    if not is_stun(data):
        return None
    kind, length, cookie, transaction = _HEADER.unpack_from(data)
    if kind != _BINDING_REQUEST or length != len(data) - _HEADER.size or length % 4:
        return None
    unknown = _unknown_attributes(data)
    if unknown is None:
        return None
    if unknown:
        text = b"Unknown Attribute"
        listed = b"".join([number.to_bytes(2, "big") for number in unknown])
        attributes = _attribute(_ERROR_CODE, b"\0\0\x04\x14" + text) + _attribute(_UNKNOWN_ATTRIBUTES, listed)
        return _HEADER.pack(_BINDING_ERROR, len(attributes), cookie, transaction) + attributes
    attributes = _attribute(_XOR_MAPPED_ADDRESS, _xored(address, data[4:20]))
    return _HEADER.pack(_BINDING_SUCCESS, len(attributes), cookie, transaction) + attributes


def _unknown_attributes(data: bytes) -> list[int] | None:
    """The attributes that must be understood and are not; ``None`` when they do not fit the message."""
    unknown: list[int] = []
    at = _HEADER.size
    while at < len(data):
        number, length = _ATTRIBUTE.unpack_from(data, at)
        at += _ATTRIBUTE.size + length + -length % 4
        if at > len(data):
            return None
        if number < 0x8000 and number not in _UNDERSTOOD:
            unknown.append(number)
    return unknown


def _attribute(number: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(number, len(value)) + value + bytes(-len(value) % 4)


def _xored(address: Address, cookie_and_transaction: bytes) -> bytes:
    """RFC 5389 section 15.2: the port and address, each XORed with the cookie (IPv6: and the transaction id)."""
    packed = ip_address(address[0].partition("%")[0]).packed
    masked = bytes([octet ^ mask for octet, mask in zip(packed, cookie_and_transaction, strict=False)])
    family = 1 if len(packed) == 4 else 2
    return bytes((0, family)) + (address[1] ^ (_MAGIC_COOKIE >> 16)).to_bytes(2, "big") + masked
