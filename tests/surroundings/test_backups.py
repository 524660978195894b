"""Backups as files, and a whole system backed up and restored while it works."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from registrar.commands.effects import Backup, Effect, ReadBackup, Refusal, Restored, WriteBackup
from registrar.core.state import State
from registrar.model.policy import Policy
from registrar.store.commit import GroupCommit
from registrar.store.store import Store
from registrar.store.vault import Vault
from registrar.surroundings.backups import Backups
from registrar.system import System
from tests.bench import LICENCE
from tests.lab import attempt, contact

VAULT = Vault(bytes(32))


def test_a_backup_is_written_over_nothing(tmp_path: Path) -> None:
    backups = Backups(tmp_path, "LAB", VAULT, lambda: 1.8e9)
    first = backups.write(WriteBackup([], None))
    second = backups.write(WriteBackup([], None))
    assert isinstance(first, Backup)
    assert isinstance(second, Backup)
    assert (first.file, second.file) == ("2027-01-15-080000.backup", "2027-01-15-080000-2.backup")
    assert backups.write(WriteBackup([], first.file)) == Refusal(
        "FILE EXISTS ALREADY", ("A backup is written over nothing: choose another name.",)
    )
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([first.file, second.file])
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


def test_what_is_no_backup_is_not_listed(tmp_path: Path) -> None:
    backups = Backups(tmp_path, "LAB", VAULT, time.time)
    (tmp_path / "text.backup").write_text("hello")
    Backups(tmp_path, "LAB", Vault(b"k" * 32), time.time).write(WriteBackup([], "other.backup"))
    listed = backups.list_()
    assert isinstance(listed, list)
    assert [(backup.file, backup.own_key) for backup in listed] == [("other.backup", False)]


@pytest.mark.parametrize("file", ["nowhere/new.backup", "/dev/full/x", "."])
def test_what_cannot_be_written_is_told(tmp_path: Path, file: str) -> None:
    answer = Backups(tmp_path, "LAB", VAULT, time.time).write(WriteBackup([], file))
    assert isinstance(answer, Refusal)


class OnlyBackups:
    """Surroundings that know backups."""

    def __init__(self, backups: Backups) -> None:
        self._backups = backups

    def certificates(self) -> None:
        pass

    def certificate_problem(self, now: float) -> None:
        pass

    def licensing(self) -> tuple[str, bytes]:
        return "LAB", b""

    async def perform(self, effect: Effect) -> object:
        if isinstance(effect, WriteBackup):
            return await asyncio.to_thread(self._backups.write, effect)
        assert isinstance(effect, ReadBackup)
        return await asyncio.to_thread(self._backups.read, effect)


class Lab:
    """A system on a database, with its backups."""

    def __init__(self, folder: Path, store: Store, system: System, backups: Backups) -> None:
        self.folder = folder
        self.store = store
        self.system = system
        self.backups = backups

    async def run(self, line: str) -> str:
        execution = await self.system.execute(line, time.time())
        assert execution.executed, execution.printout
        return execution.printout

    def held(self, file: str) -> State:
        restored = self.backups.read(ReadBackup(file))
        assert isinstance(restored, Restored)
        return State(restored.settings)


@pytest_asyncio.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    from registrar.model.changes import SetLicence

    backups = Backups(tmp_path / "backups", "LAB", VAULT, time.time)
    store = await Store.open(f"sqlite:///{tmp_path}/lab.db", VAULT, first=[SetLicence(LICENCE)])
    commit = GroupCommit(store)
    system = System(await store.load(), commit, token=lambda: "t", surroundings=OnlyBackups(backups))
    yield Lab(tmp_path, store, system, backups)
    await commit.flush()
    await store.close()


async def test_a_backup_made_while_phones_register_and_commands_run_is_of_one_moment(lab: Lab) -> None:
    await lab.run("extension -i -d 100..199 --csp 1 --lim 1 --security-exception no")
    stop = False
    registered = 0

    async def phones() -> None:
        nonlocal registered
        while not stop or registered < 1000:
            for number in range(100, 200):
                asked = attempt(
                    str(number), contact(f"sip:{number}@127.0.0.1:40000", 3600), call_id=f"call-{registered}"
                )
                registered += lab.system.register(asked, time.time()).accepted
            await asyncio.sleep(0.01)  # the commands want their turn

    async def operator() -> None:
        exception = False
        while not stop:
            exception = not exception
            await lab.run(f"extension -c -d 100..199 --security-exception {'yes' if exception else 'no'}")

    tasks = [asyncio.create_task(work) for work in (phones(), operator())]
    for number in range(10):
        assert (await lab.run(f"data_backup -file {number}.backup")).startswith("EXECUTED")
    stop = True
    await asyncio.gather(*tasks)
    assert registered >= 1000
    for number in range(10):
        extensions = lab.held(f"{number}.backup").extensions
        assert len(extensions) == 100
        assert len({extension.security_exception for extension in extensions.values()}) == 1


async def test_a_restore_takes_everything_back_and_is_there_after_a_restart(lab: Lab) -> None:
    await lab.run("auth_code -i -d 100 --auth-code 4711")
    await lab.run("extension -i -d 100 --csp 1 --lim 1 --security-exception no")
    await lab.run("media_encryption_enable -type route")
    await lab.run("data_backup -file before.backup")
    await lab.run("extension -i -d 200..299 --csp 1 --lim 1")
    await lab.run("auth_code -c -d 100 --auth-code 4712")
    await lab.run("media_encryption_disable -type route")
    for number in ("100", "200"):
        assert lab.system.register(attempt(number, contact(f"sip:{number}@h", 3600), pin="4712"), time.time()).accepted
    await lab.run("sec_policy -set 2")
    printout = await lab.run("data_restore -file before.backup")
    assert printout.startswith("EXECUTED\nbefore.backup, made ")
    for state in (lab.system.state, State(await lab.store.load())):
        assert list(state.extensions) == ["100"]
        assert state.racs["100"].pin == "4711"
        assert state.policy is Policy.NONE
        assert {media.value for media in state.encrypted_media} == {"route"}
        assert [binding.number for binding in state.all_bindings()] == ["100"]


async def test_a_refused_restore_changes_nothing(lab: Lab) -> None:
    await lab.run("extension -i -d 100 --csp 1 --lim 1")
    await lab.run("data_backup -file good.backup")
    await lab.run("extension -i -d 101 --csp 1 --lim 1")
    file = lab.folder / "backups" / "good.backup"
    file.write_bytes(file.read_bytes().replace(b'"100"', b'"999"'))
    execution = await lab.system.execute("data_restore -file good.backup", time.time())
    assert (execution.executed, execution.printout.splitlines()[:2]) == (False, ["NOT EXECUTED", "BACKUP IS DAMAGED"])
    for state in (lab.system.state, State(await lab.store.load())):
        assert list(state.extensions) == ["100", "101"]


async def test_what_is_not_stored_is_not_backed_up(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    from registrar.store.errors import StoreError

    async def fail(_changes: object) -> None:
        raise StoreError("the disk is full: make room")

    assert (await lab.system.execute("extension -i -d 100 --csp 1 --lim 1", time.time())).executed
    monkeypatch.setattr(lab.store, "write", fail)
    assert lab.system.register(attempt("100", contact()), time.time()).accepted
    assert lab.system.state.binding_count == 1
    execution = await lab.system.execute("data_backup", time.time())
    assert execution.printout.splitlines()[1] == "THE CHANGES BEFORE COULD NOT BE STORED"
    assert lab.system.state.binding_count == 0
    assert not (lab.folder / "backups").exists()
