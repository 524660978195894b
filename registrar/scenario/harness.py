"""A registrar and phones for tests that are no coroutines: everything waits until it has happened.

What runs is the same as in a scenario, on an event loop in a thread of its own.
"""

import asyncio
import tempfile
import threading
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from pydantic import ValidationError

from registrar.phones.configuration import Server
from registrar.phones.phone import State
from registrar.phones.terminal import Terminal
from registrar.scenario import schema
from registrar.scenario.expect import OUTCOMES, matches
from registrar.scenario.load import Case
from registrar.scenario.results import CaseResult
from registrar.scenario.run import Runner
from registrar.scenario.stage import Stage
from registrar.scenario.under_test import InProcess, Json, quiet_log

SECONDS: Final = 5.0
"""How long is waited for what should happen, unless a test says otherwise."""
LONGEST: Final = 60.0
"""Seconds after which something that should have returned is taken for hung."""

T = TypeVar("T")


class CommandRefusedError(Exception):
    """An operator's line was not executed; the text is its printout."""


class Harness:
    """The thread, the loop, and what all registrars of a test run share."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="registrar-tests-")
        self.folder = Path(self._folder.name)
        self.log, self._nowhere = quiet_log()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="registrar", daemon=True)
        self._thread.start()

    def run(self, doing: Coroutine[Any, Any, T], seconds: float = LONGEST) -> T:
        """Do it on the loop, and return what it returns."""
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(seconds)

    def call(self, function: Callable[[], T]) -> T:
        """Call a function on the loop."""

        async def calling() -> T:
            return function()

        return self.run(calling())

    def play(self, case: Case) -> CaseResult:
        """Run a scenario's case."""
        runner = Runner(self.folder)
        try:
            return self.run(runner.run(case), LONGEST * 3)
        finally:
            runner.close()

    def close(self) -> None:
        """Stop the loop and remove what it left on disk."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.log.close()
        self._nowhere.close()
        self._folder.cleanup()


class LabRegistrar:
    """A registrar on free ports of the loopback, empty, in memory. Used in a ``with`` statement."""

    def __init__(self, harness: Harness, settings: Mapping[str, Any] | None = None, certificate: str = "good") -> None:
        scenario = schema.Scenario.model_validate(
            {
                "scenario": "a test",
                "settings": dict(settings or {}),
                "certificate": certificate,
                "steps": [{"expect": {}}],
            }
        )
        self._harness = harness
        self._own = harness.call(lambda: InProcess(harness.folder, scenario, harness.log))
        self._stage: Stage | None = None
        self._phones = 0

    def __enter__(self) -> Self:
        self._harness.run(self._own.start())
        self._stage = self._harness.call(lambda: Stage(self._own, {}, self._harness.folder))
        return self

    def __exit__(self, *_: object) -> None:
        if self._stage is not None:
            self._harness.run(self._stage.close())
        self._harness.run(self._own.close())

    @property
    def server(self) -> Server:
        """Its host and its ports: ``sip_port`` (UDP and TCP), ``sips_port``, ``ras_port``, ``ras_tls_port``."""
        return self._own.server

    @property
    def ca_file(self) -> Path:
        """The CA certificate that clients must trust."""
        return Path(str(self._own.ca))

    def execute(self, *lines: str) -> str:
        """Carry out operator's lines; return the last printout. Raises ``CommandRefusedError``."""
        text = ""
        for line in lines:
            printout = self._harness.run(self._own.execute(line))
            text = printout.text
            if printout.exit_status:
                raise CommandRefusedError(text)
        return text

    def registrations(self, number: str) -> list[Json]:
        """Return the number's registrations, with the fields that the API gives them."""
        return self._harness.run(self._own.registrations(number))

    def refusals(self, number: str) -> list[Json]:
        """Return the number's refusals, identical ones counted together, the one heard last at the end."""
        return self._harness.run(self._own.refusals(number))

    def events(self, since: int = 0) -> list[Json]:
        """Return the events after that id."""
        return self._harness.run(self._own.events(since))

    def wait_for(
        self, kind: str, number: str | None = None, *, since: int = 0, timeout: float = SECONDS, **fields: Any
    ) -> Json:
        """Wait for an event, ``registered``, ``refused`` …, with these fields. Raises ``TimeoutError``."""

        def wanted(event: Json) -> bool:
            known = event["type"] == kind and number in (None, event.get("number"))
            return known and all(matches(pattern, event.get(name)) for name, pattern in fields.items())

        async def waiting() -> Json:
            loop = asyncio.get_running_loop()
            deadline = loop.time() + timeout
            while True:
                last = self._own.last_id
                events = await self._own.events(since)
                found = next(filter(wanted, events), None)
                if found is not None:
                    return found
                if loop.time() >= deadline:
                    seen = ", ".join(f"{each['type']} {each.get('number', '')}".strip() for each in events) or "none"
                    raise TimeoutError(f"no {kind} event within {timeout:g} s; there were: {seen}")
                await self._own.changed(last, deadline - loop.time())

        return self._harness.run(waiting(), timeout + LONGEST)

    def phone(self, number: str, profile: str = "softphone", **options: Any) -> "LabPhone":
        """Return a phone that is off; the options are those of a scenario's phone, ``pin``, ``transport`` and so on.

        Raises ``ValueError`` that says what is wrong with them.
        """
        stage = self._stage
        if stage is None:
            raise RuntimeError("the registrar is not open: use it in a with statement")
        try:
            spec = schema.Phone.model_validate({"profile": profile, "number": number, **options})
        except ValidationError as error:
            first = error.errors()[0]
            raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        self._phones += 1
        name = f"phone {self._phones}"
        terminal = self._harness.call(lambda: stage.add(name, spec))
        return LabPhone(self._harness, stage, name, spec, terminal)

    def pass_time(self, seconds: float) -> None:
        """Let so many seconds pass at once, for the registrar and its phones."""
        if self._stage is not None:
            self._harness.run(self._stage.pass_(seconds))


