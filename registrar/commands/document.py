"""Writes docs/commands.md from the catalogue: ``python -m registrar.commands.document > docs/commands.md``."""

import sys
from typing import Any

from registrar.commands.catalogue import COMMANDS
from registrar.commands.catalogue.shared import HELP
from registrar.commands.grammar import Command, Form, Switch
from registrar.commands.pages import parameter_words, parameters_of

_INTRODUCTION = """\
# The operator's commands

<!-- Written by `python -m registrar.commands.document > docs/commands.md`; change the catalogue, not this page. -->

One line is one command. `registrar exec 'sec_policy -print'` and `POST /api/v1/commands` take the same lines.

- Commands, switches and fixed values are read in any case. An abbreviation is no command. Switches may stand in any
  order.
- An argument that holds spaces stands in quotes, `"..."` or `'...'`; a backslash has no meaning of its own.
- Several directory numbers are written `100,105`, `100..110`, or mixed; leading zeros count. A command over several
  numbers is carried out for all of them or for none.
- A change that is made prints `EXECUTED`, and is stored before that is printed; lines below it are warnings. One that
  is not made prints `NOT EXECUTED`, then the reason in capitals, then what to do about it.
- A line that is not the language is printed again with a caret under the place, what was wrong, and the nearest valid
  form.
- A PIN is never printed; where a line is shown or logged, `****` stands in its place.
- The exit status of `registrar exec` is 0 for `EXECUTED` and for prints, 1 for `NOT EXECUTED`, 2 for a line that is not
  the language.

Which of the commands a security policy admits is told in [policy.md](policy.md). What every command prints when it is
accepted, refused or not the language stands in [transcripts.md](transcripts.md).
"""


def document() -> str:
    """Return the page."""
    lines = [_INTRODUCTION, "| command | what it does |", "| --- | --- |"]
    lines += [f"| [`{command.name}`](#{command.name.lower()}) | {command.purpose} |" for command in COMMANDS.values()]
    for command in COMMANDS.values():
        lines += ["", *_section(command)]
    names = " or ".join(f"`{name}`" for name in (HELP.name, *HELP.aliases))
    return "\n".join([*lines, "", f"Every command takes {names}, which prints its page.", ""])


def _section(command: Command) -> list[str]:
    lines = [f"## {command.name}", "", command.purpose, "", "| form | what it does |", "| --- | --- |"]
    lines += [f"| `{_cell(command.syntax(form))}` | {_cell(form.words)} |" for form in command.forms]
    lines += ["", "| parameter | meaning |", "| --- | --- |"]
    for switch in parameters_of(command):
        names = ", ".join(f"`{name}`" for name in (switch.name, *switch.aliases))
        lines.append(f"| {names} | {_cell(parameter_words(switch))} |")
    return [*lines, "", command.function, "", "```", *command.examples, "```"]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def catalogue() -> list[dict[str, Any]]:
    """Return the catalogue as JSON holds it, for programs: commands, their forms, their switches."""
    return [
        {
            "name": command.name,
            "purpose": command.purpose,
            "function": command.function,
            "examples": list(command.examples),
            "forms": [
                {"syntax": command.syntax(form), "verb": form.name, "words": form.words, **_parts(form)}
                for form in command.forms
            ],
            "switches": [_switch(switch) for switch in parameters_of(command)],
        }
        for command in COMMANDS.values()
    ]


def _parts(form: Form) -> dict[str, list[str]]:
    parts = {"required": form.required, "optional": form.optional, "one_of": form.one_of}
    return {name: [switch.name for switch in switches] for name, switches in parts.items()}


def _switch(switch: Switch[object]) -> dict[str, Any]:
    kind = switch.type
    return {
        "name": switch.name,
        "aliases": list(switch.aliases),
        "words": switch.words,
        "argument": kind.form if kind is not None else None,
        "takes": kind.words if kind is not None else None,
        "choices": list(kind.choices) if kind is not None else [],
        "secret": switch.secret,
    }


if __name__ == "__main__":
    sys.stdout.write(document())
