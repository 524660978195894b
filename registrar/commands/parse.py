"""A line of the command language, read by the catalogue: which form it is, and its arguments."""

from difflib import get_close_matches
from textwrap import wrap
from typing import Any, Final, NamedTuple

from registrar.commands.catalogue import COMMANDS, HELP_COMMAND, TOPIC
from registrar.commands.catalogue.shared import HELP
from registrar.commands.grammar import Arguments, Command, Form, Switch
from registrar.commands.line import MAX_LINE, shown, split
from registrar.commands.numbers import ArgumentError

_WIDTH: Final = 80


class Line(NamedTuple):
    """A line that is the language."""

    command: Command
    form: Form
    arguments: Arguments


class LanguageError(ValueError):
    """A line that is not the language: what was wrong, where, and the nearest valid forms. Holds no PIN."""

    def __init__(self, message: str, line: str, column: int, forms: tuple[str, ...]) -> None:
        super().__init__(message)
        self.line = line
        """The line with a PIN masked."""
        self.column = column
        """Where in ``line``, from 0."""
        self.forms = forms

    def printout(self) -> str:
        """Return the line, a caret under the place, what was wrong, and the nearest valid forms."""
        line, column = _window(self.line, self.column)
        lines = [line, " " * column + "^"] if line else []
        lines += wrap(str(self), _WIDTH, break_on_hyphens=False)
        for form in self.forms:
            lines += wrap(form, _WIDTH, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False)
        return "\n".join(lines)


def parse(line: str) -> Line:
    """Read a line; raise ``LanguageError``."""
    return _Reader(line).read()


