"""``extension``: initiate, change, erase and print extensions (the requirement, sections 2, 5.2 and 6.2.2 to 6.3)."""

from collections.abc import Sequence
from typing import TypeVar

from registrar.commands.catalogue.extensions import EXCEPTION, LIM
from registrar.commands.catalogue.shared import CSP, CUSTOMER, DIR, VERBOSE
from registrar.commands.effects import Steps
from registrar.commands.grammar import Arguments
from registrar.commands.node import Execution, Node
from registrar.commands.numbers import command_for, compact, some_of
from registrar.commands.preview import verdict
from registrar.commands.printout import (
    LISTED,
    block,
    counted,
    executed,
    long_printed,
    long_table,
    not_listed,
    printed,
    refused,
    yes_no,
)
from registrar.core.numbered import numbered
from registrar.core.ordered import Ordered
from registrar.core.piecewise import PAUSE, Piecewise, in_pieces
from registrar.core.state import State
from registrar.model.changes import SetExtension
from registrar.model.extension import Extension
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.policy.admission import Admission, admit_exception

T = TypeVar("T")

_NO_NUMBERS = "DIRECTORY NUMBERS DO NOT EXIST"


def initiate(arguments: Arguments, node: Node, _now: float) -> Steps:
    """``extension -i``."""
    state, numbers = node.state, (yield from arguments[DIR].expanded())
    existing = yield from some_of(numbers, state.extensions.__contains__)
    if existing:
        return refused(
            "DIRECTORY NUMBERS ALREADY EXIST", f"Already initiated: {compact(existing)}.", "Change them: extension -c"
        )
    if arguments[CSP] not in state.profiles:
        return _no_profile(arguments[CSP])
    exception = arguments.get(EXCEPTION)
    admissions = yield from _judge(state, numbers, exception, initiating=True)
    denial = _denial(state.policy, exception, admissions)
    if denial is not None:
        return denial
    changes: list[SetExtension] = []
    rest = arguments[CSP], arguments[LIM], arguments.get(CUSTOMER) or 0, exception if exception is not None else True
    for piece in in_pieces(numbers):
        changes += [SetExtension(number, Extension(number, *rest)) for number in piece]
        yield PAUSE
    return executed(*_told(arguments, numbers, "Initiated"), *_warnings(admissions), changes=changes)


def change(arguments: Arguments, node: Node, _now: float) -> Steps:
    """``extension -c``."""
    state, numbers = node.state, (yield from arguments[DIR].expanded())
    missing = yield from some_of(numbers, lambda number: number not in state.extensions)
    if missing:
        return refused(_NO_NUMBERS, f"Not initiated: {compact(missing)}.", "Initiate them: extension -i")
    csp = arguments.get(CSP)
    if csp is not None and csp not in state.profiles:
        return _no_profile(csp)
    exception = arguments.get(EXCEPTION)
    admissions = yield from _judge(state, numbers, exception, initiating=False)
    denial = _denial(state.policy, exception, admissions)
    if denial is not None:
        return denial
    lim, customer = arguments.get(LIM), arguments.get(CUSTOMER)
    changes: list[SetExtension] = []
    for piece in in_pieces(numbers):
        for number in piece:
            _, old_csp, old_lim, old_customer, old_exception = state.extensions[number]
            changed = Extension(
                number,
                _either(csp, old_csp),
                _either(lim, old_lim),
                _either(customer, old_customer),
                _either(exception, old_exception),
            )
            changes.append(SetExtension(number, changed))
        yield PAUSE
    return executed(*_told(arguments, numbers, "Changed"), *_warnings(admissions), changes=changes)


def erase(arguments: Arguments, node: Node, _now: float) -> Steps:
    """``extension -e``."""
    state, numbers = node.state, (yield from arguments[DIR].expanded())
    missing = yield from some_of(numbers, lambda number: number not in state.extensions)
    if missing:
        return refused(_NO_NUMBERS, f"Not initiated: {compact(missing)}.")
    changes: list[SetExtension] = []
    for piece in in_pieces(numbers):
        changes += [SetExtension(number, None) for number in piece]
        yield PAUSE
    return executed(*_told(arguments, numbers, "Erased"), changes=changes, unregister=numbers)


def print_(arguments: Arguments, node: Node, now: float) -> Steps:
    """``extension -p``."""
    named, exception, extensions = arguments.get(DIR), arguments.get(EXCEPTION), node.state.extensions
    wanted = (yield from named.expanded()) if named is not None else None
    missing = yield from some_of(wanted or [], lambda number: number not in extensions)
    if missing:
        return refused(_NO_NUMBERS, f"Not initiated: {compact(missing)}.", "Print those that are: extension -p")
    return (yield from _print(node, wanted, exception, VERBOSE in arguments, now))


