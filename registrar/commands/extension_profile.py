"""``extension_profile``: common service profiles."""

from registrar.commands.catalogue.extensions import CSP_NAME
from registrar.commands.catalogue.shared import CSP
from registrar.commands.effects import Steps
from registrar.commands.grammar import Arguments
from registrar.commands.node import Execution, Node
from registrar.commands.numbers import InOrder, command_for, compact
from registrar.commands.printout import executed, printed, refused, table
from registrar.core.piecewise import PAUSE
from registrar.core.state import State
from registrar.model.changes import SetProfile
from registrar.model.extension import ExtensionProfile

FIRST = 1
"""The profile that exists from the start."""


def initiate(arguments: Arguments, node: Node, _now: float) -> Execution:
    """``extension_profile -i``."""
    csp = arguments[CSP]
    if csp in node.state.profiles:
        return refused("COMMON SERVICE PROFILE ALREADY EXISTS", "Change its name: extension_profile -c")
    return executed(changes=[SetProfile(csp, ExtensionProfile(csp, arguments.get(CSP_NAME) or ""))])


def change(arguments: Arguments, node: Node, _now: float) -> Execution:
    """``extension_profile -c``."""
    csp = arguments[CSP]
    if csp not in node.state.profiles:
        return _missing(csp)
    return executed(changes=[SetProfile(csp, ExtensionProfile(csp, arguments[CSP_NAME]))])


def erase(arguments: Arguments, node: Node, _now: float) -> Execution | Steps:
    """``extension_profile -e``."""
    csp = arguments[CSP]
    if csp not in node.state.profiles:
        return _missing(csp)
    if csp == FIRST:
        return refused("COMMON SERVICE PROFILE 1 CANNOT BE ERASED", "It exists from the start.")
    return _in_use(node.state, csp) if node.state.users[csp] else executed(changes=[SetProfile(csp, None)])


def _in_use(state: State, csp: int) -> Steps:
    users = InOrder()
    for piece in (yield from state.numbers.look()).walk():
        known = ((number, state.extensions.get(number)) for _, number in piece)
        users += [number for number, extension in known if extension is not None and extension.csp == csp]
        yield PAUSE
    return refused(
        "COMMON SERVICE PROFILE IN USE",
        f"Used by: {compact(users)}.",
        "Give them another profile first:",
        *command_for(f"extension -c -d N --csp {FIRST}", users),
    )


def print_(arguments: Arguments, node: Node, _now: float) -> Execution:
    """``extension_profile -p``."""
    state, csp = node.state, arguments.get(CSP)
    if csp is not None and csp not in state.profiles:
        return _missing(csp)
    profiles = sorted(state.profiles if csp is None else [csp])
    rows = [[str(profile), state.profiles[profile].name, str(state.users[profile])] for profile in profiles]
    return printed(table([">CSP", "CSP-NAME", ">EXTENSIONS"], rows))


def _missing(csp: int) -> Execution:
    return refused("COMMON SERVICE PROFILE DOES NOT EXIST", f"Initiate it: extension_profile -i --csp {csp}")
