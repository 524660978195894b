"""Scenario files: read, checked as a whole, taken apart into cases. Nothing runs before everything is right."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ValidationError

from registrar import settings
from registrar.commands.parse import LanguageError, parse
from registrar.errors import StartError
from registrar.scenario.document import Document, Keys, Place, plain, read
from registrar.scenario.errors import ScenarioError
from registrar.scenario.schema import Scenario, Step
from registrar.scenario.variables import OF_THE_RUN, Expansion, put_in

SUFFIX: Final = ".scenario.yaml"
LANGUAGE_STATUS: Final = 2
"""Exit status of a line that is not the language."""

_SETTINGS: Final = {setting.name: setting for setting in settings.described()}
_NOT_YOURS: Final = frozenset({"data", "certs", "host", "database", "ready_file", "empty", "log_format", "log_level"})
"""Settings that the run itself decides on, with the ports."""


class Case(NamedTuple):
    """One run of a scenario."""

    file: Path
    scenario: Scenario
    """With the case's variables put in."""
    name: str
    """The case's own name; empty when the scenario is one."""
    lines: tuple[int, ...]
    """Where each step stands."""
    set_up: int
    """Where the registrar's set-up stands."""

    @property
    def title(self) -> str:
        """The scenario's title with the case's name."""
        return f"{self.scenario.scenario} [{self.name}]" if self.name else self.scenario.scenario


def find(paths: Iterable[Path]) -> list[Path]:
    """Return the scenario files that the paths name; of folders all those in them. Raises ``ScenarioError``."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.rglob(f"*{SUFFIX}"))
            if not inside:
                raise ScenarioError(f"{path} holds no file named *{SUFFIX}")
            found += inside
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def load(file: Path) -> list[Case]:
    """Return the file's cases in order. Raises ``ScenarioError``."""
    return load_document(read(file))


def load_document(document: Document) -> list[Case]:
    """Return a document's cases in order. Raises ``ScenarioError``."""
    value = document.value
    if not isinstance(value, dict):
        raise document.error(document.place(()), "a scenario is a mapping: scenario, phones, steps")
    variables = _mapping(document, value.get("variables", {}), ("variables",))
    cases = value.get("cases") or [{}]
    if not isinstance(cases, list):
        raise document.error(document.place(("cases",)), "cases are a list of mappings")
    rest = {key: each for key, each in value.items() if key not in ("variables", "cases")}
    loaded: list[Case] = []
    used: set[str] = set()
    for index, own in enumerate(cases):
        mapping = _mapping(document, own, ("cases", index))
        unknown = _unknown(document, list(variables))
        inner = Expansion(variables, unknown)
        mapping = {name: inner.expand(each, ("cases", index, name)) for name, each in mapping.items()}
        expansion = Expansion(variables | mapping, _unknown(document, [*variables, *mapping, *OF_THE_RUN]))
        scenario = _validated(document, expansion.expand(rest))
        unused = [name for name in mapping if name not in expansion.used and name != "case"]
        if unused:
            place = document.place(("cases", index, unused[0]), key=True)
            raise document.error(place, f"no ${{{unused[0]}}} is in this scenario")
        used |= inner.used | expansion.used
        _check(document, scenario)
        lines = tuple(document.place(("steps", step)).line for step in range(len(scenario.steps)))
        loaded.append(
            Case(
                document.file,
                scenario,
                _name(mapping, [each.name for each in loaded]),
                lines,
                document.place(("system",)).line,
            )
        )
    for name in variables:
        if name not in used:
            raise document.error(document.place(("variables", name), key=True), f"no ${{{name}}} is in this scenario")
    return loaded


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the question whether the nearest known word was meant, or all of them when none is near."""
    words = list(known)
    near = difflib.get_close_matches(word.lower(), words, 1, 0.5) or difflib.get_close_matches(word, words, 1, 0.5)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(words)}"


def _name(case: dict[str, Any], others: list[str]) -> str:
    """Return the case's own name, or its first value; numbered where another has it. Another value may be a PIN."""
    value = case.get("case", next(iter(case.values()), ""))
    name = str(getattr(value, "text", value))
    count = sum(other.partition(" (")[0] == name for other in others)
    return f"{name} ({count + 1})" if count else name


def _mapping(document: Document, value: Any, path: Keys) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise document.error(document.place(path), "a mapping of names and values is wanted here")
    return value


def _unknown(document: Document, known: list[str]) -> Any:
    def error(name: str, path: Keys) -> ScenarioError:
        return document.error(document.place(path), f"there is no variable {name}; {nearest(name, known)}")

    return error


