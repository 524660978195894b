"""The real program, started as a person starts it, and what a person would use on it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from registrar.remote import Remote, Result

PROGRAM = str(Path(sys.executable).with_name("registrar"))
START_SECONDS = 30.0
"""Far more than a start takes, also on a machine that does much else."""
WRONG = ("Traceback", "Exception", "exception was never retrieved", "Error in ", "was never awaited")
"""What a program that minds its errors never prints."""


class Running:
    """One ``registrar serve``. Its ports are free ones unless ``arguments`` say otherwise.

    It works in the folder ``cwd``, its own one if not given, and is called by the name ``program``.
    """

    def __init__(self, data: Path, *arguments: str, cwd: Path | None = None, program: str = PROGRAM) -> None:
        self.data = data
        self.log = data.with_suffix(".log")
        ready_file = data.with_suffix(".ready")
        ready_file.unlink(missing_ok=True)
        ports = ("--sip-port", "0", "--sips-port", "0", "--http-port", "0", "--ras-port", "0", "--ras-tls-port", "0")
        command = (program, "serve", "--data", str(data), *ports)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                (*command, "--ready-file", str(ready_file), *arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=cwd,
                env={name: value for name, value in os.environ.items() if not name.startswith("REGISTRAR_")},
            )
        give_up = time.monotonic() + START_SECONDS
        while not ready_file.exists():
            if self.process.poll() is not None or time.monotonic() > give_up:
                self.process.kill()
                raise AssertionError(f"the program did not start:\n{self.log.read_text()}")
            time.sleep(0.02)
        self.ready: dict[str, Any] = json.loads(ready_file.read_text())
        self.token = Path(self.ready["token_file"]).read_text().strip()

    @property
    def printed(self) -> str:
        """What it printed, on standard output and standard error."""
        return self.log.read_text()

    @property
    def banner(self) -> str:
        """What it printed on standard output."""
        end = "Ctrl-C stops it.\n"
        self.wait_for(lambda: end in self.printed)
        return self.printed.partition(end)[0] + end

    @property
    def ca_file(self) -> str:
        return str(self.ready["ca_file"])

    def address(self, port: str) -> tuple[str, int]:
        """The host and number of a port by its name in the ready file: ``sip_udp``, ``http`` …"""
        host, number = self.ready[port]
        return str(host), int(number)

    def line(self, line: str) -> Result:
        """Carry out an operator's line."""
        return Remote.find(None, self.data, {}).execute(line)

    def execute(self, *lines: str) -> str:
        """Carry out lines that must be executed; return the last printout."""
        printout = ""
        for line in lines:
            printout, status = self.line(line)
            assert status == 0, f"{line}\n{printout}"
        return printout

    def get(self, path: str, **query: object) -> Any:
        """Ask the API."""
        host, port = self.address("http")
        request = urllib.request.Request(
            f"http://{f'[{host}]' if ':' in host else host}:{port}/api/v1/{path}?{urlencode(query)}",
            headers={"Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def registrations(self, **query: object) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("registrations", **query)["registrations"]
        return found

    def event(self, kind: str, number: str, since: int = 0, seconds: float = 20) -> dict[str, Any]:
        """Wait for the first event of the kind about the number, after the event ``since``."""
        events = self.get("events", type=kind, number=number, since=since, wait=seconds)["events"]
        assert events, f"no {kind} of {number} within {seconds:g} s\n{self.printed}"
        first: dict[str, Any] = events[0]
        return first

    def wait_for(self, happened: Callable[[], bool], seconds: float = 20) -> None:
        """Wait for what no event tells of."""
        give_up = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < give_up, f"it did not happen within {seconds:g} s\n{self.printed}"
            time.sleep(0.02)

    @property
    def last_event(self) -> int:
        """The id of the last event so far."""
        return int(self.get("events", type="malformed")["last_id"])

    def stop(self) -> None:
        """Stop it as ``kill`` does; it must end by itself, with success, and have printed nothing of a defect."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"the program did not stop:\n{self.printed}") from None
        assert status == 0, f"exit status {status}:\n{self.printed}"
        found = [words for words in WRONG if words in self.printed]
        assert not found, f"{found} in what it printed:\n{self.printed}"
