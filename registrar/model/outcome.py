"""What became of an attempt. A refusal by policy is an outcome, never an exception."""

from typing import NamedTuple

from registrar.model.binding import Binding
from registrar.model.reason import Reason
from registrar.model.row import Decision
from registrar.model.terminal import Terminal


class Outcome(NamedTuple):
    """The core's answer; the protocol turns it into response bytes."""

    accepted: bool
    decision: Decision
    terminal: Terminal
    reason: Reason | None = None
    """Why it was not accepted. The operator's truth: the wire must not show UNKNOWN_NUMBER apart from WRONG_PIN."""
    bindings: tuple[Binding, ...] = ()
    """Every current binding of the number in this protocol, when accepted."""
    stored: bool = True
    """False when the answer must wait for the commit that the attempt's changes are part of."""
    repeated: bool = False
    """A wrong PIN again within the same Call-ID burst (RFC 3261 phones that would retry for ever are told 403)."""
    retry_after: int = 0
    """Seconds until a lock ends."""
    locked_until: float = 0.0
    """POSIX seconds; set when this very failure locked the number or the source."""
    min_expires: int = 0
    """Seconds, with INTERVAL_TOO_BRIEF."""
    held: str = ""
    """The alias that another endpoint holds, with DUPLICATE_ALIAS."""
