"""The real program before a database that is read-only, locked, damaged or gone: one clear line, never a false 200."""

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from registrar.h323.ras import RasMessage
from registrar.model.binding import Binding, Contact
from registrar.model.changes import SetBinding, SetExtension
from registrar.model.extension import Extension
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.terminal import Terminal as Claim
from registrar.policy.decide import decide
from registrar.store.store import Store
from registrar.store.vault import open_vault
from tests.h323.endpoint import Endpoint
from tests.interop.running import PROGRAM, Running
from tests.interop.terminal import Terminal
from tests.interop.wire import Udp
from tests.lab import flow

FREE = [f"--{name}-port=0" for name in ("sip", "sips", "ras", "ras-tls", "http")]
LIKE_ANYBODY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""Before a command: permissions of files hold for root too."""


def refused(data: Path) -> str:
    """The one line that a start ends with."""
    command = [*LIKE_ANYBODY, PROGRAM, "serve", "--empty", "--data", str(data), *FREE]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (1, ""), ended
    (line,) = ended.stderr.splitlines()
    assert line.startswith("registrar: ")
    return line.removeprefix("registrar: ")


class Phones(NamedTuple):
    """Two SIP phones, 100, which is registered, and 101, and an H.323 endpoint, 102."""

    registrar: Running
    phone: Terminal
    other: Terminal
    ras: Udp
    endpoint: Endpoint

    def ask(self) -> RasMessage:
        self.ras.send(self.endpoint.register())
        return self.endpoint.take(self.ras.receive())

    def find_nothing_stored(self, words: str) -> None:
        """Whatever is asked for is refused, and what there was is left."""
        before = self.registrar.registrations()
        answer = self.other.register()[-1]
        assert answer.start.startswith("503 ")
        assert answer.one("Retry-After")
        assert self.phone.register(expires=0)[-1].start.startswith("503 ")
        rejected = self.ask()
        assert (rejected.name, rejected.value["rejectReason"][0]) == ("registrationReject", "resourceUnavailable")
        printout, status = self.registrar.line("extension -i -d 104 --csp 1 --lim 1")
        assert status == 1
        told = printout.rstrip("\n").split("\n")
        assert told[:2] == ["NOT EXECUTED", "THE CHANGE COULD NOT BE STORED"]
        assert len(told) == 3
        assert words in told[2]
        assert self.registrar.registrations() == before

    def find_all_stored(self) -> None:
        """The same is taken now."""
        assert self.phone.register()[-1].start == "200 OK"
        assert self.other.register()[-1].start == "200 OK"
        assert self.ask().name == "registrationConfirm"
        assert self.registrar.line("extension -i -d 104 --csp 1 --lim 1").exit_status == 0


@contextmanager
def phones(registrar: Running) -> Iterator[Phones]:
    """The phones, of whom 100 registers at once. A failure leaves no program running."""
    try:
        with Udp(registrar.address("sip_udp"), None) as sip, Udp(registrar.address("ras_udp"), None) as ras:
            endpoint = Endpoint("102", signal=("127.0.0.1", 1720), clock=time.time)
            phone = Terminal(sip, "100")
            assert phone.register()[-1].start == "200 OK"
            yield Phones(registrar, phone, Terminal(sip, "101"), ras, endpoint)
    except BaseException:
        registrar.process.kill()
        registrar.process.wait()
        raise


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which 100 is registered."""
    data = tmp_path_factory.mktemp("stored") / "data"
    registrar = Running(data, "--empty")
    registrar.execute("extension -i -d 100..103 --csp 1 --lim 1 --security-exception yes")
    with phones(registrar):
        pass
    registrar.stop()
    return data


@pytest.fixture
def data(stored: Path, tmp_path: Path) -> Path:
    """The same for one test alone."""
    return shutil.copytree(stored, tmp_path / "data")


def there(data: Path) -> list[str]:
    """The numbers that are registered after the next start."""
    registrar = Running(data, "--empty")
    numbers = sorted({each["number"] for each in registrar.registrations()})
    registrar.stop()
    return numbers