def _print(node: Node, wanted: list[str] | None, exception: bool | None, verbose: bool, now: float) -> Steps:
    state = node.state
    order = yield from (Ordered.of((yield from numbered(wanted))) if wanted is not None else state.numbers.look())
    rows: list[Sequence[str]] = []
    lines: list[str] = []
    listed = more = exceptions = 0
    for piece in order.walk():
        for _, number in piece:
            extension = state.extensions.get(number)
            if extension is None or exception not in (None, extension.security_exception):
                continue
            if listed == LISTED:
                more += 1
                continue
            listed += 1
            exceptions += extension.security_exception
            if verbose:
                lines += [*_details(node, number, now), ""]
                yield PAUSE
            else:
                rows.append(_row(state, number, now))
        yield PAUSE
    if not listed:
        return printed(["NO SUCH EXTENSIONS"])
    if rows:
        headers = ["DIR", ">CSP", ">LIM", ">CUSTOMER", "SECURITY-EXCEPTION", "RAC", ">REGISTERED"]
        lines = yield from long_table(headers, rows)
        lines += ["", f"{counted(listed, 'extension')}, {exceptions:,} with security exception"]
    return (yield from long_printed([*lines, *not_listed(more, "EXTENSIONS")]))


def _either(given: T | None, present: T) -> T:
    return present if given is None else given


def _row(state: State, number: str, now: float) -> list[str]:
    _, csp, lim, customer, exception = state.extensions[number]
    return [
        number,
        str(csp),
        str(lim),
        str(customer),
        yes_no(exception),
        "configured" if number in state.racs else "none",
        str(_registrations(state, number, now)),
    ]


def _details(node: Node, number: str, now: float) -> list[str]:
    state = node.state
    _, csp, lim, customer, exception = state.extensions[number]
    rac = number in state.racs
    told = [
        ("directory number", number),
        ("csp", f"{csp} {state.profiles[csp].name}".rstrip()),
        ("lim, customer", f"{lim}, {customer}"),
        ("security exception", yes_no(exception)),
        ("RAC", "configured" if rac else "none"),
        ("registrations", str(_registrations(state, number, now))),
        ("policy", f"{state.policy.value} {state.policy.title}"),
    ]
    for terminal in TerminalClass:
        verdicts = [verdict(state.policy, node.port_check, protocol, terminal, exception, rac) for protocol in Protocol]
        both = verdicts[0] if len(set(verdicts)) == 1 else f"SIP {verdicts[0]}; H.323 {verdicts[1]}"
        told.append((f"{terminal.value.lower()} terminal", both))
    return block(told)


def _registrations(state: State, number: str, now: float) -> int:
    return sum(
        binding.expires_at > now for protocol in Protocol for binding in state.bindings_of(protocol, number).values()
    )


def _no_profile(csp: int) -> Execution:
    return refused("COMMON SERVICE PROFILE DOES NOT EXIST", "Initiate it:", f"  extension_profile -i --csp {csp}")


def _judge(
    state: State, numbers: list[str], exception: bool | None, initiating: bool
) -> Piecewise[dict[Admission, list[str]]]:
    """Group the numbers by what the policy says of them; without RAC or with, there are at most two groups."""
    with_rac, without = (admit_exception(state.policy, exception, rac, initiating) for rac in (True, False))
    if with_rac == without:
        return {without: numbers}
    judged = {
        with_rac: (yield from some_of(numbers, state.racs.__contains__)),
        without: (yield from some_of(numbers, lambda number: number not in state.racs)),
    }
    return {admission: those for admission, those in judged.items() if those}


def _denial(policy: Policy, exception: bool | None, admissions: dict[Admission, list[str]]) -> Execution | None:
    for admission, numbers in admissions.items():
        if not admission.allowed:
            wants_rac = exception is False
            return refused(
                admission.refusal,
                admission.text,
                f"The security policy is {policy.value} {policy.title}; refused: {compact(numbers)}.",
                "Configure the RAC first:" if wants_rac else "Give --security-exception no.",
                *(command_for("auth_code -i -d N --auth-code PIN", numbers) if wants_rac else ()),
            )
    return None


def _warnings(admissions: dict[Admission, list[str]]) -> list[str]:
    return [
        f"{admission.text} Concerned: {compact(numbers)}."
        for admission, numbers in admissions.items()
        if admission.text
    ]


def _told(arguments: Arguments, numbers: list[str], done: str) -> tuple[str, ...]:
    return (f"{done}: {compact(numbers)} ({len(numbers):,}).",) if VERBOSE in arguments else ()
