"""The ring: octets and decisions as references, appended on the hot path and touched again only by a reader.

Whoever reads must show ``registrar.trace.mask`` of the octets, never the octets: they hold credentials.
"""

from collections import deque
from enum import Enum
from itertools import count
from math import inf
from typing import Any, NamedTuple

from registrar.model.attempt import Attempt
from registrar.model.flow import Address, Flow, Listener
from registrar.model.outcome import Outcome
from registrar.model.reason import Reason
from registrar.model.row import Decision
from registrar.model.terminal import Terminal

RECORDS = 5_000
"""Records kept, six for a registration with its challenge; with octets of some 600 each and what they refer to, 8 MB.
Many more make each registration dearer: what is freed after a long time is in no cache any more."""
LONGEST = 8192
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


_RECEIVED, _SENT, _DECIDED = Kind.RECEIVED, Kind.SENT, Kind.DECIDED


class Trace:
    """Records what the servers tell it; the oldest record makes room for the newest. ``records`` 0 keeps none."""

    def __init__(self, records: int = RECORDS, longest: int = LONGEST) -> None:
        self._ring: deque[tuple[Any, ...]] = deque(maxlen=records)
        self._append = self._ring.append
        self._next = count(1).__next__
        self._longest = longest

    def received(self, flow: Flow, octets: bytes, now: float) -> None:
        """Record a message that came in: a datagram, or one message of a stream without its framing."""
        if len(octets) > self._longest:
            self._long(_RECEIVED, flow, octets, now)
        else:
            self._append((self._next(), now, _RECEIVED, flow, octets))

    def sent(self, flow: Flow, octets: bytes, now: float) -> None:
        """Record a message that goes out."""
        if len(octets) > self._longest:
            self._long(_SENT, flow, octets, now)
        else:
            self._append((self._next(), now, _SENT, flow, octets))

    def decided(self, attempt: Attempt, outcome: Outcome, now: float) -> None:
        """Record what became of an attempt."""
        judgement = (attempt.number, attempt.call_id, outcome.decision, outcome.terminal, outcome.reason)
        self._append((self._next(), now, _DECIDED, attempt.flow, b"", judgement))

    def handshake(self, flow: Flow, now: float) -> None:
        """Record a TLS handshake that led to the flow's session."""
        self._append((self._next(), now, Kind.HANDSHAKE, flow, b""))

    def wire(self, kind: Kind, listener: Listener, address: Address, detail: str, now: float) -> None:
        """Record a handshake that was refused or a message that could not be understood."""
        self._append((self._next(), now, kind, Flow(listener, address), b"", None, detail))

    @property
    def last_id(self) -> int:
        """The newest record's id, 0 when there is none."""
        return int(self._ring[-1][0]) if self._ring else 0

    @property
    def oldest_id(self) -> int:
        """The oldest kept record's id, 0 when there is none."""
        return int(self._ring[0][0]) if self._ring else 0

    def since(self, record_id: int = 0, most: int = 0) -> list[Record]:
        """Every kept record with a higher id, oldest first; of more than ``most``, if that is given, the newest."""
        found: list[Record] = []
        for entry in reversed(self._ring):
            if entry[0] <= record_id or (most and len(found) == most):
                break
            found.append(_record(entry))
        return found[::-1]

    def received_since(self, moment: float, after: int = 0) -> tuple[float, dict[Listener, int]]:
        """Return how many messages came in on each port since then, or since the earlier moment that is still known.

        Only records with a higher id than ``after`` are counted.
        """
        counts: dict[int, int] = {}
        listeners: dict[int, Listener] = {}
        earliest = moment if len(self._ring) < (self._ring.maxlen or 0) else inf
        for entry in reversed(self._ring):
            if entry[1] < moment or entry[0] <= after:
                earliest = moment
                break
            if entry[2] is _RECEIVED:
                listener = entry[3].listener
                place = id(listener)
                counts[place] = counts.get(place, 0) + 1
                listeners[place] = listener
        else:
            earliest = min(earliest, self._ring[0][1]) if self._ring else moment
        found: dict[Listener, int] = {}
        for place, listener in listeners.items():
            found[listener] = found.get(listener, 0) + counts[place]
        return earliest, found

    def clear(self) -> None:
        """Forget every record."""
        self._ring.clear()

    def _long(self, kind: Kind, flow: Flow, octets: bytes, now: float) -> None:
        self._append((self._next(), now, kind, flow, octets[: self._longest], None, "", len(octets)))


def _record(entry: tuple[Any, ...]) -> Record:
    if len(entry) == 5:
        return Record(*entry)
    number, time, kind, flow, octets, judgement, *more = entry
    return Record(number, time, kind, flow, octets, judgement and Judgement(*judgement), *more)
