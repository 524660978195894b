"""What changes very much: in force at one moment, whenever the program dies, and nobody waits for all of it."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from registrar.core.state import State
from registrar.model.changes import Change, SetBinding, SetExtension, SetPatterns, SetRac
from registrar.model.extension import Extension, Rac
from registrar.model.policy import TerminalClass
from registrar.model.terminal import TerminalPattern
from registrar.store.errors import StoreError
from registrar.store.prepared import Prepared
from registrar.store.store import Store
from registrar.store.vault import Vault
from tests.strategies import contents
from tests.web.test_many import bound

MANY = 45
VAULT = Vault(bytes(32))
BINDINGS = [bound(index) for index in range(MANY)]
NUMBERS = [binding.number for binding in BINDINGS]
FIRST: list[Change] = [
    *[SetExtension(number, Extension(number, 1, 1)) for number in NUMBERS],
    *[SetRac(number, Rac(number, "4711")) for number in NUMBERS],
    *[SetBinding(binding.key, binding) for binding in BINDINGS],
]
LINE: list[Change] = [
    *[SetExtension(number, Extension(number, 2, 7, 3, False)) for number in NUMBERS[1:]],
    SetExtension(NUMBERS[0], None),
    *[SetRac(number, Rac(number, "0815")) for number in NUMBERS],
    *[SetBinding(binding.key, None) for binding in BINDINGS],
]
BESIDE: list[Change] = [SetPatterns((TerminalPattern("^baresip", TerminalClass.SECURE, "lab", None),))]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registrar.store.prepared.ROWS", 7)
    monkeypatch.setattr("registrar.store.store.AT_ONCE", 2)
    monkeypatch.setattr("registrar.store.store.WRITTEN_AT_ONCE", 2)


class Life:
    """A store whose files are copied after each transaction, and what was acknowledged until then."""

    def __init__(self, store: Store, file: Path) -> None:
        self.store = store
        self.file = file
        self.acknowledged: list[Sequence[Change]] = [FIRST]
        self.copies: list[tuple[Path, int]] = []
        self.fails: Callable[[], bool] = lambda: False
        database: Any = store._database
        self._run = database.run
        database.run = self._copied

    @classmethod
    async def begin(cls, folder: Path) -> "Life":
        file = folder / "registrar.db"
        return cls(await Store.open(f"sqlite:///{file}", VAULT, first=FIRST), file)

    async def _copied(self, work: Callable[[Any], Any]) -> Any:
        if self.fails():
            raise StoreError("the disk is full: make room")
        found = await self._run(work)
        copy = self.file.with_name(f"copy{len(self.copies)}.db")
        for ending in ("", "-wal"):
            shutil.copy(f"{self.file}{ending}", f"{copy}{ending}")
        self.copies.append((copy, len(self.acknowledged)))
        return found

    async def write(self, changes: Sequence[Change], prepared: Prepared | None = None) -> None:
        await self.store.write(changes, prepared)
        self.acknowledged.append([*LINE, *changes] if prepared is not None else changes)

    async def behind(self) -> int:
        """Let others have a turn; return how many pieces are not in their places."""
        await asyncio.sleep(0)
        return len(self.store._behind.pieces)

    async def check(self) -> None:
        """Start with each copy: what was acknowledged is there, and nothing but perhaps the next change."""
        for copy, known in self.copies:
            held = contents(await loaded(copy))
            assert held in [after(self.acknowledged[: known + more]) for more in (0, 1)], copy


def after(changes: Iterable[Sequence[Change]]) -> Any:
    return contents(State(change for some in changes for change in some))


async def loaded(file: Path) -> State:
    store = await Store.open(f"sqlite:///{file}", VAULT)
    try:
        return State(await store.load())
    finally:
        await store.close()


def again(index: int) -> list[Change]:
    """What a phone leaves that registers with the same contact."""
    binding = BINDINGS[index]._replace(call_id=f"again {index}")
    return [SetBinding(binding.key, binding)]


async def test_whenever_the_program_dies_all_of_it_is_there_or_nothing_and_what_is_newer_stays(tmp_path: Path) -> None:
    life = await Life.begin(tmp_path)
    await life.write(again(3))
    prepared = await life.store.prepare(LINE)
    assert len(prepared.pieces) == -(-len(LINE) // 7)
    await life.write(again(4))
    await life.write([*BESIDE, *again(5)], prepared)
    for index in range(MANY - 1, 0, -23):
        await life.write(again(index))
        await life.write([SetExtension(NUMBERS[index], Extension(NUMBERS[index], 9, 9))])
    assert await life.behind()
    while await life.behind():
        pass
    await life.write(again(6))
    await life.store.close()
    assert len(life.copies) > 20
    await life.check()
    assert contents(await loaded(life.file)) == after(life.acknowledged)


async def test_who_stores_something_meanwhile_waits_for_a_few_pieces_alone(tmp_path: Path) -> None:
    life = await Life.begin(tmp_path)
    await life.write([], await life.store.prepare(LINE))
    begun = await life.behind()
    await life.write(again(MANY - 1))
    left = await life.behind()
    assert begun - left <= 4
    assert left > 10
    await life.store.close()
    assert not life.store._behind.pieces


async def test_what_was_prepared_and_never_in_force_is_forgotten(tmp_path: Path) -> None:
    life = await Life.begin(tmp_path)
    await life.store.prepare(LINE)
    await life.store.prepare([SetRac("1", Rac("1", "1234"))])
    await life.store.close()
    life.acknowledged.append(LINE)
    assert contents(await loaded(life.file)) == after([FIRST])
    with closing(sqlite3.connect(life.file)) as connection:
        assert connection.execute("SELECT count(*) FROM prepared").fetchall() == [(0,)]


async def test_pieces_that_cannot_be_put_in_their_places_wait_for_the_next_that_is_stored(tmp_path: Path) -> None:
    life = await Life.begin(tmp_path)
    prepared = await life.store.prepare(LINE)
    await life.write([], prepared)
    life.fails = lambda: True
    while life.store._task is not None:  # noqa: ASYNC110 - a turn of the loop is what is counted
        await asyncio.sleep(0)
    left = await life.behind()
    assert left
    with pytest.raises(StoreError, match="full"):
        await life.write(again(MANY - 1))
    with pytest.raises(StoreError, match="full"):
        await life.store.prepare(LINE)
    assert await life.behind() == left
    life.fails = lambda: False
    await life.write(again(MANY - 1))
    while await life.behind():
        pass
    await life.store.close()
    await life.check()
    assert contents(await loaded(life.file)) == after(life.acknowledged)


@pytest.mark.parametrize("rows", ["", "[]]", '[["racs", ["1"], ["1", 0, "no"]]]', '[["towers", ["1"], null]]', "[[1]]"])
async def test_what_is_written_down_and_damaged_is_told(tmp_path: Path, rows: str) -> None:
    file = tmp_path / "registrar.db"
    await (await Store.open(f"sqlite:///{file}", VAULT, first=FIRST)).close()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("INSERT INTO prepared VALUES (0, ?)", [rows])
        connection.execute("INSERT INTO node VALUES ('prepared', 'in force')")
    with pytest.raises(StoreError, match=r"the database is damaged in its table prepared: restore a backup \("):
        await Store.open(f"sqlite:///{file}", VAULT)
