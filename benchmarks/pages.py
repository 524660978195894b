"""What operators and browsers ask of a registrar with very many registrations, and what registrations notice of it.

As many bindings as asked for are written into a database, and the program starts with them. While each thing is asked
for, a phone registers again and again over UDP: told are how long the answer took, the CPU it cost, and the slowest of
the registrations meanwhile, beside the slowest while nothing was asked for.
"""

import contextlib
import multiprocessing
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from benchmarks.million import fill
from benchmarks.process import Address
from benchmarks.registrar import started
from benchmarks.terminal import Terminal
from registrar.errors import StartError
from registrar.remote import Remote

FEW, MANY = 100_000, 1_000_000
BREATH = 0.002
"""Seconds between registrations of the phone."""
START = 20.0
"""Seconds until all expire, and one more for so many bindings that are written before:"""
FILLED = 8_000
QUIET = 3.0
"""Seconds of nothing but its registrations."""
AIM = 20
"""Milliseconds that a registration may be held up."""

Look = Callable[[Remote], object]


def lines(*counts: int) -> Iterator[str]:
    """Measure; yield a line for each thing asked for."""
    for count in counts or (FEW, MANY):
        yield from _measured(count)
        yield _expired(count)


def _expired(count: int) -> str:
    """Let all registrations expire in one second."""
    wanted = [str(1_000_000 + number) for number in range(count)]
    with TemporaryDirectory() as name:
        folder = Path(name)
        with started(folder, durable=True):
            pass
        ends = time.time() + START + count / FILLED
        fill(folder / "data", wanted, count, ends)
        with started(folder, durable=True, patience=300) as running:
            remote = Remote.find(None, folder / "data", {})
            with phone(running.udp, wanted[0]) as slowest:
                time.sleep(ends - time.time() - 1)
                assert _bindings(remote) == count, "it has begun before it was looked at"
                slowest()
                before, began = running.process.cpu(), time.perf_counter()
                while _bindings(remote) > 1:
                    time.sleep(0.2)
                took, cpu = time.perf_counter() - began, running.process.cpu() - before
                return _told(count, "all expire in one second", took, cpu, slowest())


def _bindings(remote: Remote) -> int:
    (line,) = re.findall(r"^registrar_bindings (\S+)", remote.fetch("/metrics").decode(), re.MULTILINE)
    return int(float(line))


def _told(count: int, what: str, took: float, cpu: float, slowest: float) -> str:
    return (
        f"{count:>9,} {what:<56} {took * 1000:8.0f} ms  CPU {cpu * 1000:7.0f} ms"
        f"  slowest registration {slowest * 1000:7.1f} ms"
    )


def _measured(count: int) -> Iterator[str]:
    wanted = [str(1_000_000 + number) for number in range(count)]
    with TemporaryDirectory() as name:
        folder = Path(name)
        with started(folder, durable=True):
            pass  # it makes its folder
        fill(folder / "data", wanted, count)
        with started(folder, durable=True, patience=300) as running:
            remote = Remote.find(None, folder / "data", {})
            remote.fetch("/healthz")
            with phone(running.udp, wanted[0]) as slowest:
                slowest()
                time.sleep(QUIET)
                yield f"{count:,} registrations, nothing asked for: the slowest of a phone {slowest() * 1000:.1f} ms"
                for title, look in looks(wanted).items():
                    before, began = running.process.cpu(), time.perf_counter()
                    look(remote)
                    took, cpu = time.perf_counter() - began, running.process.cpu() - before
                    yield _told(count, title, took, cpu, slowest())


