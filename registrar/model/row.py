"""A row of the requirement's tables 1 to 4, and the decision a row and a port lead to."""

from typing import NamedTuple

from registrar.model.policy import Policy, Protocol, Signalling, TerminalClass
from registrar.model.reason import Reason


class Row(NamedTuple):
    """One row of a policy table; ``None`` in a condition means "any"."""

    id: str
    """Stable name: T, the table's number, a dot, the row's number from the top, e.g. ``T2.4``."""
    terminal: TerminalClass
    exception: bool | None
    rac: bool | None
    allowed: bool
    signalling: Signalling | None
    """What the row promises when it allows; ``None`` when it does not."""
    refusal: Reason | None
    """Why the row refuses; ``None`` when it allows."""
    section: str
    """The section of the requirement that holds the table, e.g. ``6.2.2``."""
    inferred: bool
    """True where the requirement leaves the cell open and this project filled it."""


class Decision(NamedTuple):
    """What the policy says of one registration, before any PIN is looked at."""

    policy: Policy
    protocol: Protocol
    terminal_class: TerminalClass
    exception: bool
    rac: bool
    secure_port: bool
    row: Row
    allowed: bool
    reason: Reason | None
    """Why not, when it is not allowed."""
    signalling: Signalling | None
    """What the registration ends with, when it is allowed."""
    downgraded: bool
    """The row promises encryption, the port gave none, and the policy lets it pass."""
