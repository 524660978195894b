"""A phone on the wire: carries out what the ``Phone`` wants, over asyncio, and keeps its transcript."""

import asyncio
import ssl
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import NamedTuple

from registrar.model.flow import TlsSession, Transport
from registrar.phones.configuration import Configuration, ConfigurationError
from registrar.phones.phone import Close, Open, Phone, Reread, State
from registrar.phones.transcript import Kind, Transcript
from registrar.phones.wire import Wire
from registrar.tls.client import client_context


class Trust(NamedTuple):
    """What a terminal wants of TLS."""

    versions: tuple[str, ...]
    verify: bool = True


class Terminal:
    """One phone on this event loop. ``reread`` gives the configuration when the phone boots."""

    def __init__(
        self,
        phone: Phone,
        transcript: Transcript,
        *,
        clock: Callable[[], float],
        trust: Trust,
        reread: Callable[[], Configuration] | None = None,
        port_shown: Callable[[int], int] = int,
    ) -> None:
        """``port_shown`` gives the number that the transcript shows for a port of the server's."""
        self.phone = phone
        self.transcript = transcript
        self.tls: TlsSession | None = None
        """The TLS session of the way that is open, or was last."""
        self.heard = b""
        """The message received last."""
        self._clock = clock
        self._trust = trust
        self._reread = reread or (lambda: self.phone.configuration)
        self._port_shown = port_shown
        self._shown = ""
        self._wire: Wire | None = None
        self._opening: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = inf
        self._waiting: list[asyncio.Future[None]] = []

    # -- the user ------------------------------------------------------------------------------------------------

    def log_on(self, pin: str = "") -> None:
        """The logon key, with the PIN that the user enters; empty for none."""
        self.phone.log_on(pin, self._clock())
        self._work()

    def enter_pin(self, pin: str) -> None:
        """The user enters a PIN."""
        self.phone.enter_pin(pin, self._clock())
        self._work()

    def log_off(self) -> None:
        """The logoff key."""
        self.phone.log_off(self._clock())
        self._work()

    def reboot(self) -> None:
        """Power off and on."""
        self.phone.reboot()
        self._work()

    def tick(self) -> None:
        """Do what is due: for whoever moves the clock."""
        self.phone.tick(self._clock())
        self._work()

    async def settled(self) -> State:
        """Wait until nothing is under way, and return where the phone stands."""
        while not self.phone.state.settled:
            await self.changed()
        return self.phone.state

    async def changed(self) -> None:
        """Wait for the next change of state or display."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        await waiting

    async def close(self) -> None:
        """Let everything go, without a word to the server."""
        if self._timer is not None:
            self._timer.cancel()
        if self._wire is not None:
            self._wire.close()
            self._wire = None
        for task in list(self._opening):
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)

    # -- the wire ------------------------------------------------------------------------------------------------

    def wire_opened(self, wire: Wire) -> None:
        """The way is open."""
        if wire is not self._wire:
            return
        self.tls = wire.tls
        if wire.tls is not None:
            self.transcript.note(f"TLS handshake, {wire.tls.version}, {wire.tls.cipher}", self._clock())
        self.phone.connected(wire.local, self._clock())
        self._work()

    def wire_received(self, wire: Wire, data: bytes) -> None:
        """Octets from the server."""
        if wire is not self._wire:
            return
        now = self._clock()
        self.phone.received(data, now)
        for message in self.phone.line.heard:
            self.heard = message
            self.transcript.message(Kind.RECEIVED, message, self._over(wire.way), now)
        self._work()

    def wire_closed(self, wire: Wire, words: str) -> None:
        """The way is gone, or never opened."""
        if wire is not self._wire:
            return
        self._wire = None
        now = self._clock()
        self.transcript.note(f"{self._over(wire.way)}: {words}", now)
        if wire.way.transport is Transport.UDP or self.phone.state is State.CONNECTING:
            self.phone.failed(words, now)
        else:
            self.phone.closed(words, now)
        self._work()

    # -- what the phone wants ------------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            actions, outgoing = self.phone.take()
            self._send(outgoing)
            if self.phone.shown != self._shown:
                self._shown = self.phone.shown
                self.transcript.shown(self._shown, self._clock())
            if not actions:
                break
            for action in actions:
                match action:
                    case Open():
                        self._open(action)
                    case Close():
                        if self._wire is not None:
                            self._wire.close()
                            self._wire = None
                    case Reread():
                        self._boot()
        self._schedule()
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def _send(self, outgoing: list[bytes]) -> None:
        wire = self._wire
        if wire is None:
            return
        for message in outgoing:
            self.transcript.message(Kind.SENT, message, self._over(wire.way), self._clock())
            wire.send(self.phone.line.framed(message))

    def _open(self, way: Open) -> None:
        context: ssl.SSLContext | None = None
        if way.transport is Transport.TLS:
            ca: Path | None = self.phone.configuration.ca
            try:
                context = client_context(ca, self._trust.versions, self._trust.verify)
            except (OSError, ssl.SSLError) as error:
                self.phone.failed(f"the CA file {ca} is no use: {error}", self._clock())
                return
        self._wire = Wire(way, self, context)
        task = asyncio.get_running_loop().create_task(self._wire.start())
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def _boot(self) -> None:
        try:
            configuration = self._reread()
        except ConfigurationError as error:
            self.phone.failed(str(error), self._clock())
            return
        self.phone.booted(configuration, self._clock())

    def _schedule(self) -> None:
        due = self.phone.due
        if due == self._timer_due:
            return
        self._timer_due = due
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due != inf:
            delay = max(0.0, due - self._clock())
            self._timer = asyncio.get_running_loop().call_later(delay, self._rang)

    def _over(self, way: Open) -> str:
        return f"{way.transport.value} {self._port_shown(way.port)}"

    def _rang(self) -> None:
        self._timer_due = inf
        self.tick()