def looks(wanted: Sequence[str]) -> dict[str, Look]:
    """What is asked for, by the words for it."""
    middle, last = wanted[len(wanted) // 2], -(-len(wanted) // 50)

    def line(text: str) -> tuple[str, Look]:
        return text, lambda remote: remote.execute(text).exit_status

    def get(path: str, **query: str | int) -> tuple[str, Look]:
        where = f"{path}?{urlencode(query)}" if query else path
        return where, lambda remote: len(remote.fetch(where))

    span = f"{wanted[0]}..{wanted[min(len(wanted), FEW) - 1]}"
    new = f"5000000..{5_000_000 + min(len(wanted), FEW) - 1}"
    return dict(
        [
            ("the first visit of the overview", lambda remote: len(remote.fetch("/"))),
            get("/"),
            get("/registrations"),
            get("/registrations", page=last),
            get("/registrations", sort="number", order="up", page=last),
            get("/registrations", sort="terminal"),
            get("/registrations", sort="address", page=last // 2),
            get("/registrations", q="mark"),
            get("/registrations", q="nobody is called so"),
            get("/registrations", q=middle),
            get("/registrations", flag="encrypted"),
            ("/search?q=nobody", lambda remote: _redirected(remote, "/search?q=nobody")),
            get("/extensions"),
            get("/extensions", page=last // 2),
            get("/extensions", q=middle[:3]),
            get("/policy", to=1),
            get("/why", number=middle),
            get("/api/v1/registrations", limit=100),
            get("/api/v1/registrations", limit=100, offset=len(wanted) - 100),
            get("/api/v1/registrations", number=middle),
            get("/api/v1/registrations"),
            get("/api/v1/extensions", limit=100, offset=len(wanted) - 100),
            get("/api/v1/extensions"),
            get("/api/v1/commands/completion", line="extension -p -d 1"),
            get("/metrics"),
            line(f"ip_extension -p -d {middle}"),
            line("ip_extension -p"),
            line("extension -p"),
            line("auth_code -p"),
            line("extension_profile -p"),
            line("sec_policy -print"),
            line("sec_policy -preview 1"),
            line("sec_policy -set 1"),
            line("sec_policy -remove"),
            line("data_backup -file before.backup"),
            line(f"extension -c -d {span} --lim 2"),
            line("data_restore -file before.backup"),
            line(f"extension -i -d {new} --csp 1 --lim 1"),
            line(f"extension -e -d {new}"),
            line(f"extension_unregistration -d {span}"),
        ]
    )


def _redirected(remote: Remote, path: str) -> None:
    with contextlib.suppress(StartError):  # to the trace, which is another page
        remote.fetch(path)


@contextmanager
def phone(registrar: Address, number: str) -> Iterator[Callable[[], float]]:
    """Let a phone register all the time, in a process of its own.

    Yields what tells the seconds that the slowest registration took since it was asked last.
    """
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_register, args=(registrar, number, theirs))
    process.start()
    theirs.close()

    def slowest() -> float:
        ours.send(True)
        return float(ours.recv())

    try:
        yield slowest
    finally:
        with contextlib.suppress(BrokenPipeError):
            ours.send(False)
        process.join(10)


def _register(registrar: Address, number: str, ask: Connection) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))
        wire.connect(registrar)
        wire.settimeout(120)
        terminal = Terminal(number, "127.0.0.1", f"127.0.0.1:{wire.getsockname()[1]}", "UDP")
        slowest = 0.0
        while True:
            began = time.perf_counter()
            wire.send(terminal.register())
            wire.send(terminal.answer(_response(wire)))
            answer = _response(wire)
            if not answer.startswith((b"SIP/2.0 200", b"SIP/2.0 403")):
                raise RuntimeError(f"not registered: {answer[:200]!r}")
            slowest = max(slowest, time.perf_counter() - began)
            if ask.poll(BREATH):
                if not ask.recv():
                    return
                ask.send(slowest)
                slowest = 0.0


def _response(wire: socket.socket) -> bytes:
    while not (octets := wire.recv(65535)).startswith(b"SIP/2.0 "):
        pass  # a NOTIFY: to register anew
    return octets


if __name__ == "__main__":
    for told in lines(*map(int, sys.argv[1:])):
        print(told, flush=True)
