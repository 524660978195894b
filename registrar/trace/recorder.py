"""The ring: octets and decisions as references, appended on the hot path and touched again only by a reader.

Whoever reads must show ``registrar.trace.mask`` of the octets, never the octets: they hold credentials.
"""

from array import array
from enum import Enum
from typing import Any, Final, NamedTuple

from registrar.model.attempt import Attempt
from registrar.model.flow import Address, Flow, Listener
from registrar.model.outcome import Outcome
from registrar.model.reason import Reason
from registrar.model.row import Decision
from registrar.model.terminal import Terminal

RECORDS: Final = 5_000
"""Records kept, six for a registration with its challenge; with octets of some 600 each and what they refer to, 8 MB.
Many more make each registration dearer: what is freed after a long time is in no cache any more."""
LONGEST: Final = 8192
"""Octets kept of one message, so that the ring cannot grow beyond ``RECORDS`` times this."""


class Kind(Enum):
    """The names records have in the API (`GET /api/v1/trace`)."""

    RECEIVED = "received"
    SENT = "sent"
    DECIDED = "decided"
    HANDSHAKE = "handshake"
    HANDSHAKE_REFUSED = "handshake_refused"
    MALFORMED = "malformed"


class Judgement(NamedTuple):
    """What became of one attempt, without its credentials."""

    number: str
    call_id: str
    decision: Decision
    terminal: Terminal
    reason: Reason | None
    """``None`` when it was accepted."""


class Record(NamedTuple):
    """One thing that happened on one flow."""

    id: int
    time: float
    """POSIX seconds."""
    kind: Kind
    flow: Flow
    octets: bytes
    """Of a message as it was received or is sent (inside TLS: decrypted); empty for what is no message."""
    judgement: Judgement | None = None
    detail: str = ""
    """Why a handshake was refused or a message is malformed."""
    length: int = 0
    """Octets the message had, when not all of them are kept; else 0."""


_RECEIVED: Final = Kind.RECEIVED
_SENT: Final = Kind.SENT
_DECIDED: Final = Kind.DECIDED


class Trace:
    """Records what the servers tell it; the oldest record makes room for the newest. ``records`` 0 keeps none."""

    def __init__(self, records: int = RECORDS, longest: int = LONGEST) -> None:
        self._size = records
        self._longest = longest
        self._newest = 0
        self._before = 0
        """The id before the oldest kept record's."""
        # a record is a place in each of these, written over and over: but for what it refers to, nothing is made for
        # it, or freed when it is in no cache any more
        self._times = array("d", bytes(8 * records))
        self._kinds = [_RECEIVED] * records
        self._flows: list[Flow | None] = [None] * records
        self._octets = [b""] * records
        self._more: list[tuple[Any, ...] | None] = [None] * records
        """Of a decision what makes a ``Judgement``, of other things their detail and length."""

    def received(self, flow: Flow, octets: bytes, now: float) -> None:
        """Record a message that came in: a datagram, or one message of a stream without its framing."""
        if len(octets) > self._longest:
            self._put(_RECEIVED, flow, octets[: self._longest], now, ("", len(octets)))
        else:
            self._put(_RECEIVED, flow, octets, now, None)

    def sent(self, flow: Flow, octets: bytes, now: float) -> None:
        """Record a message that goes out."""
        if len(octets) > self._longest:
            self._put(_SENT, flow, octets[: self._longest], now, ("", len(octets)))
        else:
            self._put(_SENT, flow, octets, now, None)

    def decided(self, attempt: Attempt, outcome: Outcome, now: float) -> None:
        """Record what became of an attempt."""
        judgement = (attempt.number, attempt.call_id, outcome.decision, outcome.terminal, outcome.reason)
        self._put(_DECIDED, attempt.flow, b"", now, judgement)

    def handshake(self, flow: Flow, now: float) -> None:
        """Record a TLS handshake that led to the flow's session."""
        self._put(Kind.HANDSHAKE, flow, b"", now, None)

    def wire(self, kind: Kind, listener: Listener, address: Address, detail: str, now: float) -> None:
        """Record a handshake that was refused or a message that could not be understood."""
        self._put(kind, Flow(listener, address), b"", now, (detail, 0))

    def _put(self, kind: Kind, flow: Flow, octets: bytes, now: float, more: tuple[Any, ...] | None) -> None:
        size = self._size
        if not size:
            return
        self._newest = newest = self._newest + 1
        if newest - self._before > size:
            self._before = newest - size
        place = newest % size
        self._times[place] = now
        self._kinds[place] = kind
        self._flows[place] = flow
        self._octets[place] = octets
        self._more[place] = more

    @property
    def last_id(self) -> int:
        """The newest record's id, 0 when there is none."""
        return self._newest if self._newest > self._before else 0

    @property
    def oldest_id(self) -> int:
        """The oldest kept record's id, 0 when there is none."""
        return self._before + 1 if self._newest > self._before else 0

    def since(self, record_id: int = 0, most: int = 0) -> list[Record]:
        """Every kept record with a higher id, oldest first; of more than ``most``, if that is given, the newest."""
        before = max(record_id, self._before, self._newest - most if most else 0)
        return [record for record in map(self._record, range(before + 1, self._newest + 1)) if record is not None]

    def received_since(self, moment: float, after: int = 0) -> tuple[float, dict[Listener, int]]:
        """Return how many messages came in on each port since then, or since the earlier moment that is still known.

        Only records with a higher id than ``after`` are counted.
        """
        counts: dict[int, int] = {}
        listeners: dict[int, Listener] = {}
        before = max(after, self._before)
        earliest = moment
        for number in range(self._newest, before, -1):
            place = number % self._size
            if self._times[place] < moment:
                break
            flow = self._flows[place]
            if flow is not None and self._kinds[place] is _RECEIVED:
                one = id(flow.listener)
                counts[one] = counts.get(one, 0) + 1
                listeners[one] = flow.listener
        else:
            if before == self._before and self._newest - before == self._size > 0:
                earliest = self._times[(before + 1) % self._size]
        found: dict[Listener, int] = {}
        for one, listener in listeners.items():
            found[listener] = found.get(listener, 0) + counts[one]
        return earliest, found

    def clear(self) -> None:
        """Forget every record."""
        self._before = self._newest
        self._flows = [None] * self._size
        self._octets = [b""] * self._size
        self._more = [None] * self._size

    def _record(self, number: int) -> Record | None:
        place = number % self._size
        flow = self._flows[place]
        if flow is None:
            return None
        time, kind, octets, more = self._times[place], self._kinds[place], self._octets[place], self._more[place]
        if more is None:
            return Record(number, time, kind, flow, octets)
        if kind is _DECIDED:
            return Record(number, time, kind, flow, octets, Judgement(*more))
        detail, length = more
        return Record(number, time, kind, flow, octets, None, detail, length)
