"""One phone of a fleet: like a ``Terminal``, but without a transcript and with its fleet's timers."""

from __future__ import annotations

import time
from math import inf
from typing import TYPE_CHECKING, Protocol

from registrar.phones.phone import Close, Open, Phone, Reread, State

if TYPE_CHECKING:
    from registrar.phones.fleet import Fleet
    from registrar.phones.wire import Wire


class Way(Protocol):
    """Where a member's messages go."""

    def send(self, data: bytes) -> None:
        """Send, or lose it where the way may."""
        ...

    def close(self) -> None:
        """Let the member's way go."""
        ...


class Member:
    """One phone of the fleet."""

    __slots__ = ("began", "fleet", "index", "phone", "pin", "queued", "way")

    def __init__(self, fleet: Fleet, index: int, phone: Phone, pin: str) -> None:
        self.fleet = fleet
        self.index = index
        self.phone = phone
        self.pin = pin
        self.way: Way | None = None
        self.began = 0.0
        """When the logon under way began; 0 when none is."""
        self.queued = inf
        """When the fleet looks at its timer next."""

    def log_on(self, now: float) -> None:
        """Begin a logon."""
        self.began = now
        self.phone.log_on(self.pin, now)
        self.work(now)

    def received(self, data: bytes, now: float) -> None:
        """Octets from the registrar."""
        self.phone.received(data, now)
        self.work(now)

    def work(self, now: float) -> None:
        """Do what the phone wants, then look where it stands."""
        phone = self.phone
        line = phone.line
        while line.outgoing or phone.actions:
            outgoing = line.outgoing
            if outgoing:
                line.outgoing = []
                way = self.way
                if way is not None:
                    self.fleet.tally.sent += len(outgoing)
                    for message in outgoing:
                        way.send(line.framed(message))
            if phone.actions:
                self._act(now)
        due = phone.due
        if due < self.queued:
            self.queued = due
            self.fleet.watch(self, due)
        if self.began and phone.state.settled:
            self.fleet.settled(self, now)

    def _act(self, now: float) -> None:
        phone = self.phone
        actions, phone.actions = phone.actions, []
        for action in actions:
            if isinstance(action, Open):
                self.fleet.open(self, action, now)
            elif isinstance(action, Close):
                if self.way is not None:
                    self.way.close()
                    self.way = None
            elif isinstance(action, Reread):
                self.began = self.began or now
                phone.booted(phone.configuration, now)

    # -- a way of its own ----------------------------------------------------------------------------------------

    def wire_opened(self, wire: Wire) -> None:
        """It is open."""
        if wire is self.way:
            now = time.time()
            self.phone.connected(wire.local, now)
            self.work(now)

    def wire_received(self, wire: Wire, data: bytes) -> None:
        """Octets from the registrar."""
        if wire is self.way:
            self.fleet.tally.received += 1
            self.received(data, time.time())

    def wire_closed(self, wire: Wire, words: str) -> None:
        """It is gone, or never opened."""
        if wire is not self.way:
            return
        self.way = None
        now = time.time()
        (self.phone.failed if self.phone.state is State.CONNECTING else self.phone.closed)(words, now)
        self.work(now)
