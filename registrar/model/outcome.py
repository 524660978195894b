"""What became of an attempt. A refusal by policy is an outcome, never an exception."""

from typing import Final, final

from mypy_extensions import mypyc_attr

from registrar.model.binding import Binding
from registrar.model.reason import Reason
from registrar.model.record import Record
from registrar.model.row import Decision
from registrar.model.terminal import Terminal


@mypyc_attr(acyclic=True)
@final
class Outcome(Record):
    """The core's answer; the protocol turns it into response bytes."""

    __slots__ = (
        "accepted",
        "bindings",
        "decision",
        "held",
        "locked_until",
        "min_expires",
        "reason",
        "repeated",
        "retry_after",
        "stored",
        "terminal",
    )

    def __init__(
        self,
        accepted: bool,
        decision: Decision,
        terminal: Terminal,
        reason: Reason | None = None,
        bindings: tuple[Binding, ...] = (),
        stored: bool = True,
        repeated: bool = False,
        retry_after: int = 0,
        locked_until: float = 0.0,
        min_expires: int = 0,
        held: str = "",
    ) -> None:
        self.accepted: Final = accepted
        self.decision: Final = decision
        self.terminal: Final = terminal
        self.reason: Final = reason
        """Why it was not accepted. The operator's truth: the wire must not show UNKNOWN_NUMBER apart from WRONG_PIN."""
        self.bindings: Final = bindings
        """Every current binding of the number in this protocol, when accepted."""
        self.stored: Final = stored
        """False when the answer must wait for the commit that the attempt's changes are part of."""
        self.repeated: Final = repeated
        """A wrong PIN again within the same Call-ID burst (RFC 3261 phones that would retry for ever are told 403)."""
        self.retry_after: Final = retry_after
        """Seconds until a lock ends."""
        self.locked_until: Final = locked_until
        """POSIX seconds; set when this very failure locked the number or the source."""
        self.min_expires: Final = min_expires
        """Seconds, with INTERVAL_TOO_BRIEF."""
        self.held: Final = held
        """The alias that another endpoint holds, with DUPLICATE_ALIAS."""
