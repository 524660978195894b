"""A transcript whose phones are real clients: operator's lines for the real program, and directives for the phones.

- ``@ sipp NUMBER PIN "TERMINAL"``: SIPp registers once over UDP, saying that it is this terminal; ``-`` is no PIN.
- ``@ baresip NUMBER PIN udp|tls``: baresip registers and stays; one that stayed for the number ends first.
- ``@ authority NAME``, ``@ issue FILE AUTHORITY NAME...``: an authority outside, and a certificate it issues.

To renew the printouts after reading what changed: ``python -m tests.interop.story``.
"""

import re
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Final

from tests.interop.clients import SECONDS, Client, provision
from tests.interop.running import Running
from tests.pki import Authority
from tests.transcripts.script import Step

STORY: Final = Path(__file__).with_name("chapter-5.txt")
HOST: Final = "127.0.5.1"
"""An address of the loopback that nobody else uses: the ports of the story are the standard ones."""


class Stage:
    """The program, the phones around it, and an operator's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        ports = ("--sip-port", "5060", "--sips-port", "5061", "--ras-port", "1719", "--ras-tls-port", "3727")
        self.program = Running(folder / "data", "--host", HOST, "--empty", *ports, cwd=folder)
        self._rooms = count(1)
        self._phones: dict[str, Client] = {}
        self._authorities: dict[str, Authority] = {}
        self._directives: dict[str, Callable[..., str]] = {
            "sipp": self._sipp,
            "baresip": self._baresip,
            "authority": self._authority,
            "issue": self._issue,
        }

    def play(self, step: Step) -> str:
        """Carry out a step and return what it prints."""
        kind, words = step.line[0], step.line[2:]
        if kind == ">":
            return self.program.line(words).printout
        name, *arguments = shlex.split(words)
        return self._directives[name](*arguments)

    def close(self) -> None:
        """End the phones and the program."""
        for phone in self._phones.values():
            phone.end()
        self.program.stop()

    def _sipp(self, number: str, pin: str, terminal: str) -> str:
        folder = self._room(number)
        command = provision(self.program, "sipp", number, "udp", folder, pin="" if pin == "-" else pin)
        users = folder / "users.csv"
        users.write_text(users.read_text().replace(";SIPp\n", f";{terminal}\n"))
        since = self.program.last_event
        subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS)
        return self._outcome(number, since)

    def _baresip(self, number: str, pin: str, transport: str) -> str:
        former = self._phones.pop(number, None)
        if former is not None:
            former.end()
        folder = self._room(number)
        command = provision(self.program, "baresip", number, transport, folder, pin="" if pin == "-" else pin)
        since = self.program.last_event
        self._phones[number] = Client(command, folder)
        return self._outcome(number, since)

    def _authority(self, name: str) -> str:
        self._authorities[name] = Authority(self._folder, name)
        return ""

    def _issue(self, file: str, authority: str, *names: str) -> str:
        self._authorities[authority].issue(file, *names)
        return ""

    def _outcome(self, number: str, since: int) -> str:
        while True:
            answer = self.program.get("events", number=number, since=since, wait=20)
            assert answer["events"], f"nothing happened to {number}\n{self.program.printed}"
            for event in answer["events"]:
                if event["type"] == "refused":
                    return f"refused {event['reason']} {event['row']}"
                if event["type"] == "registered":
                    told = "DOWNGRADED" if event["downgraded"] else event["signalling"]
                    return f"registered on {event['port']} {told} {event['row']}"
            since = answer["last_id"]

    def _room(self, number: str) -> Path:
        folder = self._folder / f"phone-{number}-{next(self._rooms)}"
        folder.mkdir(exist_ok=True)
        return folder


def steady(printout: str) -> str:
    """Return the printout without what the clock, chance and the client's version decide, its words in one line."""
    text = "\n".join(re.sub(r"(?<=T\d\.\d)(?: +\d+)+$", " TIME", line) for line in printout.splitlines())
    text = re.sub(r"baresip v\S+(?: \(\S*\)?)?", "baresip", text)
    text = re.sub(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d UTC)?", "DAY", text)
    text = re.sub(r"[\d,]+\s+days", "N days", text)
    return " ".join(re.sub(r"Registrar Lab CA [0-9a-f]{6}", "Registrar Lab CA", text).split())


def renewed(text: str, folder: Path) -> str:
    """Return the transcript with every printout as it is now."""
    stage = Stage(folder)
    lines: list[str] = []
    try:
        for line in text.splitlines():
            if line.startswith("#"):
                lines += ["", line] if lines and not lines[-1].startswith("#") else [line]
            elif line.startswith(("> ", "@ ")):
                lines += [line, *stage.play(Step(line, "", 0)).splitlines()]
    finally:
        stage.close()
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        STORY.write_text(renewed(STORY.read_text("utf-8"), Path(temporary)), "utf-8")
