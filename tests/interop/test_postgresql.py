"""The real program on PostgreSQL: what was acknowledged is there after a kill, and nothing is while it is away."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interop.running import PROGRAM, Running
from tests.interop.terminal import Terminal
from tests.interop.wire import Udp

pytestmark = pytest.mark.interop("psql")

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
LIKE_NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups") if os.geteuid() == 0 else ()
"""Before a command: PostgreSQL refuses to be run by root."""
START_SECONDS = 30.0
FREE = [f"--{name}-port=0" for name in ("sip", "sips", "ras", "ras-tls", "http")]


class Postgresql:
    """One cluster with a database of its own, on a free port."""

    def __init__(self, folder: Path) -> None:
        self._programs, self._folder = PROGRAMS[-1], folder
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            self._port = held.getsockname()[1]
        self.url = f"postgresql+asyncpg://lab@127.0.0.1:{self._port}/postgres"
        made = ("initdb", "-D", str(folder / "cluster"), "-A", "trust", "-U", "lab", "--no-sync")
        subprocess.run(self._command(*made), check=True, capture_output=True, cwd=folder)
        self.start()

    def start(self) -> None:
        said = self._folder / "log"
        options = ("-p", str(self._port), "-k", str(self._folder), "-c", "listen_addresses=127.0.0.1")
        with said.open("ab") as log:
            self._process = subprocess.Popen(
                self._command("postgres", "-D", str(self._folder / "cluster"), *options),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
            )
        asked = (str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port))
        give_up = time.monotonic() + START_SECONDS
        while subprocess.run(asked, check=False).returncode:
            assert self._process.poll() is None, said.read_text()
            assert time.monotonic() < give_up, said.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """End it at once, whoever is connected."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        self._process.wait(30)

    def _command(self, program: str, *arguments: str) -> tuple[str, ...]:
        return (*LIKE_NOBODY, str(self._programs / program), *arguments)


@pytest.fixture
def postgresql() -> Iterator[Postgresql]:
    folder = Path(tempfile.mkdtemp(prefix="postgresql"))  # not pytest's, which nobody else may enter
    if LIKE_NOBODY:
        shutil.chown(folder, "nobody")
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        started = Postgresql(folder)
        stack.callback(started.stop)
        yield started


Start = Callable[[], Running]


@pytest.fixture
def start(postgresql: Postgresql, tmp_path: Path) -> Iterator[Start]:
    """Start the program on the database; one that is still there after the test is killed."""
    with contextlib.ExitStack() as stack:

        def started() -> Running:
            registrar = Running(tmp_path / "data", "--database", postgresql.url)
            stack.callback(registrar.process.wait)
            stack.callback(registrar.process.kill)
            return registrar

        yield started


def registered(registrar: Running) -> set[str]:
    return {each["number"] for each in registrar.registrations()}


def test_what_was_acknowledged_is_there_after_a_kill_and_the_database_has_one_registrar(
    postgresql: Postgresql, start: Start, tmp_path: Path
) -> None:
    registrar = start()
    with Udp(registrar.address("sip_udp"), None) as wire:
        assert Terminal(wire, "12345").register("4711")[-1].start == "200 OK"
        leaving = Terminal(wire, "12347")
        assert leaving.register()[-1].start == "200 OK"
        registrar.execute("extension -i -d 200..202 --csp 1 --lim 1", "auth_code -i -d 200 --auth-code 77")
        assert leaving.register(expires=0)[-1].start == "200 OK"
        registrar.execute("extension -e -d 201", "data_backup")
        many = "-d 30000..32999 --csp 1 --lim"
        registrar.execute(f"extension -i {many} 1", f"extension -c {many} 2")  # so many are written down beforehand
    second = subprocess.run(
        [PROGRAM, "serve", "--data", str(tmp_path / "second"), "--database", postgresql.url, *FREE],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.startswith("registrar: another registrar uses this database: stop it")
    assert second.stderr.count("\n") == 1
    registrar.process.kill()
    registrar.process.wait()
    registrar = start()
    assert registered(registrar) == {"12345"}
    printed = registrar.execute("extension -p")
    assert [line.split()[0] for line in printed.splitlines() if line.startswith("20")] == ["200", "202"]
    printed = registrar.execute("extension -p -d 30000..32999")
    assert [line.split()[2] for line in printed.splitlines() if line.startswith("3") and "," not in line] == [
        "2"
    ] * 3000
    with Udp(registrar.address("sip_udp"), None) as wire:
        assert Terminal(wire, "200").register("77")[-1].start == "200 OK"
    registrar.stop()


def test_while_it_is_away_nothing_is_acknowledged_and_afterwards_all_goes_on(
    postgresql: Postgresql, start: Start
) -> None:
    registrar = start()
    with Udp(registrar.address("sip_udp"), None) as wire:
        phone = Terminal(wire, "12347")
        postgresql.stop()
        for _ in range(2):
            assert phone.register()[-1].start.startswith("503 ")
            printout, status = registrar.line("extension -i -d 300 --csp 1 --lim 1")
            assert (status, printout.splitlines()[:2]) == (1, ["NOT EXECUTED", "THE CHANGE COULD NOT BE STORED"])
        assert registered(registrar) == set()
        postgresql.start()
        assert phone.register()[-1].start == "200 OK"
        registrar.execute("extension -i -d 300 --csp 1 --lim 1")
    registrar.process.kill()
    registrar.process.wait()
    registrar = start()
    assert registered(registrar) == {"12347"}
    assert "300 " in registrar.execute("extension -p -d 300")
    registrar.stop()
