"""What may come next in an operator's line that is being typed."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from registrar.commands.catalogue import COMMANDS
from registrar.commands.grammar import Command, Switch
from registrar.commands.line import split
from registrar.core.state import State

MOST = 12
_NUMBERS = "N"


def completions(line: str, state: State) -> list[dict[str, Any]]:
    """Return up to ``MOST`` endings of the line: ``text``, ``words``, and how many characters are ``typed`` of it."""
    words = [word.text for word in split(line)]
    typed = "" if line[-1:].isspace() or not words else words[-1]
    before = words if not typed else words[:-1]
    found = _endings(before, typed.lower(), state)
    return [{"text": text, "words": said, "typed": len(typed)} for text, said in islice(found, MOST)]


def _endings(before: list[str], typed: str, state: State) -> Iterator[tuple[str, str]]:
    if not before:
        yield from ((name, each.purpose) for name, each in COMMANDS.items() if name.startswith(typed))
        return
    command = COMMANDS.get(before[0].lower())
    if command is None:
        return
    switch = command.switches().get(before[-1].lower())
    if switch is not None and switch.type is not None:
        if not switch.secret:
            yield from _values(switch, typed, state)
        return
    for each in _switches(command, before):
        if each.name.startswith(typed) and each.name not in before:
            yield each.name, each.words
    if command.positional is not None:
        yield from ((name, each.purpose) for name, each in COMMANDS.items() if name.startswith(typed))


def _switches(command: Command, before: list[str]) -> Iterator[Switch[Any]]:
    """The switches of the form that the line has chosen, or what chooses one."""
    for form in command.forms:
        if form.verb is not None and any(name in before for name in (form.verb.name, *form.verb.aliases)):
            yield from (*form.required, *form.optional)
            return
    for form in command.forms:
        yield from (form.verb,) if form.verb is not None else form.switches


def _values(switch: Switch[Any], typed: str, state: State) -> Iterator[tuple[str, str]]:
    if switch.type is None:
        return
    yield from ((choice, "") for choice in switch.type.choices if choice.lower().startswith(typed))
    if switch.type.form.startswith(_NUMBERS):
        yield from ((number, "") for number in state.extensions if number.startswith(typed))
