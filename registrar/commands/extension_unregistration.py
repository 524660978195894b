"""``extension_unregistration``: terminals register anew, under the policy in force (the requirement, section 5.2)."""

from registrar.commands.catalogue.extensions import DIR_OR_ALL
from registrar.commands.catalogue.shared import VERBOSE
from registrar.commands.effects import Steps
from registrar.commands.grammar import Arguments
from registrar.commands.node import Execution, Node
from registrar.commands.numbers import InOrder, compact, some_of
from registrar.commands.printout import executed, refused
from registrar.core.piecewise import PAUSE
from registrar.core.state import State
from registrar.model.policy import Protocol


def unregister(arguments: Arguments, node: Node, _now: float) -> Steps:
    """Remove every registration of the numbers, in both protocols."""
    state, named = node.state, arguments[DIR_OR_ALL]
    if named == "all":
        return (yield from _all(state, VERBOSE in arguments))
    wanted = yield from named.expanded()
    missing = yield from some_of(wanted, lambda number: number not in state.extensions)
    if missing:
        return refused(
            "DIRECTORY NUMBERS DO NOT EXIST",
            f"Not initiated: {compact(missing)}.",
            "Print those that are: extension -p",
        )
    bound = yield from some_of(wanted, lambda number: any(state.bindings_of(each, number) for each in Protocol))
    return _unregistered(bound, VERBOSE in arguments)


def _all(state: State, verbose: bool) -> Steps:
    numbers: dict[str, None] = {}
    for places in (yield from state.roll.by_number.look()).walk():
        numbers.update(dict.fromkeys([place[1] for place in places]))
        yield PAUSE
    return _unregistered(InOrder(numbers), verbose)


def _unregistered(numbers: list[str], verbose: bool) -> Execution:
    words = f"Unregistered: {compact(numbers)} ({len(numbers):,})." if numbers else "None of them was registered."
    return executed(*((words,) if verbose else ()), unregister=numbers)
