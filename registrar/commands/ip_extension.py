"""``ip_extension``: which terminals are registered, on which port, how (the requirement, section 6.5), and locks."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from registrar.commands.catalogue.extensions import ADDRESS, LOCAL_PORT, STATE_SWITCH
from registrar.commands.catalogue.shared import DIR, VERBOSE
from registrar.commands.effects import Steps
from registrar.commands.grammar import Arguments
from registrar.commands.node import Execution, Node
from registrar.commands.numbers import Numbers, compact, some_of
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
    table,
)
from registrar.core.numbered import numbered
from registrar.core.ordered import Ordered
from registrar.core.piecewise import PAUSE, Piecewise
from registrar.core.roll import by_number
from registrar.core.state import State
from registrar.model.binding import Binding, Endpoint
from registrar.model.events import RefusalEvent
from registrar.model.flow import Flow
from registrar.model.lock import UNPROVEN, Lock
from registrar.model.policy import Protocol, Signalling
from registrar.model.reason import Reason
from registrar.model.row import Decision
from registrar.model.terminal import Terminal
from registrar.policy.explain import condition_words, outcome_words, printable, row_words

_PROTOCOLS = {Protocol.SIP: "SIP", Protocol.H323: "H.323"}
_PRINT_LOCKS = "Print what is locked: ip_extension -p --state locked"
_TERMINAL = 2
"""The column that gives way."""


def print_(arguments: Arguments, node: Node, now: float) -> Execution | Steps:
    """``ip_extension -p``."""
    named, port, wanted = arguments.get(DIR), arguments.get(LOCAL_PORT), arguments.get(STATE_SWITCH)
    if wanted not in ("locked", "refused"):
        return _print_registered(node.state, named, port, VERBOSE in arguments, now)
    chosen = set(named) if named is not None else None
    if wanted == "locked":
        locks, waits = (
            [lock for lock in each if chosen is None or lock.number in chosen] for each in (node.locks, node.waits)
        )
        return _print_locks(locks, waits, now)
    refusals = [
        refusal
        for refusal in node.refusals
        if (chosen is None or refusal.attempt.number in chosen) and port in (None, refusal.attempt.flow.listener.port)
    ]
    return _print_refused(refusals, VERBOSE in arguments, now)


def unlock(arguments: Arguments, node: Node, _now: float) -> Steps:
    """``ip_extension -u``: all of them or none."""
    named, address = arguments.get(DIR), arguments.get(ADDRESS)
    numbers = (yield from named.expanded()) if named is not None else []
    asked, kept = set(numbers), (*node.locks, *node.waits)
    ended = [lock for lock in kept if lock.number in asked or (not lock.number and lock.source == address)]
    found = {lock.number or lock.source for lock in ended}
    free = yield from some_of(numbers, lambda number: number not in found)
    if free:
        return refused("DIRECTORY NUMBERS ARE NOT LOCKED", f"Not locked: {compact(free)}.", _PRINT_LOCKS)
    if address is not None and address not in found:
        return refused("ADDRESS IS NOT LOCKED", _PRINT_LOCKS)
    words = (f"Unlocked: {', '.join([*numbers, *([address] if address is not None else [])])}.",)
    return executed(*(words if VERBOSE in arguments else ()), unlock=ended)


def _print_locks(locks: list[Lock], waits: list[Lock], now: float) -> Execution:
    lines = _locks(locks, ("LOCKED", ">ENDS IN"), now) if locks else ["NOTHING IS LOCKED"]
    if waits:
        lines += ["", *_locks(waits, ("SLOWED DOWN", ">HEARD IN"), now)]
    if any(lock.source == UNPROVEN for lock in (*locks, *waits)):
        lines += ["", f"{UNPROVEN.upper()}: only H.323 over UDP that does not show its address."]
    return printed(lines)


def _locks(locks: list[Lock], titles: tuple[str, str], now: float) -> list[str]:
    what, when = titles
    rows = [
        [
            printable(lock.number or lock.source),
            _kind(lock),
            str(lock.failures),
            f"{max(1, int(lock.until - now))} s",
        ]
        for lock in locks
    ]
    return table([what, "KIND", ">WRONG PINS", when], rows)


def _kind(lock: Lock) -> str:
    if lock.source == UNPROVEN:
        return "number, unproven" if lock.number else "all numbers"
    return "number" if lock.number else "address"


def _print_registered(state: State, named: Numbers | None, port: int | None, verbose: bool, now: float) -> Steps:
    wanted = (yield from named.expanded()) if named is not None else None
    missing = yield from some_of(wanted or [], lambda number: number not in state.extensions)
    if missing:
        return refused("DIRECTORY NUMBERS DO NOT EXIST", f"Not initiated: {compact(missing)}.")
    rows: list[Sequence[str]] = []
    lines: list[str] = []
    listed = more = secure = downgraded = 0
    for piece in _registered(state, (yield from _in_order(state, wanted)), wanted is None):
        for binding in piece:
            if binding.expires_at <= now or port not in (None, binding.flow.listener.port):
                continue
            if listed == LISTED:
                more += 1
                continue
            listed += 1
            secure += binding.flow.listener.secure
            downgraded += binding.decision.downgraded
            if verbose:
                lines += [*_registration(binding, now), ""]
                yield PAUSE
            else:
                rows.append(_row(binding, now))
        yield PAUSE
    if not listed:
        return printed(["NO REGISTRATIONS"])
    if rows:
        headers = ["DIR", "PROT", "TERMINAL", "CLASS", "ADDRESS", ">PORT", "SIGNALLING", "TLS", "P ROW", ">EXP"]
        lines = yield from long_table(headers, rows, _TERMINAL)
        lines += ["", f"{counted(listed, 'registration')}, {secure:,} on secure ports, {downgraded:,} downgraded"]
        if downgraded:
            lines.append("DOWNGRADED: not encrypted, although the row promises it.")
    return (yield from long_printed([*lines, *not_listed(more, "REGISTRATIONS")]))


def _in_order(state: State, wanted: list[str] | None) -> Piecewise[Ordered[Any]]:
    """Return the numbers asked for, in order; where all are, the places of all bindings."""
    if wanted is None:
        return (yield from state.roll.by_number.look())
    return (yield from Ordered.of((yield from numbered(wanted))))


def _registered(state: State, order: Ordered[Any], everything: bool) -> Iterator[list[Binding]]:
    for piece in order.walk():
        if everything:
            yield state.roll.found(piece)
        else:
            bindings = (state.bindings_of(protocol, number).values() for _, number in piece for protocol in Protocol)
            yield sorted(chain.from_iterable(bindings), key=by_number)


def _row(binding: Binding, now: float) -> list[str]:
    decision, flow = binding.decision, binding.flow
    return [
        binding.number,
        _PROTOCOLS[decision.protocol],
        printable(binding.terminal.text) or "-",
        decision.terminal_class._value_,
        flow.address[0],
        str(flow.listener.port),
        _signalling(decision),
        flow.tls.version.removeprefix("TLSv") if flow.tls is not None else "-",
        _policy_and_row(decision),
        str(max(0, int(binding.expires_at - now))),
    ]


def _registration(binding: Binding, now: float) -> list[str]:
    contact, decision = binding.contact, binding.decision
    told = [
        *_attempt(binding.number, binding.flow, binding.terminal, decision),
        ("extension", condition_words(decision.exception, decision.rac)),
        ("decision", outcome_words(decision)),
        ("contact", printable(contact.uri)),
        ("instance", printable(contact.instance)),
        *_endpoint(contact.endpoint),
        ("path", " ".join(map(printable, binding.path))),
        ("registered", f"{_ago(binding.registered_at, now)}, refreshed {_ago(binding.refreshed_at, now)}"),
        ("expires", f"in {max(0, int(binding.expires_at - now))} s"),
    ]
    return block(told)


def _endpoint(endpoint: Endpoint | None) -> list[tuple[str, str]]:
    if endpoint is None:
        return []
    return [
        ("aliases", ", ".join(f"{printable(text)} ({kind})" for kind, text in endpoint.aliases)),
        ("vendor", printable(endpoint.vendor)),
        ("version", printable(endpoint.version)),
        ("messages", "signed (H.235.1)" if endpoint.signed else ""),
    ]


def _print_refused(refusals: list[RefusalEvent], verbose: bool, now: float) -> Execution:
    if not refusals:
        return printed(["NO REFUSED REGISTRATIONS"])
    newest_first = refusals[::-1]
    if verbose:
        return printed(line for refusal in newest_first for line in (*_refusal(refusal, now), ""))
    headers = ["DIR", "PROT", "TERMINAL", "ADDRESS", ">PORT", "REASON", "P ROW", ">TIMES", ">AGO"]
    return printed(table(headers, [_refused_row(refusal, now) for refusal in newest_first], _TERMINAL))


def _refused_row(refusal: RefusalEvent, now: float) -> list[str]:
    attempt, outcome = refusal.attempt, refusal.outcome
    return [
        printable(attempt.number),
        _PROTOCOLS[outcome.decision.protocol],
        printable(outcome.terminal.text) or "-",
        attempt.flow.address[0],
        str(attempt.flow.listener.port),
        outcome.reason.value if outcome.reason is not None else "-",
        _policy_and_row(outcome.decision),
        str(refusal.times),
        str(max(0, int(now - refusal.last_at))),
    ]


def _refusal(refusal: RefusalEvent, now: float) -> list[str]:
    outcome = refusal.outcome
    told = [
        *_attempt(printable(refusal.attempt.number), refusal.attempt.flow, outcome.terminal, outcome.decision),
        (
            "extension",
            "not initiated; decided as if it had exception NO and a RAC"
            if outcome.reason is Reason.UNKNOWN_NUMBER
            else condition_words(outcome.decision.exception, outcome.decision.rac),
        ),
        ("refused", outcome.reason.value if outcome.reason is not None else "-"),
        ("times", f"{refusal.times}, first {_ago(refusal.first_at, now)}, last {_ago(refusal.last_at, now)}"),
    ]
    return block(told)


def _attempt(number: str, flow: Flow, terminal: Terminal, decision: Decision) -> list[tuple[str, str]]:
    listener = flow.listener
    tls = f", {flow.tls.version} {flow.tls.cipher}" if flow.tls is not None else ""
    return [
        ("directory number", number),
        ("protocol", f"{_PROTOCOLS[decision.protocol]} over {listener.transport.value}{tls}"),
        ("terminal", printable(terminal.text) or "(it says nothing)"),
        ("class", f"{terminal.terminal_class.value}, {terminal.family}"),
        ("pattern", terminal.pattern or "none matched"),
        ("address", f"{flow.address[0]} port {flow.address[1]}"),
        ("port", f"{listener.port}, {'secure' if listener.secure else 'insecure'}"),
        ("policy", f"{decision.policy.value} {decision.policy.title}"),
        ("row", row_words(decision.row)),
    ]


def _signalling(decision: Decision) -> str:
    if decision.downgraded:
        return "DOWNGRADED"
    return "ENCRYPTED" if decision.signalling is Signalling.ENCRYPTED else "CLEAR"


def _policy_and_row(decision: Decision) -> str:
    return f"{decision.policy._value_} {decision.row.id}"


def _ago(then: float, now: float) -> str:
    return f"{max(0, int(now - then))} s ago"
