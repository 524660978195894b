"""A registrar under measurement: a process with its children, and the CPU time they used."""

import contextlib
import multiprocessing
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

Address = tuple[str, int]


class Process:
    """A started program; a context manager that ends it."""

    def __init__(self, command: list[str], log: Path, environment: dict[str, str] | None = None) -> None:
        self.log = log
        with log.open("wb") as output:
            self._popen = subprocess.Popen(
                command, stdout=output, stderr=output, env={**os.environ, **(environment or {})}, start_new_session=True
            )

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self._popen.send_signal(signal.SIGTERM)
        try:
            self._popen.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()

    @property
    def pid(self) -> int:
        """The process that was started."""
        return self._popen.pid

    def check(self) -> None:
        """Raise ``RuntimeError`` with what it said when it has ended."""
        if self._popen.poll() is not None:
            raise RuntimeError(f"{self._popen.args!r} ended: {self.log.read_text(errors='replace')[-2000:]}")

    def cpu(self) -> float:
        """Return the seconds of CPU that the process and its descendants have used."""
        return sum(_cpu(pid) for pid in _tree(self.pid))

    def memory(self) -> float:
        """Return the KiB of memory that the process and its descendants have, what they share counted once."""
        return sum(_memory(pid) for pid in _tree(self.pid))


def _memory(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise ValueError(f"/proc/{pid}/smaps_rollup tells no Pss")


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _tree(int(child))


def _cpu(pid: int) -> float:
    """Nanoseconds on a CPU of every thread, as the scheduler counted them; /proc/PID/stat counts hundredths only."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


@contextlib.contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
    """Keep to these cores; so does for ever what is started meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def neighbour() -> Iterator[None]:
    """Have a program on the cores that this one keeps to that always has something to do, ten minutes at most."""
    busy = multiprocessing.Process(target=_keep_busy, args=(os.getpid(),), daemon=True)
    busy.start()
    try:
        yield
    finally:
        busy.terminate()
        busy.join()


def _keep_busy(parent: int) -> None:
    os.setsid()  # a session has its share of a core
    until = time.monotonic() + 600
    while time.monotonic() < until and os.getppid() == parent:
        for _ in range(10_000):
            pass


def free_port() -> int:
    """Return a port that is free for TCP and UDP alike just now."""
    while True:
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = int(tcp.getsockname()[1])
            with contextlib.suppress(OSError):  # taken for UDP
                udp.bind(("127.0.0.1", port))
                return port


def wait_for(file: Path, process: Process, seconds: float = 20) -> None:
    """Return when the file exists. Raises ``RuntimeError``."""
    deadline = time.monotonic() + seconds
    while not file.exists():
        process.check()
        if time.monotonic() > deadline:
            raise RuntimeError(f"{file} was not written: {process.log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)