# -- the schema's own errors, in words -------------------------------------------------------------------------------

_TYPES: Final = {
    "string_type": "a text is wanted here",
    "int_type": "a whole number is wanted here",
    "float_type": "a number is wanted here",
    "bool_type": "true or false is wanted here",
    "list_type": "a list is wanted here",
    "dict_type": "a mapping is wanted here",
    "model_type": "a mapping is wanted here",
    "missing": "this key is missing here",
}


def _validated(document: Document, value: Any) -> Scenario:
    try:
        return Scenario.model_validate(value)
    except ValidationError as error:
        # a key that is missing was most likely misspelt, and that is told first
        first = min(error.errors(), key=lambda each: (each["type"] == "missing", document.place(tuple(each["loc"]))))
        raise _in_words(document, value, tuple(first["loc"]), first) from None


def _in_words(document: Document, value: Any, path: Keys, error: Any) -> ScenarioError:
    kind, given = error["type"], error["input"]
    shown = getattr(given, "text", given)
    if kind == "extra_forbidden":
        place = document.place(path, key=True)
        return document.error(place, f"there is no key {path[-1]} here; {nearest(str(path[-1]), _keys(path[:-1]))}")
    if kind == "missing":
        return document.error(document.place(path[:-1]), f"the key {path[-1]} is missing here")
    place = document.place(path)
    if kind == "literal_error":
        expected = error["ctx"]["expected"]
        words = expected if isinstance(expected, list) else [each.strip(" '") for each in _alternatives(expected)]
        return document.error(place, f"{shown} is not known here; {nearest(str(shown), words)}")
    if kind in _TYPES:
        return document.error(place, f"{_TYPES[kind]}, not {shown if shown != '' else 'nothing'!s}")
    message = str(error["msg"]).removeprefix("Value error, ")
    del value
    return document.error(place, message[:1].lower() + message[1:])


def _alternatives(expected: str) -> list[str]:
    return expected.replace(" or ", ", ").split(", ")


def _keys(path: Keys) -> list[str]:
    """Return the keys that the mapping at the path may have."""
    model: type[BaseModel] = Scenario
    for key in path:
        if isinstance(key, int):
            continue
        for name, field in model.model_fields.items():
            if (field.alias or name) == key:
                found = _models(field.annotation)
                model = found[0] if found else model
                break
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models(part)]


# -- what the schema cannot know -------------------------------------------------------------------------------------


def _check(document: Document, scenario: Scenario) -> None:
    for name in scenario.settings:
        place = document.place(("settings", name), key=True)
        known = [each for each in _SETTINGS if each not in _NOT_YOURS and not each.endswith("_port")]
        if name not in known:
            raise document.error(place, f"there is no setting {name} here; {nearest(name, known)}")
        try:
            settings.load(None, {}, plain({name: scenario.settings[name]}))
        except StartError as error:
            raise document.error(document.place(("settings", name)), str(error).partition(": ")[2]) from None
    for index, line in enumerate(scenario.system):
        _check_command(document, line, ("system", index))
    for path, name in _phones_named(scenario.steps):
        if name not in scenario.phones:
            words = nearest(name, scenario.phones) if scenario.phones else "the scenario has no phones"
            raise document.error(document.place(path), f"there is no phone {name}; {words}")
    for index, step in enumerate(scenario.steps):
        wrong = step.expect is not None and step.expect.exit_status == LANGUAGE_STATUS
        if step.command and not wrong:
            _check_command(document, step.command, ("steps", index, "command"))


def _check_command(document: Document, line: str, path: Keys) -> None:
    if not line.strip():
        return
    known = put_in(line, dict.fromkeys(OF_THE_RUN, "5060"))
    try:
        parse(known)
    except LanguageError as error:
        place = document.place(path)
        hint = f"; {error.forms[0]}" if error.forms else ""
        column = place.column + (error.column if known == line else 0)
        raise document.error(Place(place.line, column), f"this is no operator's command: {error}{hint}") from None


def _phones_named(steps: Sequence[Step]) -> Iterator[tuple[Keys, str]]:
    for index, step in enumerate(steps):
        parts = {
            "register": step.register_,
            "unregister": step.unregister,
            "reboot": step.reboot,
            "enter_pin": step.enter_pin,
            "configure": step.configure,
            "wait": step.wait,
            "expect": step.expect,
        }
        for verb, part in parts.items():
            if part is not None and part.phone:
                yield ("steps", index, verb, "phone"), part.phone
