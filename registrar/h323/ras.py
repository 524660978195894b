"""RAS messages (H.225.0 section 7.8 to 7.20) to octets and back.

A value is made of Python's own types. A CHOICE is a pair of the alternative's name and its value; a SEQUENCE a
``dict`` of the components that are there, under the ITU's names; a SEQUENCE OF a ``list``; NULL is ``None``; a BIT
STRING a pair of ``bytes`` and the number of bits; an OBJECT IDENTIFIER its arcs with dots between them; an
enumeration's value its name; everything else is ``bool``, ``int``, ``bytes`` or ``str``.

What this version does not know is kept: the octets of an unknown addition in the ``raw`` of its SEQUENCE
(``registrar.h323.per.values.Extended``), an unknown alternative as ``("...5", octets)``, its index among the
additions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from registrar.h323.errors import PerError, within
from registrar.h323.per.codec import PAD
from registrar.h323.per.compiled import codec
from registrar.h323.per.limits import MAX_OCTETS
from registrar.h323.schema import H225, H235, Named

RAS_MESSAGE = Named(H225, "RasMessage")
CLEAR_TOKEN = Named(H235, "ClearToken")


class RasMessage(NamedTuple):
    """A message: the name of the alternative, as in ``registrationRequest``, and its components."""

    name: str
    value: Any


def decode(data: bytes) -> RasMessage:
    """The message that ``data`` is, whole; raises ``PerError``."""
    return RasMessage(*decode_as(RAS_MESSAGE, data))


def encode(message: tuple[str, Any]) -> bytes:
    """The octets of a message; raises ``PerError`` for what is none."""
    return encode_as(RAS_MESSAGE, message)


def decode_as(type_: Named, data: bytes) -> Any:
    """The value of ``type_`` that ``data`` is, whole; raises ``PerError``."""
    if len(data) > MAX_OCTETS:
        raise PerError(f"{len(data)} octets")
    try:
        value, bit = codec(type_).decode(data + PAD, 0)
    except IndexError:
        raise PerError("the message ends too early") from None
    octets = max(bit + 7 >> 3, 1)
    if octets > len(data):
        raise PerError("the message ends too early")
    if octets < len(data):
        raise PerError(f"octets left over: {len(data) - octets}")
    return value


def encode_as(type_: Named, value: Any) -> bytes:
    """The octets of a value of ``type_``, canonical where it was not received; raises ``PerError``."""
    out = bytearray()
    try:
        codec(type_).encode(out, 0, value)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise within(error, type_.name) from None
    if len(out) > MAX_OCTETS:
        raise PerError(f"{len(out)} octets")
    return bytes(out) or b"\0"