class LabPhone:
    """A simulated terminal. What is done to it returns where it stands then, e.g. ``registered``."""

    def __init__(self, harness: Harness, stage: Stage, name: str, spec: schema.Phone, terminal: Terminal) -> None:
        self.number = spec.number
        self.terminal = terminal
        self._harness = harness
        self._stage = stage
        self._name = name
        self._pin = spec.pin

    def register(self, pin: str | None = None) -> str:
        """Press the logon key; the user enters ``pin``, or the phone's own when there is none."""
        return self._do(lambda: self.terminal.log_on(self._pin if pin is None else pin))

    def enter_pin(self, pin: str) -> str:
        """Let the user answer the prompt."""
        return self._do(lambda: self.terminal.enter_pin(pin))

    def unregister(self) -> str:
        """Press the logoff key."""
        return self._do(self.terminal.log_off)

    def reboot(self) -> str:
        """Power off and on."""
        return self._do(self.terminal.reboot)

    def configure(self, text: str) -> None:
        """Put another configuration file in place; it is read at the next start."""
        self._harness.call(lambda: self._stage.configure(self._name, text))

    def wait_until(self, outcome: str, timeout: float = SECONDS) -> None:
        """Wait until it stands there. Raises ``TimeoutError``."""

        async def waiting() -> None:
            async with asyncio.timeout(timeout):
                while self.outcome != outcome:
                    await self.terminal.changed()

        self._harness.run(waiting(), timeout + LONGEST)

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.terminal.phone.state

    @property
    def outcome(self) -> str:
        """Where it stands, in a scenario's words: ``registered``, ``refused``, ``prompted``, ``failed``, ``off``."""
        return OUTCOMES.get(self.state, self.state.value)

    @property
    def shown(self) -> str:
        """What stands on its display."""
        return self.terminal.phone.shown

    @property
    def words(self) -> str:
        """What the registrar said last, e.g. ``403 TLS Required``; empty when it is registered."""
        return self.terminal.phone.words

    @property
    def transcript(self) -> str:
        """What happened, a line each."""
        return "\n".join(entry.printed() for entry in self.terminal.transcript.entries)

    def _do(self, action: Callable[[], None]) -> str:
        async def doing() -> str:
            action()
            await self.terminal.settled()
            return self.outcome

        return self._harness.run(doing())