def _window(line: str, column: int) -> tuple[str, int]:
    """Return the part of a long line around the column, and the column in it."""
    if len(line) < _WIDTH:
        return line, column
    room = _WIDTH - 6
    first = max(0, min(column - room // 2, len(line) - room))
    before, after = "..." if first else "", "..." if first + room < len(line) else ""
    return before + line[first : first + room] + after, column - first + len(before)


class _Reader:
    def __init__(self, line: str) -> None:
        self._line = line
        self._words = split(line[:MAX_LINE])
        self._shown, self._starts = shown(line[:MAX_LINE], self._words)
        self._command: Command | None = None
        self._values: dict[Switch[Any], Any] = {}
        self._places: dict[Switch[Any], int] = {}

    def read(self) -> Line:
        if len(self._line) > MAX_LINE:
            raise self._error(f"A line has at most {MAX_LINE:,} characters.", 0)
        command = self._command = self._read_command()
        if any(word.text.lower() in (HELP.name, *HELP.aliases) and not word.quoted for word in self._words[1:]):
            return Line(HELP_COMMAND, HELP_COMMAND.forms[0], Arguments({TOPIC: command.name}))
        for number, word in enumerate(self._words):
            if not word.closed:
                raise self._error("A quote in this word is not closed.", number)
            if not word.text.isprintable():
                raise self._error("This word holds a character that cannot be printed.", number)
        known = command.switches()
        at = 1
        while at < len(self._words):
            at = self._read_switch(command, known, at)
        form = self._find_form(command)
        self._check(command, form)
        return Line(command, form, Arguments(self._values))

    def _read_command(self) -> Command:
        if not self._words:
            raise self._error("The line is empty; help lists the commands.", 0)
        name = self._words[0].text.lower()
        command = COMMANDS.get(name)
        if command is None:
            near = [other for other in COMMANDS if name and other.startswith(name)]
            near = near or get_close_matches(name, COMMANDS, 1)
            self._command = COMMANDS[near[0]] if near else HELP_COMMAND
            raise self._error(f"{self._spoken(0)} is no command; help lists the commands.", 0)
        return command

    def _read_switch(self, command: Command, known: dict[str, Switch[Any]], at: int) -> int:
        """Read the switch at a word, with its argument if it takes one; return the word after it."""
        word = self._words[at]
        switch = known.get(word.text.lower()) if not word.quoted else None
        if switch is None:
            if command.positional is None or command.positional in self._values or word.text.startswith("-"):
                raise self._error(self._unknown(command, known, at), at)
            self._set(command.positional, at)
            self._read_argument(command.positional, at)
            return at + 1
        self._set(switch, at)
        if switch.type is None:
            return at + 1
        argument = self._words[at + 1] if at + 1 < len(self._words) else None
        if argument is None or (not argument.quoted and argument.text.lower() in known):
            raise self._error(f"{switch.name} takes {switch.type.words}.", at + 1)
        self._read_argument(switch, at + 1)
        return at + 2

    def _set(self, switch: Switch[Any], at: int) -> None:
        if switch in self._values:
            raise self._error(f"{switch.name} is given twice.", at)
        self._values[switch] = None
        self._places[switch] = at

    def _read_argument(self, switch: Switch[Any], at: int) -> None:
        assert switch.type is not None
        word = self._words[at]
        try:
            self._values[switch] = switch.type.read(word.text)
        except ArgumentError as error:
            offset = 0 if switch.secret or word.quoted else error.offset
            general = str(error) == switch.type.words
            raise self._error(f"{switch.name}{' takes' if general else ':'} {error}.", at, offset) from None

    def _unknown(self, command: Command, known: dict[str, Switch[Any]], at: int) -> str:
        word = self._words[at]
        text = word.text.lower()
        near = [dashes + text for dashes in ("-", "--") if dashes + text in known]
        if not word.text.startswith("-") and not near:
            return f"{self._spoken(at)} does not belong here."
        near = near or get_close_matches(text, known, 1)
        return f"{self._spoken(at)} is no switch of {command.name}{f'; {near[0]} is' if near else ''}."

    def _find_form(self, command: Command) -> Form:
        verbs = [form for form in command.forms if form.verb in self._values]
        if len(verbs) > 1:
            second = max(self._places[form.verb] for form in verbs if form.verb is not None)
            names = " and ".join(form.name for form in verbs)
            raise self._error(f"{names} exclude each other.", second)
        if verbs:
            return verbs[0]
        if command.forms[0].verb is not None:
            names = ", ".join(form.name for form in command.forms)
            raise self._error(f"One of {names} is missing.", len(self._words))
        return command.forms[0]

    def _check(self, command: Command, form: Form) -> None:
        for switch, at in self._places.items():
            if switch not in form.switches and switch is not command.positional:
                raise self._error(f"{switch.name} does not belong to {command.name} {form.name}.", at)
        for switch in form.required:
            if switch not in self._values:
                raise self._error(f"{switch.form} is missing.", len(self._words))
        if form.one_of and not any(switch in self._values for switch in form.one_of):
            names = ", ".join(switch.name for switch in form.one_of)
            raise self._error(f"At least one of {names} is missing.", len(self._words))

    def _spoken(self, at: int) -> str:
        """Return a word in quotes, as it may be shown."""
        start = self._starts[at]
        end = self._starts[at + 1] if at + 1 < len(self._starts) else len(self._shown)
        word = self._shown[start:end].strip()
        return f'"{word if len(word) <= 40 else word[:37] + "..."}"'

    def _error(self, message: str, at: int, offset: int = 0) -> LanguageError:
        column = self._starts[at] + offset if at < len(self._starts) else len(self._shown.rstrip()) + 1
        command = self._command
        forms = tuple(command.syntax(form) for form in self._nearest(command)) if command is not None else ()
        return LanguageError(message, self._shown.rstrip(), column if self._words else 0, forms)

    def _nearest(self, command: Command) -> tuple[Form, ...]:
        """Return the form whose verb was given, or the one that has most of the given switches, or all."""
        known = command.switches()
        given = {known[word.text.lower()] for word in self._words if not word.quoted and word.text.lower() in known}
        verbs = [form for form in command.forms if form.verb in given]
        if verbs:
            return tuple(verbs[:1])
        if not given:
            return command.forms
        return (max(command.forms, key=lambda form: len(given.intersection(form.switches))),)
