"""``extension_unregistration``: terminals register anew, under the policy in force (the requirement, section 5.2)."""

from registrar.commands.catalogue.extensions import DIR_OR_ALL
from registrar.commands.catalogue.shared import VERBOSE
from registrar.commands.grammar import Arguments
from registrar.commands.node import Execution, Node
from registrar.commands.numbers import compact, in_order
from registrar.commands.printout import executed, refused
from registrar.model.policy import Protocol


def unregister(arguments: Arguments, node: Node, _now: float) -> Execution:
    """Remove every registration of the numbers, in both protocols."""
    state, wanted = node.state, arguments[DIR_OR_ALL]
    if wanted == "all":
        numbers = in_order({number for _, number in state.bindings})
    else:
        missing = [number for number in wanted if number not in state.extensions]
        if missing:
            return refused(
                "DIRECTORY NUMBERS DO NOT EXIST",
                f"Not initiated: {compact(missing)}.",
                "Print those that are: extension -p",
            )
        numbers = [number for number in wanted if any(state.bindings_of(protocol, number) for protocol in Protocol)]
    words = f"Unregistered: {compact(numbers)} ({len(numbers):,})." if numbers else "None of them was registered."
    return executed(*((words,) if VERBOSE in arguments else ()), unregister=numbers)
