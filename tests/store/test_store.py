"""What was written is loaded again, whatever it is and however it came in batches."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registrar.core.state import State
from registrar.model.changes import Change, SetBinding, SetExtension, SetRac
from registrar.model.extension import Extension, Rac
from registrar.store import schema
from registrar.store.errors import StoreError
from registrar.store.store import Store
from registrar.store.vault import Vault
from tests.sip.road import binding
from tests.strategies import changes, contents

VAULT = Vault(bytes(32))


@given(st.lists(st.lists(changes, max_size=6), max_size=4))
@settings(max_examples=150, deadline=None)
def test_what_was_written_is_loaded_again(batches: list[list[Change]]) -> None:
    async def written() -> list[Change]:
        store = await Store.open("sqlite://", VAULT)
        for batch in batches:
            await store.write(batch)
        loaded = await store.load()
        await store.close()
        return loaded

    expected = State(change for batch in batches for change in batch)
    loaded = State(asyncio.run(written()))
    assert contents(loaded) == contents(expected)
    assert loaded.binding_count == expected.binding_count


async def test_another_process_finds_what_this_one_wrote(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'registrar.db'}"
    bound = binding()
    store = await Store.open(url, VAULT)
    assert store.created
    await store.write([SetExtension("12345", Extension("12345", 1, 1)), SetBinding(bound.key, bound)])
    await store.close()
    again = await Store.open(url, VAULT)
    assert not again.created
    state = State(await again.load())
    await again.close()
    assert state.extensions == {"12345": Extension("12345", 1, 1)}
    assert list(state.all_bindings()) == [bound]


async def test_a_new_database_holds_its_first_content_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'registrar.db'}"
    first = [SetExtension("1", Extension("1", 1, 1))]
    store = await Store.open(url, VAULT, first=first)
    await store.write([SetExtension("1", None)])
    await store.close()
    again = await Store.open(url, VAULT, first=first)
    assert State(await again.load()).extensions == {}
    await again.close()


async def test_a_batch_is_stored_whole_or_not_at_all(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path / 'registrar.db'}", VAULT)
    beyond_sqlite = Extension("2", 2**70, 1)
    with pytest.raises(StoreError):
        await store.write([SetExtension("1", Extension("1", 1, 1)), SetExtension("2", beyond_sqlite)])
    assert State(await store.load()).extensions == {}
    await store.close()


async def test_no_pin_is_in_the_database_files(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path / 'registrar.db'}", VAULT)
    pins = ["90210573", "another PIN 7", "4711-4711"]
    await store.write([SetRac(str(number), Rac(str(number), pin)) for number, pin in enumerate(pins)])
    octets = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert {rac.pin for rac in State(await store.load()).racs.values()} == set(pins)
    await store.close()
    octets += b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert not [pin for pin in pins if pin.encode() in octets or pin.encode("utf-16-le") in octets]


async def test_a_database_with_another_key_is_told_by_number(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'registrar.db'}"
    store = await Store.open(url, VAULT, first=[SetRac("12345", Rac("12345", "4711"))])
    await store.close()
    other = await Store.open(url, Vault(b"1" * 32))
    with pytest.raises(StoreError, match=r"^the RAC of 12345 does not open with this key: put the rac.key back"):
        await other.load()
    await other.close()


async def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "registrar.db"
    with sqlite3.connect(file) as newer:
        newer.execute("CREATE TABLE node (key TEXT PRIMARY KEY, value TEXT)")
        newer.execute("INSERT INTO node VALUES ('version', '999')")
    newer.close()
    with pytest.raises(StoreError, match=f"of version 999, this program knows {schema.VERSION}"):
        await Store.open(f"sqlite:///{file}", VAULT)
    with sqlite3.connect(file) as after:
        assert after.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("node",)]
        assert after.execute("SELECT * FROM node").fetchall() == [("version", "999")]
    after.close()
