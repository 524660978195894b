"""The ITU's ASN.1 as it is written, read into the schema's notation: as much of X.680 as these modules use."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import EllipsisType
from typing import Any

from registrar.h323.schema import notation
from registrar.h323.schema.notation import Type

COMMENT = re.compile(r"--.*?(?:--|$)", re.MULTILINE)
WORD = re.compile(r'"[^"]*"|::=|\.\.\.|\.\.|[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?|-[0-9]+|\S')
PLAIN = {
    "BOOLEAN": notation.BOOLEAN,
    "NULL": notation.NULL,
    "OBJECT": notation.OBJECT_IDENTIFIER,
    "TYPE-IDENTIFIER": notation.OPEN_TYPE,
}


STRINGS = {"OCTET": notation.OctetString, "BIT": notation.BitString}
CHARACTERS = {
    "IA5String": notation.IA5String,
    "PrintableString": notation.PrintableString,
    "BMPString": notation.BMPString,
}


class Module:
    """What a module's types are, and where those come from that it imports."""

    def __init__(self, path: Path) -> None:
        self.words: list[str] = WORD.findall(COMMENT.sub(" ", path.read_text()))
        self.position = self.words.index("BEGIN") + 1
        self.imports: dict[str, str] = dict(self._imports())
        self.parameter: list[str] = []
        self.assignments = {self._assigned(index): index for index, word in enumerate(self.words) if word == "::="}

    def type(self, name: str) -> Type:
        """The type of the name."""
        self.position = self.assignments[name] + 1
        return self._type()

    def _assigned(self, index: int) -> str:
        """The name before ``::=``, which may have a parameter in braces."""
        if self.words[index - 1] == "}":
            self.parameter.append(self.words[index - 2])
            return self.words[index - 4]
        return self.words[index - 1]

    @property
    def word(self) -> str:
        return self.words[self.position]

    def _next(self) -> str:
        self.position += 1
        return self.words[self.position - 1]

    def _skip(self, *words: str) -> bool:
        if self.words[self.position : self.position + len(words)] != list(words):
            return False
        self.position += len(words)
        return True

    def _expect(self, *words: str) -> None:
        assert self._skip(*words), (words, self.words[self.position - 9 : self.position + 9])

    def _group(self, opening: str, closing: str) -> list[str]:
        """What stands in brackets, if they come next."""
        words: list[str] = []
        depth = int(self._skip(opening))
        while depth:
            words.append(self._next())
            depth += (words[-1] == opening) - (words[-1] == closing)
        return words[:-1]

    def _imports(self) -> Iterator[tuple[str, str]]:
        names: list[str] = []
        if not self._skip("IMPORTS"):
            return
        while not self._skip(";"):
            if self._skip("FROM"):
                module = self._next()
                self._group("{", "}")
                yield from ((name, module) for name in names)
                names = []
            elif not self._skip(","):
                names.append(self._name("{", "}"))

    def _type(self) -> Type:
        word = self._next()
        if word in PLAIN:
            self._skip("IDENTIFIER") or self._skip(".", "&", "Type")
            self._constraints()
            return PLAIN[word]
        if word in STRINGS:
            self._skip("STRING")
            return STRINGS[word](*_size(self._constraints()))
        if word in CHARACTERS:
            constraints = self._constraints()
            alphabet = "".join(word.strip('"') for word in constraints if word.startswith('"'))
            return CHARACTERS[word](*_size(constraints), alphabet)
        if word == "INTEGER":
            self._group("{", "}")
            low, high, marker = _bounds(self._constraints())
            return notation.Integer(low, high, marker)
        if word == "ENUMERATED":
            return notation.Enumerated(*self._members(lambda: self._name("(", ")")))
        if word == "CHOICE":
            return notation.Choice(*self._members(lambda: (self._next(), self._type())))
        if word == "SEQUENCE" and self.word == "{":
            type_ = notation.Sequence(*self._members(lambda: (self._next(), self._type(), self._skip("OPTIONAL"))))
            self._constraints()
            return type_
        if word == "SEQUENCE":
            constraints = self._constraints()
            self._expect("OF")
            return notation.SequenceOf(self._type(), *_size(constraints))
        return self._reference(word)

    def _reference(self, name: str) -> Type:
        self._group("{", "}")
        size = _size(self._constraints())
        if name in self.parameter:
            return notation.OPEN_TYPE
        if size != (None, None):
            here = self.position
            narrowed = self.type(name)
            self.position = here
            assert isinstance(narrowed, notation.IA5String)
            return notation.IA5String(*size, narrowed.alphabet)
        return name

    def _constraints(self) -> list[str]:
        """The words of all the constraints that come next."""
        words: list[str] = []
        while self.word in ("(", "SIZE"):
            words += [self._next()] if self.word == "SIZE" else self._group("(", ")")
        return words

    def _members(self, member: Callable[[], Any]) -> list[Any]:
        members: list[Any] = []
        self._expect("{")
        while not self._skip("}"):
            members.append(... if self._skip("...") else member())
            self._skip(",")
        return members

    def _name(self, *brackets: str) -> str:
        """A name, without what may stand in brackets behind it."""
        name = self._next()
        self._group(*brackets)
        return name


def _bounds(constraint: list[str]) -> tuple[int | None, int | None, EllipsisType | None]:
    numbers = [int(word) for word in constraint if word not in ("..", ",", "...")]
    return *(numbers or (None, None)), ... if "..." in constraint else None


def _size(constraints: list[str]) -> tuple[int | None, int | None]:
    """The numbers of SIZE (n) or SIZE (n..m)."""
    if "SIZE" not in constraints:
        return None, None
    numbers = [int(word) for word in constraints[constraints.index("SIZE") :] if word.isdecimal()]
    return numbers[0], numbers[-1]


def shape(type_: Any) -> Any:
    """A type as tuples, which can be compared."""
    if isinstance(type_, list | tuple):
        return [shape(part) for part in type_]
    if not isinstance(type_, notation.Builtin):
        return type_
    slots = [slot for base in type(type_).__mro__ for slot in getattr(base, "__slots__", ())]
    return [type(type_).__name__, *(shape(getattr(type_, slot)) for slot in slots)]
