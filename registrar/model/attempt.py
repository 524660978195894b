"""An attempt to register, in either protocol: what the one registration core decides on."""

from enum import Enum
from typing import NamedTuple
from typing import Protocol as Interface

from registrar.model.binding import Contact
from registrar.model.extension import Rac
from registrar.model.flow import Flow


class Verdict(Enum):
    """What came of checking a proof against a RAC."""

    RIGHT = "right"
    WRONG = "wrong"
    STALE = "stale"
    """Made with the right PIN, but from a challenge that is too old, not ours, or already used."""
    NOT_OWNER = "not owner"
    """The proof speaks for another number than the attempt's."""


class Proof(Interface):
    """Credentials as they arrived: a SIP digest response, an H.235 token."""

    def verify(self, rac: Rac, number: str, now: float) -> Verdict:
        """Check against the RAC at POSIX time ``now``; the work done must not depend on the verdict."""
        ...


class Action(Enum):
    """What the attempt wants of the number's bindings."""

    BIND = "bind"
    """Add, refresh or remove the contacts named; with no contact it is a query."""
    REMOVE_ALL = "remove all"
    """``Contact: *`` with zero expiry, or an H.323 URQ without aliases."""
    AUTHORIZE = "authorize"
    """Meet the policy and the PIN but change nothing (a SUBSCRIBE)."""


class Attempt(NamedTuple):
    """What a terminal asks, whatever protocol it speaks; the protocol of its flow's listener."""

    number: str
    terminal: str
    """What the terminal says it is; NUL padding already stripped."""
    flow: Flow
    proof: Proof | None
    contacts: tuple[Contact, ...] = ()
    action: Action = Action.BIND
    call_id: str = ""
    cseq: int = 0
    expires: int | None = None
    """The Expires header: for contacts with none of their own."""
    path: tuple[str, ...] = ()
    wants_gruu: bool = False
