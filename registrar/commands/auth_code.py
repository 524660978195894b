"""``auth_code``: Regional Authorization Codes. No printout ever holds one."""

from collections.abc import Sequence

from registrar.commands.catalogue.extensions import AUTH_CODE_SWITCH
from registrar.commands.catalogue.shared import CUSTOMER, DIR, VERBOSE
from registrar.commands.effects import Steps
from registrar.commands.grammar import Arguments
from registrar.commands.node import Execution, Node
from registrar.commands.numbers import compact, some_of
from registrar.commands.printout import LISTED, executed, long_printed, long_table, not_listed, printed, refused
from registrar.core.numbered import numbered
from registrar.core.ordered import Ordered
from registrar.core.piecewise import PAUSE, Piecewise, in_pieces
from registrar.core.state import State
from registrar.model.changes import SetRac
from registrar.model.extension import Rac
from registrar.policy.admission import Admission, admit_rac_erase


def initiate(arguments: Arguments, node: Node, _now: float) -> Steps:
    """``auth_code -i``."""
    state, numbers = node.state, (yield from arguments[DIR].expanded())
    existing = yield from some_of(numbers, state.racs.__contains__)
    if existing:
        return refused(
            "AUTHORIZATION CODES ALREADY EXIST", f"They have one: {compact(existing)}.", "Change it: auth_code -c"
        )
    pin, customer = arguments[AUTH_CODE_SWITCH], arguments.get(CUSTOMER) or 0
    changes: list[SetRac] = []
    for piece in in_pieces(numbers):
        changes += [SetRac(number, Rac(number, pin, customer)) for number in piece]
        yield PAUSE
    return executed(*(yield from _told(arguments, state, numbers)), changes=changes)


def change(arguments: Arguments, node: Node, _now: float) -> Steps:
    """``auth_code -c``."""
    state, numbers = node.state, (yield from arguments[DIR].expanded())
    missing = yield from _without(state, numbers)
    if missing:
        return _none(missing, "Initiate one: auth_code -i")
    pin, customer = arguments.get(AUTH_CODE_SWITCH), arguments.get(CUSTOMER)
    changes: list[SetRac] = []
    for piece in in_pieces(numbers):
        for number in piece:
            rac = state.racs[number]
            changed = Rac(number, rac.pin if pin is None else pin, rac.customer if customer is None else customer)
            changes.append(SetRac(number, changed))
        yield PAUSE
    return executed(*(yield from _told(arguments, state, numbers)), changes=changes)


def erase(arguments: Arguments, node: Node, _now: float) -> Steps:
    """``auth_code -e``."""
    state, numbers = node.state, (yield from arguments[DIR].expanded())
    missing = yield from _without(state, numbers)
    if missing:
        return _none(missing, "Print those that exist: auth_code -p")
    judged: dict[Admission, list[str]] = {}
    changes: list[SetRac] = []
    for piece in in_pieces(numbers):
        for number in piece:
            extension = state.extensions.get(number)
            exception = extension is None or extension.security_exception
            judged.setdefault(admit_rac_erase(state.policy, exception), type(numbers)()).append(number)
            changes.append(SetRac(number, None))
        yield PAUSE
    for admission, concerned in judged.items():
        if not admission.allowed:
            policy = state.policy
            return refused(
                admission.refusal,
                admission.text,
                f"The security policy is {policy.value} {policy.title}; refused: {compact(concerned)}.",
                "Give them another code with auth_code -c, or erase the extensions first: extension -e",
            )
    warnings = [
        f"{admission.text} Concerned: {compact(those)}." for admission, those in judged.items() if admission.text
    ]
    return executed(*(yield from _told(arguments, state, numbers)), *warnings, changes=changes)


def print_(arguments: Arguments, node: Node, _now: float) -> Steps:
    """``auth_code -p``."""
    state, named = node.state, arguments.get(DIR)
    wanted = (yield from named.expanded()) if named is not None else None
    missing = yield from _without(state, wanted or [])
    if missing:
        return _none(missing, "Initiate one: auth_code -i")
    return (yield from _print(state, wanted))


def _print(state: State, wanted: list[str] | None) -> Steps:
    order = yield from (Ordered.of((yield from numbered(wanted))) if wanted is not None else state.rac_numbers.look())
    rows: list[Sequence[str]] = []
    more = 0
    for piece in order.walk():
        for _, number in piece:
            rac = state.racs.get(number)
            if rac is None:
                continue
            if len(rows) == LISTED:
                more += 1
                continue
            initiated = "initiated" if number in state.extensions else "not initiated"
            rows.append([number, "configured", str(rac.customer), initiated])
        yield PAUSE
    if not rows:
        return printed(["NO AUTHORIZATION CODES"])
    lines = yield from long_table(["DIR", "AUTH-CODE", ">CUSTOMER", "EXTENSION"], rows)
    return (yield from long_printed([*lines, *not_listed(more, "AUTHORIZATION CODES")]))


def _without(state: State, numbers: list[str]) -> Piecewise[list[str]]:
    return some_of(numbers, lambda number: number not in state.racs)


def _none(numbers: list[str], advice: str) -> Execution:
    return refused("AUTHORIZATION CODES DO NOT EXIST", f"They have none: {compact(numbers)}.", advice)


def _told(arguments: Arguments, state: State, numbers: list[str]) -> Piecewise[tuple[str, ...]]:
    if VERBOSE not in arguments:
        return ()
    ahead = yield from some_of(numbers, lambda number: number not in state.extensions)
    words = f"Numbers: {compact(numbers)} ({len(numbers):,})."
    return (words, f"Not initiated as extensions yet: {compact(ahead)}.") if ahead else (words,)
