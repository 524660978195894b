"""What types that are made of parts have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from registrar.h323.errors import PerError
from registrar.h323.per.codec import Codec
from registrar.h323.schema.notation import Component, Type

Compile: TypeAlias = Callable[[Type], Codec]
"""Compiles a part's type. Parts are compiled when a message first has them, so a type may be a part of itself."""

FAULTS = (PerError, IndexError)
"""What comes out of a part that cannot be decoded."""

MISTAKES = (PerError, TypeError, ValueError, KeyError, AttributeError)
"""What comes out of a part whose value cannot be encoded."""


class Parts(dict[int, Codec]):
    """The components of a SEQUENCE or the alternatives of a CHOICE by their index, each compiled when first needed."""

    def __init__(self, parts: list[Component], compile_: Compile) -> None:
        super().__init__()
        self.parts = parts
        self.compile = compile_

    def __missing__(self, index: int) -> Codec:
        codec = self[index] = self.compile(self.parts[index].type)
        return codec
