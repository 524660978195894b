"""The decision: policy, protocol, terminal class, exception, RAC and port lead to one row and one answer.

All combinations are decided once, at import; a registration costs one dict lookup. The order of the checks of a
registration is: number known, row allows, port agrees, PIN right (``registrar.core.logon``).
"""

from itertools import product
from typing import Final

from registrar.model.policy import Policy, PortCheck, Protocol, TerminalClass
from registrar.model.row import Decision, Row
from registrar.policy.ports import port_rule
from registrar.policy.tables import matches, table

_BOTH: Final = (False, True)
_H323: Final = Protocol.H323
_SECURE: Final = TerminalClass.SECURE
_STRICT: Final = PortCheck.STRICT


def row_for(policy: Policy, protocol: Protocol, terminal: TerminalClass, exception: bool, rac: bool) -> Row:
    """Return the one row that the combination meets."""
    (row,) = (row for row in table(policy, protocol) if matches(row, terminal, exception, rac))
    return row


def _decide(
    policy: Policy,
    protocol: Protocol,
    terminal: TerminalClass,
    exception: bool,
    rac: bool,
    secure_port: bool,
    port_check: PortCheck,
) -> Decision:
    row = row_for(policy, protocol, terminal, exception, rac)
    rule = port_rule(row, policy, exception, secure_port, port_check)
    return Decision(
        policy,
        protocol,
        terminal,
        exception,
        rac,
        secure_port,
        row,
        rule.allowed,
        None if rule.allowed else rule.reason or row.refusal,
        rule.signalling,
        rule.downgraded,
    )


_DECISIONS: Final[dict[tuple[int, bool, bool, bool, bool, bool, bool], Decision]] = {
    (policy.value, protocol is _H323, terminal is _SECURE, exception, rac, secure_port, check is _STRICT): _decide(
        policy, protocol, terminal, exception, rac, secure_port, check
    )
    for policy, protocol, terminal, exception, rac, secure_port, check in product(
        Policy, Protocol, TerminalClass, _BOTH, _BOTH, _BOTH, PortCheck
    )
}
"""Keyed by numbers and booleans: an Enum member's hash is a Python call, theirs is not."""


def decide(
    policy: Policy,
    protocol: Protocol,
    terminal_class: TerminalClass,
    exception: bool,
    rac: bool,
    secure_port: bool,
    port_check: PortCheck = PortCheck.STANDARD,
) -> Decision:
    """Return what the policy says of a registration, before any PIN is looked at (the requirement, section 6.2)."""
    return _DECISIONS[
        policy, protocol is _H323, terminal_class is _SECURE, exception, rac, secure_port, port_check is _STRICT
    ]


def excluding(policy: Policy, protocol: Protocol, terminal: TerminalClass) -> Row | None:
    """Return the row that keeps such terminals out whatever extension they log on to, ``None`` where some may."""
    rows = [row for row in table(policy, protocol) if row.terminal is terminal]
    return None if any(row.allowed for row in rows) else rows[0]
