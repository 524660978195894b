"""The requirement's tables 1 to 4, row by row.

Every combination of terminal class, exception and RAC meets exactly one row of each table. A row marked as inferred
fills a cell that the requirement leaves open: without a policy the system is "open for all types of initiations and
registrations" (6.2.1), a RAC is mandatory when the exception is NO (section 2), and policy 3 takes no exceptions
(6.2.4).
"""

from typing import Final

from registrar.model.policy import Policy, Protocol, Signalling, TerminalClass
from registrar.model.reason import Reason
from registrar.model.row import Row

Table = tuple[Row, ...]

_SECURE, _INSECURE = TerminalClass.SECURE, TerminalClass.INSECURE
_YES, _NO, _ANY = True, False, None
_RAC, _NO_RAC = True, False
_ENCRYPTED, _CLEAR = Signalling.ENCRYPTED, Signalling.NOT_ENCRYPTED
_INFERRED: Final = True
_SECTIONS: Final = {"1": "6.2.1", "2": "6.2.2", "3": "6.2.3", "4": "6.2.4"}


def _allows(
    name: str,
    terminal: TerminalClass,
    exception: bool | None,
    rac: bool | None,
    signalling: Signalling,
    inferred: bool = False,
) -> Row:
    return Row(name, terminal, exception, rac, True, signalling, None, _SECTIONS[name[1]], inferred)


def _refuses(
    name: str,
    terminal: TerminalClass,
    exception: bool | None,
    rac: bool | None,
    refusal: Reason,
    inferred: bool = False,
) -> Row:
    return Row(name, terminal, exception, rac, False, None, refusal, _SECTIONS[name[1]], inferred)


NO_SECURITY: Final[Table] = (
    _allows("T1.1", _SECURE, _YES, _NO_RAC, _CLEAR),
    _allows("T1.2", _SECURE, _YES, _RAC, _ENCRYPTED),
    _allows("T1.3", _SECURE, _NO, _RAC, _ENCRYPTED),
    _allows("T1.4", _INSECURE, _YES, _RAC, _CLEAR),
    _allows("T1.5", _INSECURE, _YES, _NO_RAC, _CLEAR),
    _allows("T1.6", _INSECURE, _NO, _RAC, _CLEAR),
    _allows("T1.7", _SECURE, _NO, _NO_RAC, _CLEAR, _INFERRED),
    _allows("T1.8", _INSECURE, _NO, _NO_RAC, _CLEAR, _INFERRED),
)

ALL_SECURE: Final[Table] = (
    _refuses("T2.1", _SECURE, _YES, _NO_RAC, Reason.EXCEPTION_NOT_ALLOWED),
    _refuses("T2.2", _SECURE, _YES, _RAC, Reason.EXCEPTION_NOT_ALLOWED),
    _allows("T2.3", _SECURE, _NO, _RAC, _ENCRYPTED),
    _refuses("T2.4", _INSECURE, _ANY, _ANY, Reason.TERMINAL_NOT_ALLOWED),
    _refuses("T2.5", _SECURE, _NO, _NO_RAC, Reason.RAC_MANDATORY, _INFERRED),
)

EXTENSION_EXCEPTION: Final[Table] = (
    _allows("T3.1", _SECURE, _YES, _NO_RAC, _CLEAR),
    _allows("T3.2", _SECURE, _YES, _RAC, _ENCRYPTED),
    _allows("T3.3", _SECURE, _NO, _RAC, _ENCRYPTED),
    _allows("T3.4", _INSECURE, _YES, _ANY, _CLEAR),
    _refuses("T3.5", _INSECURE, _NO, _RAC, Reason.TERMINAL_NOT_ALLOWED),
    _refuses("T3.6", _SECURE, _NO, _NO_RAC, Reason.RAC_MANDATORY, _INFERRED),
    _refuses("T3.7", _INSECURE, _NO, _NO_RAC, Reason.TERMINAL_NOT_ALLOWED, _INFERRED),
)

EXCEPTION_TYPE: Final[Table] = (
    _refuses("T4.1", _SECURE, _YES, _NO_RAC, Reason.EXCEPTION_NOT_ALLOWED),
    _refuses("T4.2", _SECURE, _YES, _RAC, Reason.EXCEPTION_NOT_ALLOWED),
    _allows("T4.3", _SECURE, _NO, _RAC, _ENCRYPTED),
    _allows("T4.4", _INSECURE, _NO, _RAC, _CLEAR),
    _refuses("T4.5", _SECURE, _NO, _NO_RAC, Reason.RAC_MANDATORY, _INFERRED),
    _refuses("T4.6", _INSECURE, _NO, _NO_RAC, Reason.RAC_MANDATORY, _INFERRED),
    _refuses("T4.7", _INSECURE, _YES, _ANY, Reason.EXCEPTION_NOT_ALLOWED, _INFERRED),
)

TABLES: Final[dict[int, tuple[str, Table]]] = {
    1: ("No Security", NO_SECURITY),
    2: ("All Secure", ALL_SECURE),
    3: ("All Secure with Extension Exception", EXTENSION_EXCEPTION),
    4: ("All Secure with Exception Type", EXCEPTION_TYPE),
}
"""The tables by the requirement's numbers, each with its title."""

TABLE_OF: Final[dict[tuple[Policy, Protocol], int]] = {
    (Policy.NONE, Protocol.SIP): 1,
    (Policy.NONE, Protocol.H323): 1,
    (Policy.ALL_SECURE, Protocol.SIP): 2,
    (Policy.ALL_SECURE, Protocol.H323): 2,
    (Policy.EXC_EXT, Protocol.SIP): 3,
    (Policy.EXC_EXT, Protocol.H323): 3,
    (Policy.EXC_TYPE, Protocol.SIP): 2,
    (Policy.EXC_TYPE, Protocol.H323): 4,
}
"""Which table serves a policy; for SIP, policy 3 behaves as policy 1 (the note under table 4, section 6.2.4)."""


def table(policy: Policy, protocol: Protocol) -> Table:
    """Return the table that serves the policy for the protocol."""
    return TABLES[TABLE_OF[policy, protocol]][1]


def matches(row: Row, terminal: TerminalClass, exception: bool, rac: bool) -> bool:
    """Return whether all of the row's conditions hold."""
    return row.terminal is terminal and row.exception in (None, exception) and row.rac in (None, rac)
