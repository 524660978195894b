"""What somebody else does to the files of an open database is met before the next thing is stored."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from registrar.core.state import State
from registrar.model.changes import SetExtension
from registrar.model.extension import Extension
from registrar.store.errors import StoreError
from registrar.store.store import Store
from registrar.store.vault import Vault

VAULT = Vault(bytes(32))


def extension(number: str) -> SetExtension:
    return SetExtension(number, Extension(number, 1, 1))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "registrar.db"


@pytest_asyncio.fixture
async def store(file: Path) -> AsyncIterator[Store]:
    """A store whose file is whole without its log."""
    made = await Store.open(f"sqlite:///{file}", VAULT, first=[extension("100")])
    await made.close()
    opened = await Store.open(f"sqlite:///{file}", VAULT)
    yield opened
    with contextlib.suppress(RuntimeError):  # a test may have closed it
        await opened.close()


async def numbers(file: Path) -> list[str]:
    """What another program finds there."""
    again = await Store.open(f"sqlite:///{file}", VAULT)
    found = sorted(State(await again.load()).extensions)
    await again.close()
    return found


async def test_a_page_written_over_is_damage_though_all_of_it_is_in_memory(store: Store, file: Path) -> None:
    await store.write([extension("101")])
    with file.open("r+b") as octets:
        octets.seek(4096)
        octets.write(b"\xff" * 4096)
    for _ in range(2):
        with pytest.raises(StoreError, match=r"the database is damaged: restore a backup \("):
            await store.write([extension("102")])


@pytest.mark.parametrize("name", ["registrar.db", "registrar.db-wal"])
async def test_what_was_touched_and_is_whole_is_used_on(store: Store, file: Path, name: str) -> None:
    await store.write([extension("101")])
    file.with_name(name).touch()
    await store.write([extension("102")])
    await store.close()
    assert await numbers(file) == ["100", "101", "102"]


async def test_whoever_takes_the_database_while_it_is_looked_into_is_waited_out(
    store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking into it lets it go for a moment; until it is whole and ours again nothing is stored."""
    await store.write([extension("101")])
    database = store._database
    dispose = database._engine.dispose  # type: ignore[attr-defined]
    with contextlib.closing(sqlite3.connect(file, check_same_thread=False)) as other:

        def interrupted() -> None:
            dispose()
            if not other.in_transaction:
                other.execute("BEGIN EXCLUSIVE")

        monkeypatch.setattr(database._engine, "dispose", interrupted)  # type: ignore[attr-defined]
        file.touch()
        with pytest.raises(StoreError, match="another registrar uses this database"):
            await store.write([extension("102")])
        other.rollback()
        monkeypatch.undo()
    await store.write([extension("103")])
    await store.close()
    assert await numbers(file) == ["100", "101", "103"]
