"""The notation that the schema is written in: ASN.1 (X.680) as far as H.225.0 uses it, as Python values.

A type is one of the values below, or a string: the name of another type of the same module or of one it imports.
``...`` stands where ASN.1 has its extension marker: what follows it was added by a later version.
"""

from __future__ import annotations

from types import EllipsisType
from typing import Final, NamedTuple, TypeAlias


class Builtin:
    """A built-in type."""

    __slots__ = ()


Type: TypeAlias = str | Builtin
"""A type: another one's name, or a built-in type with its constraint."""


class Boolean(Builtin):
    """BOOLEAN; a ``bool``."""

    __slots__ = ()


class Null(Builtin):
    """NULL; ``None``."""

    __slots__ = ()


class ObjectIdentifier(Builtin):
    """OBJECT IDENTIFIER; its arcs with dots between them, as in ``"0.0.8.2250.0.7"``."""

    __slots__ = ()


class OpenType(Builtin):
    """TYPE-IDENTIFIER.&Type, an encoding within the encoding; its octets as they stand."""

    __slots__ = ()


class Integer(Builtin):
    """INTEGER, with the range ``low`` to ``high`` where it has one; an ``int``."""

    __slots__ = ("extensible", "high", "low")

    def __init__(self, low: int | None = None, high: int | None = None, marker: EllipsisType | None = None) -> None:
        self.low = low
        self.high = high
        self.extensible = marker is not None


class Sized(Builtin):
    """A string or list with SIZE(``low``..``high``): one number is a fixed size, none means any size."""

    __slots__ = ("high", "low")

    def __init__(self, low: int | None = None, high: int | None = None) -> None:
        self.low = low or 0
        self.high = low if high is None else high


class OctetString(Sized):
    """OCTET STRING; ``bytes``."""

    __slots__ = ()


class BitString(Sized):
    """BIT STRING; a pair of its octets, zeros after the last bit, and the number of bits."""

    __slots__ = ()


class CharacterString(Sized):
    """A character string of known multiplier; a ``str``."""

    __slots__ = ("alphabet",)

    def __init__(self, low: int | None = None, high: int | None = None, alphabet: str = "") -> None:
        super().__init__(low, high)
        self.alphabet = "".join(sorted(alphabet))
        """The permitted alphabet in the order of its characters' codes; empty where every character is permitted."""


class IA5String(CharacterString):
    """IA5String: ASCII."""

    __slots__ = ()


class PrintableString(CharacterString):
    """PrintableString: letters, digits, space and ``'()+,-./:=?``."""

    __slots__ = ()


class BMPString(CharacterString):
    """BMPString: the Basic Multilingual Plane, two octets a character."""

    __slots__ = ()


class SequenceOf(Sized):
    """SEQUENCE OF; a ``list``."""

    __slots__ = ("element",)

    def __init__(self, element: Type, low: int | None = None, high: int | None = None) -> None:
        super().__init__(low, high)
        self.element = element


class Enumerated(Builtin):
    """ENUMERATED, its names in the order of their numbers; a ``str``."""

    __slots__ = ("additions", "extensible", "root")

    def __init__(self, *names: str | EllipsisType) -> None:
        self.extensible = ... in names
        marker = names.index(...) if self.extensible else len(names)
        self.root = [name for name in names[:marker] if isinstance(name, str)]
        self.additions = [name for name in names[marker:] if isinstance(name, str)]


class Component(NamedTuple):
    """A component of a SEQUENCE or an alternative of a CHOICE."""

    name: str
    type: Type
    optional: bool = False


OPTIONAL: Final = True
Part: TypeAlias = tuple[str, Type] | tuple[str, Type, bool] | EllipsisType


class Structured(Builtin):
    """A type with named parts: its ``root``, and the ``additions`` behind the extension marker where it has one."""

    __slots__ = ("additions", "extensible", "root")

    def __init__(self, *parts: Part) -> None:
        self.extensible = ... in parts
        marker = parts.index(...) if self.extensible else len(parts)
        self.root = [Component(*part) for part in parts[:marker] if part is not ...]
        self.additions = [Component(*part) for part in parts[marker:] if part is not ...]


class Sequence(Structured):
    """SEQUENCE; a ``dict`` from the names of the components that are there to their values."""

    __slots__ = ()


class Choice(Structured):
    """CHOICE; a pair of the alternative's name and its value. Tags are automatic: alternatives stand in their order."""

    __slots__ = ()


BOOLEAN: Final = Boolean()
NULL: Final = Null()
OBJECT_IDENTIFIER: Final = ObjectIdentifier()
OPEN_TYPE: Final = OpenType()
