"""Programs that the console starts for its visitors: phones and scenarios, in processes of their own.

They are this program's own commands, with arguments that were checked one by one; no shell reads them. What they print
is kept, the newest lines of it. A PIN goes by the environment, never by the command line.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

MOST: Final = 40
"""Programs that run at once."""
KEPT: Final = 400
"""Lines kept of what one printed."""
LONGEST: Final = 2000
"""Characters shown of a line."""
LEAVING: Final = 4.0
"""Seconds a program has to leave when the registrar stops."""


class Program:
    """One process, running or ended."""

    def __init__(self, number: int, line: str, process: asyncio.subprocess.Process, shown: Mapping[str, str]) -> None:
        self.number = number
        self.line = line
        """What was run, as a person would have typed it."""
        self.shown = shown
        """What pages show of it, by name."""
        self.printed: deque[str] = deque(maxlen=KEPT)
        self.status: int | None = None
        """The exit status, once it has ended."""
        self._process = process

    @property
    def running(self) -> bool:
        """True until it has ended."""
        return self.status is None

    def type(self, line: str) -> None:
        """Give it a line, as if typed."""
        if self.running and self._process.stdin is not None:
            self._process.stdin.write(f"{line}\n".encode())

    def stop(self) -> None:
        """Ask it to leave."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()


class TooMany(Exception):  # noqa: N818 - what it says
    """As many programs run as may."""


class Programs:
    """The programs of one kind, newest last."""

    def __init__(self, most: int = MOST) -> None:
        self.heard = 0
        """Counts what happened to any of them."""
        self._most = most
        self._all: dict[int, Program] = {}
        self._next = 1
        self._watching: set[asyncio.Task[None]] = set()

    def __iter__(self) -> Iterator[Program]:
        return iter(list(self._all.values()))

    def get(self, number: int) -> Program | None:
        """Return the program of that number, if it is still listed."""
        return self._all.get(number)

    async def start(
        self, arguments: Sequence[str], shown: Mapping[str, str], *, pin: str = "", silently: Sequence[str] = ()
    ) -> Program:
        """Start ``registrar`` with these arguments, and others that nobody need see. Raises ``TooMany``."""
        for ended in [each for each in self._all.values() if not each.running][: -self._most]:
            self.forget(ended.number)
        if sum(each.running for each in self._all.values()) >= self._most:
            raise TooMany
        environment = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRAR_")}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "registrar", *arguments, *silently),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment | ({"REGISTRAR_PIN": pin} if pin else {}) | {"PYTHONUNBUFFERED": "1"},
        )
        program = self._all[self._next] = Program(self._next, f"registrar {' '.join(arguments)}", process, shown)
        self._next += 1
        self.heard += 1
        task = asyncio.get_running_loop().create_task(self._watch(program, process))
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)
        return program

    def forget(self, number: int) -> None:
        """List an ended program no more."""
        program = self._all.get(number)
        if program is not None and not program.running:
            del self._all[number]
            self.heard += 1

    async def close(self) -> None:
        """Ask every program to leave, and end those that do not."""
        for program in self._all.values():
            program.stop()
        if self._watching:
            await asyncio.wait(self._watching, timeout=LEAVING)
        for program in self._all.values():
            program.kill()
        if self._watching:
            await asyncio.wait(self._watching, timeout=LEAVING)

    async def _watch(self, program: Program, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # a line longer than anybody reads
                continue
            if not line:
                break
            program.printed.append(line.decode("utf-8", "replace").rstrip()[:LONGEST])
            self.heard += 1
        program.status = await process.wait()
        self.heard += 1
