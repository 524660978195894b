"""A row of the requirement's tables 1 to 4, and the decision a row and a port lead to."""

from typing import Final, final

from mypy_extensions import mypyc_attr

from registrar.model.policy import Policy, Protocol, Signalling, TerminalClass
from registrar.model.reason import Reason
from registrar.model.record import Record


@mypyc_attr(acyclic=True)
@final
class Row(Record):
    """One row of a policy table; ``None`` in a condition means "any"."""

    __slots__ = ("allowed", "exception", "id", "inferred", "rac", "refusal", "section", "signalling", "terminal")

    def __init__(
        self,
        id: str,  # noqa: A002 - as it is called everywhere
        terminal: TerminalClass,
        exception: bool | None,
        rac: bool | None,
        allowed: bool,
        signalling: Signalling | None,
        refusal: Reason | None,
        section: str,
        inferred: bool,
    ) -> None:
        self.id: Final = id
        """Stable name: T, the table's number, a dot, the row's number from the top, e.g. ``T2.4``."""
        self.terminal: Final = terminal
        self.exception: Final = exception
        self.rac: Final = rac
        self.allowed: Final = allowed
        self.signalling: Final = signalling
        """What the row promises when it allows; ``None`` when it does not."""
        self.refusal: Final = refusal
        """Why the row refuses; ``None`` when it allows."""
        self.section: Final = section
        """The section of the requirement that holds the table, e.g. ``6.2.2``."""
        self.inferred: Final = inferred
        """True where the requirement leaves the cell open and this project filled it."""


@mypyc_attr(acyclic=True)
@final
class Decision(Record):
    """What the policy says of one registration, before any PIN is looked at."""

    __slots__ = (
        "allowed",
        "downgraded",
        "exception",
        "policy",
        "protocol",
        "rac",
        "reason",
        "row",
        "secure_port",
        "signalling",
        "terminal_class",
    )

    def __init__(
        self,
        policy: Policy,
        protocol: Protocol,
        terminal_class: TerminalClass,
        exception: bool,
        rac: bool,
        secure_port: bool,
        row: Row,
        allowed: bool,
        reason: Reason | None,
        signalling: Signalling | None,
        downgraded: bool,
    ) -> None:
        self.policy: Final = policy
        self.protocol: Final = protocol
        self.terminal_class: Final = terminal_class
        self.exception: Final = exception
        self.rac: Final = rac
        self.secure_port: Final = secure_port
        self.row: Final = row
        self.allowed: Final = allowed
        self.reason: Final = reason
        """Why not, when it is not allowed."""
        self.signalling: Final = signalling
        """What the registration ends with, when it is allowed."""
        self.downgraded: Final = downgraded
        """The row promises encryption, the port gave none, and the policy lets it pass."""

    @property
    def conditions(self) -> tuple[Policy, Protocol, TerminalClass, bool, bool, bool]:
        """What was asked: policy, protocol, terminal class, exception, RAC, secure port."""
        return self.policy, self.protocol, self.terminal_class, self.exception, self.rac, self.secure_port
