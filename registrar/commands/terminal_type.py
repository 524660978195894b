"""``terminal_type``: the patterns that class terminals (the requirement, section 2)."""

from registrar.commands.catalogue.extensions import CLASS_SWITCH, FAMILY, PATTERN, PROTOCOL_SWITCH
from registrar.commands.grammar import Arguments
from registrar.commands.node import Execution, Node
from registrar.commands.printout import executed, printed, refused
from registrar.model.changes import SetPatterns
from registrar.model.policy import Protocol
from registrar.model.terminal import TerminalPattern
from registrar.policy.classify import SHIPPED
from registrar.policy.patterns import problem

MAX_PATTERNS = 100
"""Of the operator's own; each is tried on every terminal text not seen before."""

_PROTOCOLS = {Protocol.SIP: "sip", Protocol.H323: "h323", None: "both"}


def initiate(arguments: Arguments, node: Node, _now: float) -> Execution:
    """``terminal_type -i``."""
    patterns, pattern = node.state.patterns, arguments[PATTERN]
    wrong = problem(pattern)
    if wrong is not None:
        return refused("PATTERN NOT VALID", wrong)
    protocol = arguments.get(PROTOCOL_SWITCH)
    if any(known.pattern == pattern and known.protocol in (None, protocol) for known in patterns):
        return refused(
            "PATTERN ALREADY EXISTS",
            "The first match wins, so it would never be reached. Erase the other one first:",
            f"  terminal_type -e --pattern {quoted(pattern)}",
        )
    if len(patterns) >= MAX_PATTERNS:
        return refused("TOO MANY PATTERNS", f"At most {MAX_PATTERNS} patterns of the operator's own are kept.")
    added = TerminalPattern(pattern, arguments[CLASS_SWITCH], arguments.get(FAMILY) or "", protocol)
    return executed(changes=[SetPatterns((*patterns, added))])


def erase(arguments: Arguments, node: Node, _now: float) -> Execution:
    """``terminal_type -e``."""
    patterns, pattern = node.state.patterns, arguments[PATTERN]
    left = tuple(known for known in patterns if known.pattern != pattern)
    if len(left) == len(patterns):
        if any(known.pattern == pattern for known in SHIPPED):
            return refused(
                "SHIPPED PATTERNS CANNOT BE ERASED",
                "Initiate the same pattern with another class instead: the operator's patterns are tried first.",
            )
        return refused("PATTERN DOES NOT EXIST", "Print the patterns: terminal_type -p")
    return executed(changes=[SetPatterns(left)])


def print_(_arguments: Arguments, node: Node, _now: float) -> Execution:
    """``terminal_type -p``."""
    lines = ["NO  ORIGIN    CLASS     PROTOCOL  FAMILY"]
    for number, pattern in enumerate((*node.state.patterns, *SHIPPED), 1):
        origin = "shipped" if pattern.shipped else "operator"
        protocol = _PROTOCOLS[pattern.protocol]
        lines += [
            f"{number:<3} {origin:<9} {pattern.terminal_class.value:<9} {protocol:<9} {pattern.family}",
            f"    {pattern.pattern}",
        ]
    return printed([*lines, "", "The first match wins. What matches nothing is INSECURE (third party)."])


def quoted(word: str) -> str:
    """Write a word so that the command language reads it back."""
    if word and not any(character.isspace() or character in "'\"" for character in word) and word[0] != "-":
        return word
    if '"' not in word:
        return f'"{word}"'
    return "".join(f"'{part}'" if part == '"' else f'"{part}"' for part in _around_quotes(word))


def _around_quotes(word: str) -> list[str]:
    pieces = word.split('"')
    parts = [piece for one in pieces for piece in (one, '"')][:-1]
    return [part for part in parts if part]
