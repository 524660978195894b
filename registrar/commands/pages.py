"""Help pages, made from the catalogue."""

from textwrap import wrap

from registrar.commands.catalogue import COMMANDS, HELP_COMMAND, TOPIC
from registrar.commands.grammar import Arguments, Command, Switch
from registrar.commands.node import Execution, Node
from registrar.commands.printout import WIDTH, printed


def help_(arguments: Arguments, _node: Node, _now: float) -> Execution:
    """``help`` and ``COMMAND --help``."""
    topic = arguments.get(TOPIC)
    return printed(contents() if topic is None else page(COMMANDS[topic]))


def contents() -> list[str]:
    """List the commands with their purposes."""
    column = max(map(len, COMMANDS)) + 2
    lines = []
    for command in COMMANDS.values():
        lines += wrap(
            command.purpose, WIDTH, initial_indent=f"{command.name:<{column}}", subsequent_indent=" " * column
        )
    return [*lines, "", f"{HELP_COMMAND.name} COMMAND or COMMAND --help prints a command's page."]


def page(command: Command) -> list[str]:
    """Return a command's page: purpose, forms, parameters, function, examples."""
    lines = [*_folded(f"{command.name}: {command.purpose}", 0, 2), "", "FORMAT"]
    for form in command.forms:
        lines += _folded(command.syntax(form), 2, 6)
        if len(command.forms) > 1:
            lines += _folded(form.words, 6, 6)
    parameters = parameters_of(command)
    if parameters:
        lines += ["", "PARAMETERS"]
        for switch in parameters:
            names = ", ".join((switch.name, *switch.aliases))
            if switch.type is None:
                lines.append(f"  {names}  {switch.words}")
            else:
                lines += [f"  {names}", *_folded(parameter_words(switch), 6, 6)]
    if command.function:
        lines += ["", "FUNCTION", *_folded(command.function, 2, 2)]
    if command.examples:
        lines += ["", "EXAMPLES", *(f"  {example}" for example in command.examples)]
    return lines


def parameters_of(command: Command) -> list[Switch[object]]:
    """Every switch of the command once, in the order of its forms."""
    switches = dict.fromkeys(switch for form in command.forms for switch in form.switches)
    if command.positional is not None:
        switches[command.positional] = None
    return list(switches)


def parameter_words(switch: Switch[object]) -> str:
    """Say what a switch is for and what it takes."""
    return f"{switch.words} Takes {switch.type.words}." if switch.type is not None else switch.words


def _folded(text: str, first: int, rest: int) -> list[str]:
    return wrap(text, WIDTH, initial_indent=" " * first, subsequent_indent=" " * rest, break_on_hyphens=False)
