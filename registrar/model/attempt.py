"""An attempt to register, in either protocol: what the one registration core decides on."""

from enum import Enum
from typing import Final, final
from typing import Protocol as Interface

from mypy_extensions import mypyc_attr

from registrar.model.binding import Contact
from registrar.model.extension import Rac
from registrar.model.flow import Flow
from registrar.model.record import Record


class Verdict(Enum):
    """What came of checking a proof against a RAC."""

    RIGHT = "right"
    WRONG = "wrong"
    STALE = "stale"
    """Made with the right PIN, but from a challenge that is too old or already used."""
    FOREIGN = "foreign"
    """Answers no challenge that was given to the sender's address, so it says nothing of the PIN."""
    NOT_OWNER = "not owner"
    """The proof speaks for another number than the attempt's."""
    REPLAYED = "replayed"
    """The right PIN, as all below, but an H.235 token that was used before."""
    WRONG_CLOCK = "wrong clock"
    WRONG_SENDER = "wrong sender"
    """The token's sendersID is none of the endpoint's names."""
    WRONG_RECEIVER = "wrong receiver"
    """The token's generalID is not this gatekeeper."""
    TAMPERED = "tampered"
    """Another token in the same message is wrong."""


class Proof(Interface):
    """Credentials as they arrived: a SIP digest response, an H.235 token."""

    @property
    def shown(self) -> bool:
        """Whether they came with something that only whoever is at the source address was sent.

        Where that is part of what ``verify`` looks at, as in SIP (``Verdict.FOREIGN``), it is true.
        """
        ...

    def verify(self, rac: Rac, number: str, now: float) -> Verdict:
        """Check against the RAC at POSIX time ``now``; the work done must not depend on the verdict."""
        ...


class Action(Enum):
    """What the attempt wants of the number's bindings."""

    BIND = "bind"
    """Add, refresh or remove the contacts named; with no contact it is a query."""
    REMOVE_ALL = "remove all"
    """``Contact: *`` with zero expiry."""
    REMOVE = "remove"
    """Remove the contacts named, whatever the policy says of registering them; the PIN is asked for all the same."""
    AUTHORIZE = "authorize"
    """Meet the policy and the PIN but change nothing (a SUBSCRIBE)."""


@mypyc_attr(acyclic=True)
@final
class Attempt(Record):
    """What a terminal asks, whatever protocol it speaks; the protocol of its flow's listener."""

    __slots__ = (
        "action",
        "call_id",
        "contacts",
        "cseq",
        "expires",
        "flow",
        "number",
        "path",
        "proof",
        "terminal",
        "wants_gruu",
    )

    def __init__(
        self,
        number: str,
        terminal: str,
        flow: Flow,
        proof: Proof | None,
        contacts: tuple[Contact, ...] = (),
        action: Action = Action.BIND,
        call_id: str = "",
        cseq: int = 0,
        expires: int | None = None,
        path: tuple[str, ...] = (),
        wants_gruu: bool = False,
    ) -> None:
        self.number: Final = number
        self.terminal: Final = terminal
        """What the terminal says it is; NUL padding already stripped."""
        self.flow: Final = flow
        self.proof: Final = proof
        self.contacts: Final = contacts
        self.action: Final = action
        self.call_id: Final = call_id
        """What the attempts of one terminal share and ``cseq`` counts; empty in H.323, where no order is told."""
        self.cseq: Final = cseq
        """In H.323 the time stamp of its tokens, so that what was used is known after a restart."""
        self.expires: Final = expires
        """The Expires header: for contacts with none of their own."""
        self.path: Final = path
        self.wants_gruu: Final = wants_gruu
