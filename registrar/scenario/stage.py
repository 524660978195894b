"""Where a case is played: its registrar, its phones, and what each step does with them."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from registrar.model.flow import Transport
from registrar.phones import make
from registrar.phones.configuration import Configuration
from registrar.phones.profiles import profile
from registrar.phones.terminal import Terminal, Trust
from registrar.phones.transcript import Entry, Kind, Transcript
from registrar.scenario import raw, schema
from registrar.scenario.certificates import another_ca
from registrar.scenario.expect import OUTCOMES, Seen, matches, mismatches
from registrar.scenario.results import Mismatch
from registrar.scenario.schema import Expect, Step
from registrar.scenario.under_test import STANDARD_PORTS, InProcess, Printout, UnderTest, standard_port
from registrar.scenario.variables import put_in


class Stage:
    """One case's registrar and phones. ``folder`` is the run's own."""

    def __init__(self, under_test: UnderTest, phones: Mapping[str, schema.Phone], folder: Path) -> None:
        self.under_test = under_test
        self.entries: list[Entry] = []
        """Everything that happened, at any phone and at the registrar."""
        self.phones: dict[str, Terminal] = {}
        self._specs: dict[str, schema.Phone] = {}
        self._folder = folder
        self._files: dict[str, str] = {}
        self._told = self._since = under_test.last_id
        """The newest event taken down; and the newest one when the last step began that did something."""
        for name, spec in phones.items():
            self.add(name, spec)

    def add(self, name: str, spec: schema.Phone) -> Terminal:
        """Put a phone on the stage. Raises ``ConfigurationError``."""
        self._specs[name] = spec
        self._files[name] = spec.configuration
        terminal = self.phones[name] = self._terminal(name, spec)
        return terminal

    def configure(self, name: str, text: str) -> None:
        """Put another configuration file in the phone's place; it is read at the next start."""
        self._files[name] = text

    @property
    def of_the_run(self) -> dict[str, str]:
        """Values of the variables that belong to the run."""
        server = self.under_test.server
        ports = (server.sip_port, server.sips_port, server.ras_port, server.ras_tls_port)
        values = {f"port.{standard}": str(own) for standard, own in zip(STANDARD_PORTS, ports, strict=True)}
        return {**values, "host": server.host, "ca": str(self.under_test.ca or "")}

    async def close(self) -> None:
        """Switch every phone off."""
        for terminal in self.phones.values():
            await terminal.close()

    async def play(self, step: Step) -> tuple[tuple[Mismatch, ...], Printout | None]:
        """Carry out a step; return what is not as expected, and a command's printout."""
        if step.verbs and step.wait is None:
            self._since = self.under_test.last_id
        seen = Seen(self.under_test.server)
        wrong: tuple[Mismatch, ...] = ()
        if step.command is not None:
            printout = await self.execute(step.command)
            seen = seen._replace(printout=printout)
            if step.expect is None and not printout.executed:
                wrong = (Mismatch("executed", "true", f"false\n{printout.text}"),)
        elif step.send is not None:
            reply, protocol = await raw.exchange(step.send, self.under_test.server, self.under_test.ca, self.entries)
            seen = seen._replace(reply=reply, protocol=protocol)
        elif step.wait is not None:
            wrong = await self._wait(step.wait)
        elif step.pass_ is not None:
            await self.pass_(step.pass_)
        else:
            await self._use_phone(step)
        if step.expect is not None and not wrong:
            wrong = await self._expect(step.expect, step.phone, seen)
        await self.tell()
        return wrong, seen.printout

    async def execute(self, line: str) -> Printout:
        """Carry out an operator's line; an empty one does nothing."""
        line = put_in(line, self.of_the_run).strip()
        return await self.under_test.execute(line) if line else Printout("", True, 0)

    async def _use_phone(self, step: Step) -> None:
        if step.register_ is not None:
            name, pin = step.register_.phone, step.register_.pin
            self.phones[name].log_on(self._specs[name].pin if pin is None else pin)
            await self.phones[name].settled()
        elif step.enter_pin is not None:
            self.phones[step.enter_pin.phone].enter_pin(step.enter_pin.pin or "")
            await self.phones[step.enter_pin.phone].settled()
        elif step.unregister is not None:
            self.phones[step.unregister.phone].log_off()
            await self.phones[step.unregister.phone].settled()
        elif step.reboot is not None:
            self.phones[step.reboot.phone].reboot()
            await self.phones[step.reboot.phone].settled()
        elif step.configure is not None:
            self.configure(step.configure.phone, step.configure.text)

    # -- looking -------------------------------------------------------------------------------------------------

    async def _expect(self, expect: Expect, name: str, seen: Seen) -> tuple[Mismatch, ...]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + expect.within
        expect = self._of_this_run(expect)
        while True:
            last_id = self.under_test.last_id
            wrong = mismatches(expect, await self._look(name, seen))
            left = deadline - loop.time()
            if not wrong or left <= 0:
                return wrong
            await self._change(last_id, left)

    def _of_this_run(self, expect: Expect) -> Expect:
        """Put the run's own values into an expectation."""
        values = self.of_the_run

        def put(value: Any) -> Any:
            if isinstance(value, dict):
                return {name: put(each) for name, each in value.items()}
            if isinstance(value, list):
                return [put(each) for each in value]
            return put_in(value, values) if isinstance(value, str) else value

        return expect.model_copy(update={name: put(value) for name, value in expect})

    async def _look(self, name: str, seen: Seen) -> Seen:
        if not name:
            return seen
        terminal, number = self.phones[name], self._specs[name].number
        protocol = terminal.phone.profile.protocol
        listed = [each for each in await self.under_test.registrations(number) if each["protocol"] == protocol.value]
        refusals = [each for each in await self.under_test.refusals(number) if each["protocol"] == protocol.value]
        return seen._replace(
            terminal=terminal,
            protocol=protocol,
            registrations=listed,
            refusal=refusals[-1] if refusals else None,
        )

    async def _wait(self, wait: schema.Wait) -> tuple[Mismatch, ...]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait.within
        while True:
            last_id = self.under_test.last_id
            if wait.phone:
                phone = self.phones[wait.phone].phone
                what, wanted, got = f"{wait.phone} until", str(wait.until), OUTCOMES.get(phone.state, phone.state.value)
                met = wanted == got
            else:
                events = await self.under_test.events(self._since)
                what, wanted = "event", " ".join(filter(None, (wait.event, wait.number)))
                met = any(_is_event(each, wait) for each in events)
                got = ", ".join(f"{each['type']} {each.get('number', '')}".strip() for each in events) or "none"
            left = deadline - loop.time()
            if met:
                return ()
            if left <= 0:
                return (Mismatch(what, f"{wanted} within {wait.within:g} s", got),)
            await self._change(last_id, left)

    async def _change(self, last_id: int, seconds: float) -> None:
        """Wait for something to happen at the registrar or at a phone."""
        loop = asyncio.get_running_loop()
        waiting = [loop.create_task(self.under_test.changed(last_id, seconds))]
        waiting += [loop.create_task(terminal.changed()) for terminal in self.phones.values()]
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def tell(self) -> None:
        """Take down what the registrar told meanwhile."""
        for event in await self.under_test.events(self._told):
            self._told = event["id"]
            if words := _words(event):
                self.entries.append(Entry(event["time"], Kind.NOTED, "registrar", words))

    # -- time ----------------------------------------------------------------------------------------------------

    async def pass_(self, seconds: float) -> None:
        """Let time pass at once, stopping wherever a phone has something to do."""
        under_test = self.under_test
        if not isinstance(under_test, InProcess):
            raise TypeError("time passes at its own pace there")
        clock, end = under_test.clock, under_test.clock() + seconds
        while True:
            due = min((terminal.phone.due for terminal in self.phones.values()), default=end)
            clock.pass_(max(0.0, min(due, end) - clock()))
            under_test.tick()
            for terminal in self.phones.values():
                terminal.tick()
            for terminal in self.phones.values():
                await terminal.settled()
            if due >= end:
                return

    # -- phones --------------------------------------------------------------------------------------------------

    def _terminal(self, name: str, spec: schema.Phone) -> Terminal:
        kind = profile(spec.profile)
        kind = kind._replace(
            says=spec.says or kind.says,
            expires=kind.expires if spec.expires is None else spec.expires,
            tls=tuple(spec.tls) or kind.tls,
        )
        ca = self.under_test.ca
        if spec.trusts == "another CA":
            ca = another_ca(self._folder, self.under_test.clock())
        server = self.under_test.server
        base = Configuration(
            server._replace(host=spec.connects_to or server.host),
            kind.secure if spec.security is None else spec.security,
            Transport(spec.transport.upper()),
            ca,
        )

        def configuration() -> Configuration:
            return make.configured(put_in(self._files[name], self.of_the_run), kind, base, self._folder)

        transcript = Transcript(name, kind.protocol, self.entries.append)
        return Terminal(
            make.phone(kind, spec.number, configuration()),
            transcript,
            clock=self.under_test.clock,
            trust=Trust(kind.tls, spec.trusts != "anybody"),
            reread=configuration,
            port_shown=lambda port: standard_port(server, port),
        )


def _is_event(event: Mapping[str, object], wait: schema.Wait) -> bool:
    if event["type"] != wait.event or wait.number not in (None, event.get("number")):
        return False
    return all(matches(pattern, event.get(name)) for name, pattern in wait.fields.items())


def _words(event: Mapping[str, object]) -> str:
    """Return what an event says, in one line."""
    match event["type"]:
        case "registered" | "refreshed":
            flagged = ", downgraded" if event["downgraded"] else ""
            return f"{event['type']} {event['number']}, {event['signalling']}{flagged} ({event['row']})"
        case "unregistered":
            return f"unregistered {event['number']}: {event['cause']}"
        case "refused":
            return f"refused {event['number']}, {event['reason']} ({event['row']})"
        case "locked":
            return f"locked {event['number'] or event['address']}"
        case "command":
            return str(event["command"])
        case kind:
            return f"{kind}: {event.get('detail', '')}"
