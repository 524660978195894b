"""What can be wrong with a database is told in one line, and nothing is stored by halves."""

import socket
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from registrar.core.state import State
from registrar.model.changes import SetExtension, SetProfile
from registrar.model.extension import Extension, ExtensionProfile
from registrar.store import database
from registrar.store.errors import StoreError
from registrar.store.store import Store
from registrar.store.vault import Vault

VAULT = Vault(bytes(32))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "registrar.db"


@pytest.fixture
async def store(file: Path) -> AsyncIterator[Store]:
    opened = await Store.open(f"sqlite:///{file}", VAULT)
    yield opened
    await opened.close()


def one_line(error: pytest.ExceptionInfo[StoreError]) -> str:
    assert "\n" not in str(error.value)
    return str(error.value)


async def test_the_file_is_its_owners_alone(store: Store, file: Path) -> None:
    await store.write([SetProfile(2, ExtensionProfile(2, "x"))])
    assert {each.stat().st_mode & 0o777 for each in file.parent.iterdir()} == {0o600}


async def test_a_full_disk_stores_nothing_and_stores_again_when_there_is_room(store: Store) -> None:
    pages = await store._database.run(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    await store._database.run(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}"))
    many = [SetProfile(csp, ExtensionProfile(csp, "a long name" * 50)) for csp in range(2, 100)]
    with pytest.raises(StoreError) as error:
        await store.write(many)
    assert one_line(error).startswith("the disk is full: make room")
    assert set(State(await store.load()).profiles) == {1}
    await store._database.run(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 100000"))
    await store.write(many)
    assert len(State(await store.load()).profiles) == 99


async def test_two_registrars_cannot_use_one_database(
    store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    with pytest.raises(StoreError) as error:
        await Store.open(f"sqlite:///{file}", VAULT)
    assert one_line(error).startswith("another registrar uses this database")
    await store.write([SetExtension("1", Extension("1", 1, 1))])


async def test_a_read_only_database_is_told(file: Path) -> None:
    store = await Store.open(f"sqlite:///{file}", VAULT)
    await store.close()
    with sqlite3.connect(file) as alone:
        alone.execute("PRAGMA journal_mode = DELETE")
    alone.close()
    with pytest.raises(StoreError) as error:
        await Store.open(f"sqlite:///file:{file}?mode=ro&uri=true", VAULT)
    assert one_line(error).startswith("the database cannot be written")


async def test_what_cannot_be_written_any_more_takes_nothing_until_it_can_be(store: Store) -> None:
    change = SetExtension("1", Extension("1", 1, 1))
    await store._database.run(lambda connection: connection.exec_driver_sql("PRAGMA query_only = 1"))
    with pytest.raises(StoreError) as error:
        await store.write([change])
    assert one_line(error).startswith("the database cannot be written: check the folder's permissions")
    await store._database.run(lambda connection: connection.exec_driver_sql("PRAGMA query_only = 0"))
    assert State(await store.load()).extensions == {}
    await store.write([change])
    assert set(State(await store.load()).extensions) == {"1"}


async def test_a_file_that_is_no_database_is_told_and_left_as_it_is(file: Path) -> None:
    file.write_bytes(b"not at all a database" * 100)
    with pytest.raises(StoreError) as error:
        await Store.open(f"sqlite:///{file}", VAULT)
    assert one_line(error).startswith("the file is no database: restore a backup or move it away")
    assert file.read_bytes() == b"not at all a database" * 100


async def test_a_damaged_database_is_told(file: Path) -> None:
    store = await Store.open(f"sqlite:///{file}", VAULT)
    await store.write([SetProfile(csp, ExtensionProfile(csp, "name" * 100)) for csp in range(2, 400)])
    await store.close()
    octets = bytearray(file.read_bytes())
    half = len(octets) // 2
    octets[half:] = b"\xff" * (len(octets) - half)
    file.write_bytes(octets)
    damaged = await Store.open(f"sqlite:///{file}", VAULT)
    with pytest.raises(StoreError) as error:
        await damaged.load()
    await damaged.close()
    assert one_line(error).startswith("the database is damaged: restore a backup")


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("here and there", "the database address is not usable"),
        ("mysql://localhost/registrar", "mysql is not supported: use sqlite:///PATH or postgresql"),
        ("postgresql://localhost/registrar", "postgresql is not supported: use sqlite:///PATH or postgresql+asyncpg"),
        ("sqlite:////nowhere/at/all/registrar.db", "the database cannot be opened: check the folder"),
        ("sqlite:////dev", "the database cannot be opened"),
        ("postgresql+asyncpg://127.0.0.1:0/registrar", "the database failed"),
        ("postgresql+asyncpg://nobody:secret@127.0.0.1:PORT/registrar", "the database failed"),
        ("postgresql+asyncpg://127.0.0.1:PORT/registrar?colour=red", "the database"),
    ],
)
async def test_a_database_that_cannot_be_used_is_told(url: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as error:
        await Store.open(url.replace("PORT", str(_closed_port())).replace("x.db", str(tmp_path / "x.db")), VAULT)
    assert one_line(error).startswith(words)
    assert "secret" not in str(error.value)


async def test_a_stranger_cannot_even_read_a_database_in_use(store: Store, file: Path) -> None:
    await store.write([SetExtension("1", Extension("1", 1, 1))])
    with pytest.raises(sqlite3.OperationalError, match="locked"), sqlite3.connect(file, timeout=0) as other:
        other.execute("SELECT * FROM node")
    other.close()
