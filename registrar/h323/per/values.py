"""Values that carry what a plain ``dict`` or pair of the same content cannot say."""

from __future__ import annotations

from typing import Any


class Extended(dict[str, Any]):
    """A SEQUENCE that was received with extension additions: equal to a ``dict`` of what is known of it.

    A fresh ``dict`` is encoded with a bitmap as long as this version's list of additions, as X.691 section 19.7 has
    it; an ``Extended`` with the sender's, so that what was decoded is encoded to the same octets.
    """

    __slots__ = ("bitmap", "raw")

    def __init__(self, known: dict[str, Any], bitmap: int, raw: dict[str, bytes]) -> None:
        super().__init__(known)
        self.bitmap = bitmap
        """The number of additions that the sender's version has."""
        self.raw = raw
        """The encodings of additions that this version does not know, see ``unknown``, or not all of, by name."""


class Overlong(tuple[str, Any]):
    """An added alternative of a CHOICE whose encoding holds more than this version knows: equal to a plain pair."""

    raw: bytes
    """The encoding as received."""


class Bits(tuple[bytes, int]):
    """A BIT STRING as received: equal to a plain pair of its octets and the number of bits."""

    octet: int
    """Where in the message its first octet is, e.g. for an integrity check over the message without it."""


def unknown(index: int) -> str:
    """The name of an addition that this version does not know, by its index among the additions."""
    return f"...{index}"


def unknown_index(name: str) -> int:
    """The index of an addition that ``unknown`` named; -1 for another name."""
    return int(name[3:]) if name.startswith("...") and name[3:].isdecimal() and len(name) < 9 else -1
