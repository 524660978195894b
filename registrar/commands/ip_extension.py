"""``ip_extension``: which terminals are registered, on which port, how (the requirement, section 6.5), and locks."""

from itertools import chain
from typing import Final

from registrar.commands.catalogue.extensions import ADDRESS, LOCAL_PORT, STATE_SWITCH
from registrar.commands.catalogue.shared import DIR, VERBOSE
from registrar.commands.grammar import Arguments
from registrar.commands.node import Execution, Node
from registrar.commands.numbers import compact
from registrar.commands.printout import block, counted, executed, printed, refused, table
from registrar.model.binding import Binding, Endpoint
from registrar.model.events import RefusalEvent
from registrar.model.flow import Flow
from registrar.model.lock import Lock
from registrar.model.policy import Protocol, Signalling
from registrar.model.reason import Reason
from registrar.model.row import Decision
from registrar.model.terminal import Terminal
from registrar.policy.explain import condition_words, outcome_words, printable, row_words

_PROTOCOLS = {Protocol.SIP: "SIP", Protocol.H323: "H.323"}
_PRINT_LOCKS = "Print what is locked: ip_extension -p --state locked"
LISTED: Final = 100_000
"""Registrations that one printout lists, as many as numbers may be named; registering waits while it is made."""
_TERMINAL = 2
"""The column that gives way."""


def print_(arguments: Arguments, node: Node, now: float) -> Execution:
    """``ip_extension -p``."""
    wanted, port = arguments.get(DIR), arguments.get(LOCAL_PORT)
    chosen = set(wanted) if wanted is not None else None
    if arguments.get(STATE_SWITCH) == "locked":
        locks, waits = (
            [lock for lock in each if chosen is None or lock.number in chosen] for each in (node.locks, node.waits)
        )
        return _print_locks(locks, waits, now)
    if arguments.get(STATE_SWITCH) == "refused":
        refusals = [
            refusal
            for refusal in node.refusals
            if (chosen is None or refusal.attempt.number in chosen)
            and port in (None, refusal.attempt.flow.listener.port)
        ]
        return _print_refused(refusals, VERBOSE in arguments, now)
    missing = [number for number in wanted or () if number not in node.state.extensions]
    if missing:
        return refused("DIRECTORY NUMBERS DO NOT EXIST", f"Not initiated: {compact(missing)}.")
    state = node.state
    among = (
        state.all_bindings()
        if chosen is None
        else chain.from_iterable(
            state.bindings_of(protocol, number).values() for number in chosen for protocol in Protocol
        )
    )
    bindings = [binding for binding in among if binding.expires_at > now and port in (None, binding.flow.listener.port)]
    more = len(bindings) - LISTED
    del bindings[LISTED:]
    bindings.sort(key=lambda binding: (len(binding.number), binding.number, binding.registered_at))
    return _print_registered(bindings, max(more, 0), VERBOSE in arguments, now)


def unlock(arguments: Arguments, node: Node, _now: float) -> Execution:
    """``ip_extension -u``: all of them or none."""
    numbers, address = arguments.get(DIR) or (), arguments.get(ADDRESS)
    of_numbers = {lock.number: lock for lock in (*node.locks, *node.waits) if lock.number}
    of_addresses = {lock.source: lock for lock in (*node.locks, *node.waits) if lock.source}
    free = [number for number in numbers if number not in of_numbers]
    if free:
        return refused("DIRECTORY NUMBERS ARE NOT LOCKED", f"Not locked: {compact(free)}.", _PRINT_LOCKS)
    if address is not None and address not in of_addresses:
        return refused("ADDRESS IS NOT LOCKED", _PRINT_LOCKS)
    ended = [of_numbers[number] for number in numbers]
    ended += [of_addresses[address]] if address is not None else []
    words = (f"Unlocked: {', '.join(lock.number or lock.source for lock in ended)}.",)
    return executed(*(words if VERBOSE in arguments else ()), unlock=ended)


def _print_locks(locks: list[Lock], waits: list[Lock], now: float) -> Execution:
    lines = _locks(locks, ("LOCKED", ">ENDS IN"), now) if locks else ["NOTHING IS LOCKED"]
    if waits:
        lines += ["", *_locks(waits, ("SLOWED DOWN", ">HEARD IN"), now)]
    return printed(lines)


def _locks(locks: list[Lock], titles: tuple[str, str], now: float) -> list[str]:
    what, when = titles
    rows = [
        [
            printable(lock.number or lock.source),
            "number" if lock.number else "address",
            str(lock.failures),
            f"{max(1, int(lock.until - now))} s",
        ]
        for lock in locks
    ]
    return table([what, "KIND", ">WRONG PINS", when], rows)


def _print_registered(bindings: list[Binding], more: int, verbose: bool, now: float) -> Execution:
    """Print the registrations; ``more`` are not among them."""
    if not bindings:
        return printed(["NO REGISTRATIONS"])
    ending = [f"{more:,} MORE REGISTRATIONS are not listed: name the numbers with -d."] if more else []
    if verbose:
        lines = [line for binding in bindings for line in (*_registration(binding, now), "")]
        return printed([*lines, *ending])
    headers = ["DIR", "PROT", "TERMINAL", "CLASS", "ADDRESS", ">PORT", "SIGNALLING", "TLS", "P ROW", ">EXP"]
    lines = table(headers, [_row(binding, now) for binding in bindings], _TERMINAL)
    secure = sum(binding.flow.listener.secure for binding in bindings)
    downgraded = sum(binding.decision.downgraded for binding in bindings)
    lines += ["", f"{counted(len(bindings), 'registration')}, {secure:,} on secure ports, {downgraded:,} downgraded"]
    if downgraded:
        lines.append("DOWNGRADED: not encrypted, although the row promises it.")
    return printed([*lines, *ending])


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
