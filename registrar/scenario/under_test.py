"""The registrar under test: one of the run's own, in memory and on free ports, or one that runs already."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO
from typing import Protocol as Interface

from registrar.log import Log
from registrar.model.changes import Change, SetExtension, SetPolicy
from registrar.model.events import Event
from registrar.model.extension import Extension
from registrar.model.policy import Policy, Protocol
from registrar.phones.configuration import Server, server_of
from registrar.running import Registrar
from registrar.scenario.certificates import certificate_folder
from registrar.scenario.document import plain
from registrar.scenario.schema import Leftover, Scenario
from registrar.settings import Settings, load
from registrar.web import views

Json = dict[str, Any]

STANDARD_PORTS: Final = (5060, 5061, 1719, 3727)


class Printout(NamedTuple):
    """What became of an operator's line."""

    text: str
    executed: bool
    exit_status: int


class UnderTest(Interface):
    """What a scenario needs of a registrar."""

    @property
    def server(self) -> Server:
        """Where phones find it."""
        ...

    @property
    def ca(self) -> Path | None:
        """The file of the CA that phones are to trust."""
        ...

    @property
    def clock(self) -> Callable[[], float]:
        """Its time."""
        ...

    @property
    def last_id(self) -> int:
        """The id of the newest event known."""
        ...

    async def execute(self, line: str) -> Printout:
        """Carry out an operator's line."""
        ...

    async def registrations(self, number: str) -> list[Json]:
        """Return the number's registrations as the API lists them, the one refreshed last at the end."""
        ...

    async def events(self, since: int) -> list[Json]:
        """Return the events after that id, as the API shows them."""
        ...

    async def refusals(self, number: str) -> list[Json]:
        """Return the refusals of the number that are still known, the one heard last at the end."""
        ...

    async def changed(self, since: int, seconds: float) -> None:
        """Wait for an event after that id, but no longer than so many seconds."""
        ...


class Clock:
    """The time of day, and a little more: for registrars whose time can be let pass at once."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        """Return POSIX seconds."""
        return time.time() + self._ahead

    def pass_(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self._ahead += seconds


class InProcess:
    """A registrar of the run's own. ``folder`` holds the keys and certificates that all of a run's share."""

    def __init__(self, folder: Path, scenario: Scenario, log: Log) -> None:
        self.clock = Clock()
        own = {
            "data": folder,
            "certs": certificate_folder(folder, scenario.certificate, self.clock()),
            "database": "sqlite://",
            "sip_port": 0,
            "sips_port": 0,
            "ras_port": 0,
            "ras_tls_port": 0,
            "empty": True,
        }
        self.settings: Settings = load(None, {}, {**plain(scenario.settings), **own})
        self.registrar = Registrar(self.settings, log, http=False, clock=self.clock, first=left_over(scenario.leftover))
        self.ca: Path | None = None
        self.server = Server("127.0.0.1")
        self._stop = asyncio.Event()
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open it on free ports."""
        await self.registrar.start()
        ready = self.registrar.ready
        self.ca = Path(ready["ca_file"])
        self.server = server_of(ready)
        self.registrar.system.bus.subscribe(lambda _event: self._more.set())
        self._task = asyncio.get_running_loop().create_task(self.registrar.until(self._stop))

    async def close(self) -> None:
        """Let it go."""
        self._stop.set()
        if self._task is not None:
            await self._task
        await self.registrar.close()

    @property
    def last_id(self) -> int:
        """The id of the newest event."""
        return self.registrar.system.bus.last_id

    async def execute(self, line: str) -> Printout:
        """Carry out an operator's line."""
        execution = await self.registrar.system.execute(line, self.clock())
        return Printout(execution.printout, execution.executed, execution.exit_status)

    async def registrations(self, number: str) -> list[Json]:
        """Return the number's registrations, the one refreshed last at the end."""
        state, now = self.registrar.system.state, self.clock()
        bindings = [each for protocol in Protocol for each in state.bindings_of(protocol, number).values()]
        current = sorted((each for each in bindings if each.expires_at > now), key=lambda each: each.refreshed_at)
        return [views.registration(binding) for binding in current]

    async def events(self, since: int) -> list[Json]:
        """Return the events after that id."""
        return views.events(self.registrar.system.bus.since(since))

    async def refusals(self, number: str) -> list[Json]:
        """Return the refusals of the number in memory."""
        found = [each for each in self.registrar.system.refusals() if each.attempt.number == number]
        return views.events([Event(0, each.last_at, each) for each in found])

    async def changed(self, since: int, seconds: float) -> None:
        """Wait for an event after that id."""
        self._more.clear()
        if self.last_id > since:
            return
        try:
            await asyncio.wait_for(self._more.wait(), seconds)
        except TimeoutError:
            return

    def tick(self) -> None:
        """Let it look at its timers, after time was let pass."""
        now = self.clock()
        self.registrar.listening.tick(now)
        self.registrar.system.tick(now)


def left_over(leftover: Leftover | None) -> list[Change]:
    """Return the changes that make what no operator's command leads to."""
    if leftover is None:
        return []
    extensions = [Extension(number, csp=1, lim=1, security_exception=True) for number in leftover.exceptions]
    return [SetPolicy(Policy(leftover.policy)), *(SetExtension(each.number, each) for each in extensions)]


def standard_port(server: Server, port: int) -> int:
    """Return the standard port whose part the port plays at this server; the port itself when it plays none."""
    own = (server.sip_port, server.sips_port, server.ras_port, server.ras_tls_port)
    return dict(zip(own, STANDARD_PORTS, strict=True)).get(port, port)


def quiet_log() -> tuple[Log, TextIO]:
    """Return a log that goes nowhere, and what to close after it."""
    nowhere = Path(os.devnull).open("w")  # noqa: SIM115 - lives as long as the log
    return Log("text", "error", nowhere), nowhere
