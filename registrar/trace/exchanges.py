"""Records put together that belong together: a registration's challenge, answer, decision, and the handshake before.

In SIP that is one Call-ID from one address (RFC 3261 section 8.1.1.4: a phone keeps it over all its REGISTERs), in RAS
one transport address, in both as long as no more than ``PAUSE`` seconds lie between two records.
"""

import re
from typing import Final, TypeVar

from registrar.model.flow import Address, Flow
from registrar.model.policy import Protocol
from registrar.trace.recorder import Judgement, Kind, Record, Trace
from registrar.trace.words import number_of

PAUSE: Final = 32.0
"""Seconds: RFC 3261's timer J, after which a retransmission is a new request."""
LONGEST: Final = 100
"""Records in one exchange; more begin another."""
_OPEN: Final = 4096
"""Exchanges that may still grow."""

Key = tuple[object, ...]
K = TypeVar("K")
V = TypeVar("V")

# Call-ID  =  ( "Call-ID" / "i" ) HCOLON callid
_CALL_ID: Final = re.compile(rb"[\r\n](?:Call-ID|i)[ \t]*+:[ \t]*+([^\r\n]*+)", re.IGNORECASE)


class Exchange:
    """Records that belong together, oldest first; never empty once it is in an ``Exchanges``."""

    __slots__ = ("judgement", "number", "records", "refused")

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.number = ""
        """The directory number it is about, as far as that is known."""
        self.judgement: Judgement | None = None
        """The last decision."""
        self.refused = False
        """A handshake was refused or a message malformed, and nothing was decided since."""

    @property
    def id(self) -> int:
        """The first record's id."""
        return self.records[0].id

    @property
    def flow(self) -> Flow:
        """The flow of the last record."""
        return self.records[-1].flow

    @property
    def protocol(self) -> Protocol:
        """SIP or H.323."""
        return self.records[0].flow.listener.protocol

    def add(self, record: Record) -> None:
        """Put a newer record at the end."""
        self.records.append(record)
        if record.judgement is not None:
            self.judgement = record.judgement
            self.number = record.judgement.number
            self.refused = False
        elif record.kind in (Kind.HANDSHAKE_REFUSED, Kind.MALFORMED):
            self.refused = True
        elif not self.number:
            self.number = number_of(record)


class Exchanges:
    """The exchanges of a trace, kept up by reading only what is new."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._begin()

    def _begin(self) -> None:
        self.whole = True
        """False after records were passed over."""
        self._read = 0
        self._all: dict[int, Exchange] = {}
        """By id; the one heard of last at the end."""
        self._open: dict[Key, Exchange] = {}
        """What may still grow, by what its records share."""
        self._last: dict[Address, Key] = {}
        """What each address was last part of."""

    def update(self, most: int = 0) -> None:
        """Read what was recorded since the last time, and forget what the trace has forgotten.

        Of more than ``most`` new records, if that is given, only the newest are read: who looks at the newest exchanges
        only need not pay for all. Without it everything is read, also what was passed over before.
        """
        if not most and not self.whole:
            self._begin()
        records = self._trace.since(self._read, most)
        if records and self._read and records[0].id > self._read + 1:
            self.whole = self._trace.oldest_id == records[0].id
        for record in records:
            self._read = record.id
            self._take(record)
        oldest = self._trace.oldest_id
        while self._all:
            exchange = next(iter(self._all.values()))
            if exchange.records[-1].id >= oldest:
                break
            del self._all[exchange.id]

    def newest_first(self) -> list[Exchange]:
        """Every exchange, the one heard of last first."""
        return list(reversed(self._all.values()))

    def find(self, record_id: int) -> Exchange | None:
        """Return the exchange that holds the record, ``None`` when the trace has it no more."""
        exchange = self._all.get(record_id)
        if exchange is not None:
            return exchange
        for exchange in self._all.values():
            if any(record.id == record_id for record in exchange.records):
                return exchange
        return None

    def _take(self, record: Record) -> None:
        address = record.flow.address
        key = _key(record) or self._last.get(address) or ("nameless", address)
        greeting = self._greeting(record) if record.flow.tls is not None else None
        exchange = self._open.get(key)
        if exchange is None or record.time - exchange.records[-1].time > PAUSE or len(exchange.records) >= LONGEST:
            exchange = greeting or Exchange()
            _keep(self._open, key, exchange)
        elif greeting is not None:
            exchange.add(greeting.records[0])
            del self._all[greeting.id]
        exchange.add(record)
        identity = exchange.records[0].id
        known = self._all
        if not known or next(reversed(known)) != identity:
            known.pop(identity, None)
            known[identity] = exchange
        if record.kind is Kind.RECEIVED:
            _keep(self._last, address, key)

    def _greeting(self, record: Record) -> Exchange | None:
        """The handshake of the record's connection, when this is the first message after it."""
        if record.kind is Kind.HANDSHAKE:
            return None
        greeting = self._open.pop(("connection", record.flow.connection), None)
        return greeting if greeting is not None and greeting.id in self._all else None


def _keep(known: dict[K, V], key: K, value: V) -> None:
    """Put it in; the one that was put in first makes room."""
    known[key] = value
    if len(known) > _OPEN:
        del known[next(iter(known))]


def _key(record: Record) -> Key | None:
    """Return what a record shares with those it belongs to; ``None`` for what names nothing."""
    flow = record.flow
    if record.kind is Kind.MALFORMED:
        return None
    if record.kind is Kind.HANDSHAKE:
        return "connection", flow.connection
    if record.kind is Kind.HANDSHAKE_REFUSED:
        return "refused", flow.listener.port, flow.address[0]
    if flow.listener.protocol is not Protocol.SIP:
        return flow.address, flow.connection
    if record.judgement is not None:
        return flow.address[0], record.judgement.call_id.encode("utf-8", "surrogateescape")
    call_id = _call_id(record.octets)
    return (flow.address[0], call_id) if call_id is not None else None


def _call_id(octets: bytes) -> bytes | None:
    """The Call-ID, usually spelt as usual."""
    start = octets.find(b"\nCall-ID: ")
    if start >= 0:
        end = octets.find(b"\r", start + 10)
        return octets[start + 10 : end if end >= 0 else None].strip(b" \t")
    found = _CALL_ID.search(octets)
    return found[1].rstrip(b" \t") if found is not None else None
