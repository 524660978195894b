"""What happened, as it is published to logs, the event stream, metrics and the SIP reg-event subscribers."""

from enum import Enum
from typing import Final, NamedTuple, final

from mypy_extensions import mypyc_attr

from registrar.model.attempt import Attempt
from registrar.model.binding import Binding
from registrar.model.flow import Address, Listener
from registrar.model.outcome import Outcome
from registrar.model.record import Record


class EventType(Enum):
    """The names events have in the API (`GET /api/v1/events?type=`)."""

    REGISTERED = "registered"
    REFRESHED = "refreshed"
    UNREGISTERED = "unregistered"
    REFUSED = "refused"
    LOCKED = "locked"
    COMMAND = "command"
    HANDSHAKE_REFUSED = "handshake_refused"
    MALFORMED = "malformed"
    STORE_FAILED = "store_failed"
    WARNING = "warning"


class Cause(Enum):
    """Why a binding went away (RFC 3680 section 5.1 names in brackets)."""

    TERMINAL = "terminal"
    """The terminal unregistered it (unregistered)."""
    EXPIRED = "expired"
    OPERATOR = "operator"
    """``extension_unregistration`` (deactivated: the phone should register anew)."""
    ERASED = "erased"
    """The extension was erased (rejected)."""
    REPLACED = "replaced"
    FLOW_CLOSED = "flow closed"


@mypyc_attr(acyclic=True)
@final
class BindingEvent(Record):
    """REGISTERED, REFRESHED or UNREGISTERED."""

    __slots__ = ("binding", "cause", "type")

    def __init__(self, type: EventType, binding: Binding, cause: Cause | None = None) -> None:  # noqa: A002
        self.type: Final = type
        self.binding: Final = binding
        self.cause: Final = cause


class RefusalEvent(NamedTuple):
    """REFUSED: one refusal, or the same one repeated by the same peer."""

    type: EventType
    attempt: Attempt
    """Who asked, over which flow; without the proof, the contacts and the path, which nobody needs any more."""
    outcome: Outcome
    times: int
    first_at: float
    last_at: float


class LockEvent(NamedTuple):
    """LOCKED: a number or a source address has guessed wrong too often."""

    type: EventType
    number: str
    source: str
    until: float


class CommandEvent(NamedTuple):
    """COMMAND: an operator's line that changed something, PINs masked."""

    type: EventType
    line: str
    printout: str


class WireEvent(NamedTuple):
    """HANDSHAKE_REFUSED or MALFORMED: something that never became an attempt."""

    type: EventType
    listener: Listener
    address: Address
    detail: str
    times: int
    first_at: float
    last_at: float


class StoreEvent(NamedTuple):
    """STORE_FAILED: changes were taken back because the store did not take them."""

    type: EventType
    detail: str
    times: int
    """Registrations and commands that this befell."""
    first_at: float
    last_at: float


class WarningEvent(NamedTuple):
    """WARNING: something ends soon or has ended, told once a day."""

    type: EventType
    detail: str


Subject = BindingEvent | RefusalEvent | LockEvent | CommandEvent | WireEvent | StoreEvent | WarningEvent


@mypyc_attr(acyclic=True)
@final
class Event(Record):
    """A subject with its place in the stream."""

    __slots__ = ("id", "subject", "time")

    def __init__(self, id: int, time: float, subject: Subject) -> None:  # noqa: A002
        self.id: Final = id
        self.time: Final = time
        self.subject: Final = subject