def test_a_locked_database_refuses_the_start_until_it_is_let_go(data: Path) -> None:
    with closing(sqlite3.connect(data / "registrar.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        line = refused(data)
        assert line.startswith("another registrar uses this database: stop it, or choose another --data folder (")
    assert there(data) == ["100"]


def test_nobody_locks_the_database_of_a_running_program(data: Path) -> None:
    registrar = Running(data, "--empty")
    with closing(sqlite3.connect(data / "registrar.db", timeout=0)) as other, phones(registrar) as some:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN EXCLUSIVE")
        some.find_all_stored()
    registrar.stop()
    assert there(data) == ["100", "101", "102"]


@pytest.mark.parametrize(
    ("name", "mode", "words"),
    [
        (".", 0o500, "the database cannot be written: check the folder's permissions ("),
        ("registrar.db", 0o400, "the disk cannot be read or written: check it, and the folder's permissions ("),
        ("registrar.db", 0o000, "the database cannot be opened: check the folder and its permissions ("),
    ],
)
def test_a_read_only_folder_or_database_refuses_the_start(data: Path, name: str, mode: int, words: str) -> None:
    path = data / name
    before = path.stat().st_mode & 0o777
    path.chmod(mode)
    line = refused(data)
    path.chmod(before)
    assert line.startswith(words)
    assert there(data) == ["100"]


def _cut(file: Path) -> None:
    with file.open("r+b") as octets:
        octets.truncate(5000)


def _scribble(file: Path) -> None:
    """Overwrite everything but the first page, whose heading says that it is a database."""
    size = file.stat().st_size
    with file.open("r+b") as octets:
        octets.seek(4096)
        octets.write(b"\xff" * (size - 4096))


def _no_database(file: Path) -> None:
    file.write_bytes(b"no database at all " * 500)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_cut, "the database is damaged: restore a backup ("),
        (_scribble, "the database is damaged: restore a backup ("),
        (_no_database, "the file is no database: restore a backup or move it away ("),
    ],
)
def test_a_damaged_database_refuses_the_start_and_is_left_as_it_is(
    data: Path, damage: Callable[[Path], None], words: str
) -> None:
    file = data / "registrar.db"
    whole = file.read_bytes()
    damage(file)
    damaged = file.read_bytes()
    assert refused(data).startswith(words)
    assert file.read_bytes() == damaged
    file.write_bytes(whole)
    assert there(data) == ["100"]


def test_a_folder_in_the_place_of_the_database_refuses_the_start(data: Path) -> None:
    (data / "registrar.db").rename(data / "kept")
    (data / "registrar.db").mkdir()
    assert refused(data).startswith("the database cannot be opened: check the folder and its permissions (")
    (data / "registrar.db").rmdir()
    (data / "kept").rename(data / "registrar.db")
    assert there(data) == ["100"]


@pytest.mark.parametrize(
    ("name", "replacement"),
    [
        ("registrar.db", "nothing"),
        ("registrar.db", "a folder"),
        ("registrar.db", "another file"),
        ("registrar.db-wal", "nothing"),
    ],
)
def test_a_database_that_was_moved_away_takes_nothing_until_it_is_back(data: Path, name: str, replacement: str) -> None:
    registrar = Running(data, "--empty")
    file, kept = data / name, data / "kept"
    with phones(registrar) as some:
        file.rename(kept)
        if replacement == "a folder":
            file.mkdir()
        elif replacement == "another file":
            file.write_bytes(kept.read_bytes())
        some.find_nothing_stored(f"{name} is not the file that was opened: put it back, or start again.")
        if replacement == "a folder":
            file.rmdir()
        kept.rename(file)
        some.find_all_stored()
    registrar.process.kill()
    registrar.process.wait()
    assert there(data) == ["100", "101", "102"]


def _bound(number: str) -> Binding:
    decision = decide(Policy.NONE, Protocol.SIP, TerminalClass.INSECURE, True, False, False)
    uri, now = f"sip:{number}@127.0.0.1:9", time.time()
    contact = Contact(uri, 3600, params=";x=" + "y" * 500, key=uri)
    claim = Claim("phone", TerminalClass.INSECURE, "third party", "")
    return Binding(number, contact, number, 1, flow(), claim, decision, now, now, now + 3600)


async def _fill(data: Path) -> None:
    """Store more than SQLite keeps in memory."""
    store = await Store.open(f"sqlite:///{data / 'registrar.db'}", open_vault(data / "rac.key"))
    bindings = [_bound(str(number)) for number in range(200_000, 206_000)]
    await store.write([SetBinding(each.key, each) for each in bindings])
    await store.write([SetExtension(each.number, Extension(each.number, 1, 1)) for each in bindings])
    await store.close()


async def test_damage_under_a_running_program_is_noticed_and_nothing_is_acknowledged_after_it(data: Path) -> None:
    await _fill(data)
    registrar = Running(data, "--empty")
    with phones(registrar) as some, Udp(registrar.address("sip_udp"), None) as sip:
        _scribble(data / "registrar.db")
        assert Terminal(sip, "200003").register()[-1].start.startswith("503 "), "its place was damaged"
        assert Terminal(sip, "205998").register()[-1].start.startswith("503 "), "its own is whole, in memory"
        some.find_nothing_stored("The database is damaged: restore a backup (")
    registrar.stop()
    assert refused(data).startswith("the database is damaged: restore a backup (")


def test_damage_in_what_the_program_has_in_memory_is_noticed_too(data: Path) -> None:
    registrar = Running(data, "--empty")
    with phones(registrar) as some:
        some.find_all_stored()
        registrar.execute("extension -e -d 104")
        _scribble(data / "registrar.db")
        some.find_nothing_stored("The database is damaged: restore a backup (")
    registrar.stop()
    assert refused(data).startswith("the database is damaged: restore a backup (")


def test_a_database_that_somebody_touched_and_left_whole_is_used_on(data: Path) -> None:
    registrar = Running(data, "--empty")
    with phones(registrar) as some:
        for name in ("registrar.db", "registrar.db-wal"):
            (data / name).touch()
            assert some.phone.register()[-1].start == "200 OK"
        some.find_all_stored()
    registrar.process.kill()
    registrar.process.wait()
    assert there(data) == ["100", "101", "102"]
