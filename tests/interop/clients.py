"""Real clients, started with what ``registrar provision`` wrote for them."""

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.interop.running import PROGRAM, Running

SECONDS = 60.0
"""The longest a client may take: far more than any does."""


def provision(
    program: Running, client: str, number: str, transport: str, folder: Path, pin: str | None = None
) -> list[str]:
    """Write the client's configuration and return the words of the command that starts it."""
    command = [PROGRAM, "provision", number, "--for", client]
    command += ["--transport", transport, "--data", str(program.data), "--out", str(folder)]
    if pin is not None:
        command += ["--pin", pin]
    run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert run.returncode == 0, run.stderr
    return shlex.split(run.stdout)


class Client:
    """A client that runs until it is told to end."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._log = folder / "printed"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)}
            )

    @property
    def printed(self) -> str:
        return self._log.read_text(errors="replace")

    def type(self, line: str) -> None:
        """Type a line on its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def end(self, line: str | None = None) -> None:
        """Type its goodbye, or interrupt it, and wait until it is gone."""
        if line is not None and self._process.poll() is None:
            self.type(line)
        elif self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise AssertionError(f"the client did not end:\n{self.printed}") from None
        finally:
            if self._process.stdin is not None:
                self._process.stdin.close()


@contextmanager
def client(command: list[str], folder: Path, goodbye: str | None = None) -> Iterator[Client]:
    """A client that runs as long as the block; it ends by ``goodbye``, typed, or by an interrupt."""
    started = Client(command, folder)
    try:
        yield started
    finally:
        started.end(goodbye)
