"""A YAML 1.2 document as Python values that remember where they were written.

Numbers keep the text they were written as, so that a directory number like ``0123`` stays one.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from registrar.scenario.errors import ScenarioError

MAX_NODES: Final = 200_000
"""Values in one file; aliases count as often as they are used, so that none can make a file explode."""
LARGEST: Final = 5_000_000
"""Octets of a file."""

Keys = tuple[str | int, ...]
"""The keys and indexes that lead to a value."""


class Place(NamedTuple):
    """Where something was written, both counted from 1."""

    line: int
    column: int


class Int(int):
    """A whole number that remembers how it was written."""

    text: str


class Float(float):
    """A number that remembers how it was written."""

    text: str


class Document:
    """A file's value and the places of everything in it."""

    def __init__(self, file: Path, text: str) -> None:
        """Read the text. Raises ``ScenarioError``."""
        self.file = file
        self.lines = text.splitlines()
        self.places: dict[Keys, Place] = {}
        """Of values; of a key under its path with ``KEY`` behind it."""
        self._count = 0
        try:
            node = YAML(typ="safe", pure=True).compose(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
            raise self.error(place, f"this is no YAML: {error.problem or error.context}") from None
        except YAMLError as error:
            raise self.error(Place(1, 1), f"this is no YAML: {error}") from None
        if node is None:
            raise self.error(Place(1, 1), "the file is empty")
        self.value = self._value(node, ())

    def place(self, path: Keys, key: bool = False) -> Place:
        """Return where the value stands, or its key; of what is not there, where it ought to be."""
        if key and (*path, KEY) in self.places:
            return self.places[*path, KEY]
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(1, 1))

    def error(self, place: Place, words: str) -> ScenarioError:
        """Return the error that shows the place."""
        line = self.lines[place.line - 1] if place.line <= len(self.lines) else ""
        return ScenarioError(f"{self.file}:{place.line}:{place.column}: {words}", line, place.column)

    def _value(self, node: Node, path: Keys) -> Any:
        self._count += 1
        self.places[path] = Place(node.start_mark.line + 1, node.start_mark.column + 1)
        if self._count > MAX_NODES:
            raise self.error(self.places[path], f"more than {MAX_NODES:,} values")
        if isinstance(node, MappingNode):
            return dict(self._pairs(node, path))
        if isinstance(node, SequenceNode):
            return [self._value(each, (*path, index)) for index, each in enumerate(node.value)]
        return self._scalar(str(node.value), str(node.tag).rpartition(":")[2], path)

    def _pairs(self, node: MappingNode, path: Keys) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key, value in node.value:
            place = Place(key.start_mark.line + 1, key.start_mark.column + 1)
            if not isinstance(key, ScalarNode):
                raise self.error(place, "a key is one word or text")
            if key.value in seen:
                raise self.error(place, f"{key.value} stands here twice")
            seen.add(key.value)
            self.places[*path, key.value, KEY] = place
            yield key.value, self._value(value, (*path, key.value))

    def _scalar(self, text: str, kind: str, path: Keys) -> Any:
        try:
            match kind:
                case "int":
                    number = Int(text.replace("_", ""), 0) if not text.lstrip("+-").isdigit() else Int(text)
                    number.text = text
                    return number
                case "float":
                    real = Float(text.replace("_", "").lower().removeprefix("+").replace(".inf", "inf"))
                    real.text = text
                    return real
                case "bool":
                    return text.lower() == "true"
                case "null":
                    return None
        except ValueError:
            raise self.error(self.places[path], f"{text} is no number") from None
        return text


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values without the text they were written as."""
    kinds = {Int: int, Float: float}
    return {name: kinds[type(value)](value) if type(value) in kinds else value for name, value in values.items()}


KEY: Final = "\0key"


def read(file: Path) -> Document:
    """Return the document in the file. Raises ``ScenarioError``."""
    try:
        data = file.read_bytes()
        if len(data) > LARGEST:
            raise ScenarioError(f"{file} is larger than {LARGEST:,} octets")
        return Document(file, data.decode("utf-8"))
    except OSError as error:
        raise ScenarioError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{file} is not text in UTF-8") from None
