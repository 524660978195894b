"""A row that holds what it was never given is told in one line that says where it is; nothing is guessed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from registrar.core.state import State
from registrar.model.changes import SetBinding, SetExtension, SetRac, SetRoute
from registrar.model.extension import Extension, Rac
from registrar.model.flow import Transport
from registrar.model.policy import Policy, Protocol
from registrar.model.route import Route
from registrar.store.errors import StoreError
from registrar.store.store import Store
from registrar.store.vault import Vault
from tests.sip.road import binding

VAULT = Vault(bytes(32))
BOUND = binding()
FIRST = (
    SetExtension("12345", Extension("12345", 1, 1)),
    SetRac("12345", Rac("12345", "4711")),
    SetRoute(1, Route(1, Protocol.SIP, "127.0.0.1", 5060, Transport.UDP)),
    SetBinding(BOUND.key, BOUND),
)


async def loaded(file: Path, damage: str = "") -> State:
    """Store the first content, damage it, and load what is there."""
    store = await Store.open(f"sqlite:///{file}", VAULT, first=FIRST)
    await store.close()
    with closing(sqlite3.connect(file)) as connection, connection:
        assert not damage or connection.execute(damage).rowcount == 1
    store = await Store.open(f"sqlite:///{file}", VAULT, first=FIRST)
    try:
        return State(await store.load())
    finally:
        await store.close()


@pytest.mark.parametrize(
    ("damage", "where"),
    [
        ("UPDATE bindings SET details = substr(details, 1, 20)", "in a registration of 12345"),
        ("UPDATE bindings SET details = ''", "in a registration of 12345"),
        ("UPDATE bindings SET details = '{}'", "in a registration of 12345"),
        ('UPDATE bindings SET details = \'[[], "", 1, 1, 1, [], ""]\'', "in a registration of 12345"),
        ("UPDATE bindings SET details = replace(details, 'null]', '[1, 2]]')", "in a registration of 12345"),
        ("UPDATE bindings SET common = ''", "in a registration of 12345"),
        ("UPDATE bindings SET common = replace(common, 'INSECURE', 'INSANE')", "in a registration of 12345"),
        ("UPDATE bindings SET common = replace(common, '\"UDP\"', '\"SCTP\"')", "in a registration of 12345"),
        ("UPDATE bindings SET common = replace(common, '\"UDP\"', '[]')", "in a registration of 12345"),
        ("UPDATE bindings SET expires_at = 'soon'", "in a registration of 12345"),
        ("UPDATE bindings SET registered_at = 9e999", "in a registration of 12345"),
        ("UPDATE bindings SET details = CAST(x'5b22ff' AS TEXT)", ""),
        ("UPDATE routes SET transport = 'SCTP'", "in its table routes"),
        ("INSERT INTO node VALUES ('policy', '9')", "in its table node"),
        ("INSERT INTO node VALUES ('licence', '[]')", "in its table node"),
        ("INSERT INTO terminal_patterns VALUES (0, 'x', 'INSANE', '', NULL)", "in its table terminal_patterns"),
    ],
)
async def test_a_damaged_row_is_told(damage: str, where: str, tmp_path: Path) -> None:
    assert list((await loaded(tmp_path / "whole.db")).all_bindings()) == [BOUND]
    with pytest.raises(StoreError) as error:
        await loaded(tmp_path / "damaged.db", damage)
    assert str(error.value).startswith(f"the database is damaged {where}".strip())
    assert ": restore a backup (" in str(error.value)
    assert "\n" not in str(error.value)


async def test_a_version_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as error:
        await loaded(tmp_path / "registrar.db", "UPDATE node SET value = 'x' WHERE key = 'version'")
    assert "\n" not in str(error.value)


async def test_what_people_read_in_other_columns_changes_nothing(tmp_path: Path) -> None:
    state = await loaded(tmp_path / "registrar.db", f"UPDATE bindings SET port = 1, policy = {Policy.EXC_EXT.value}")
    assert list(state.all_bindings()) == [BOUND]
