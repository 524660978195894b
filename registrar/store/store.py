"""The store: everything that persists, behind one interface."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, islice
from typing import Self, TypeVar

from sqlalchemy import Connection, insert, inspect, select

from registrar.core.piecewise import Piecewise, at_once, in_pieces, let_go
from registrar.model.changes import Change
from registrar.store import schema
from registrar.store.database import Database, database
from registrar.store.errors import StoreError
from registrar.store.load import load
from registrar.store.prepared import AT_ONCE, WRITTEN_AT_ONCE, Prepared, finish, forget, mark, prepared, written_down
from registrar.store.statements import PIECE, Statements, Work, execute
from registrar.store.upgrade import upgrade
from registrar.store.vault import Vault

T = TypeVar("T")


class Store:
    """One database. Made by ``open``."""

    def __init__(self, opened: Database, vault: Vault) -> None:
        self._database = opened
        self._vault = vault
        self._statements = Statements(opened.dialect)
        self._turn = asyncio.Lock()
        """Of those who write one knows at a time what waits to be put in its place."""
        self._behind = Prepared()
        """What is in force and not in its places yet."""
        self._task: asyncio.Task[None] | None = None
        self.created = False
        """True when ``open`` found nothing stored yet."""

    @classmethod
    async def open(cls, url: str, vault: Vault, *, first: Sequence[Change] = (), synchronous: str = "NORMAL") -> Self:
        """Open the database, making its tables where there are none. Raises ``StoreError``.

        ``first`` is what a new database holds from the start: all of it, or there is no database yet. For ``url`` and
        ``synchronous`` see ``registrar.store.database.database``.
        """
        store = cls(database(url, synchronous), vault)
        try:
            store.created = await store._database.run(lambda connection: store._prepare(connection, first))
        except StoreError:
            await store.close()
            raise
        return store

    async def load(self) -> list[Change]:
        """Return the changes that make a ``State`` of everything stored. Raises ``StoreError``."""
        await self._carry_out()
        return await self._database.run(lambda connection: load(connection, self._vault))

    async def prepare(self, changes: Sequence[Change]) -> Prepared:
        """Write down very many changes, patterns not among them; ``write`` puts them in force. Raises ``StoreError``.

        Only what was prepared last can be put in force.
        """
        await self._carry_out()
        found = await _in_turns(prepared(self._statements, changes, self._vault))
        await self._run(forget)
        for pieces in in_pieces(found.pieces.items(), WRITTEN_AT_ONCE):
            work = self._statements.written(schema.prepared, list(written_down(pieces)))
            await self._run(partial(execute, work=work))
        return found

    async def write(self, changes: Sequence[Change], prepared: Prepared | None = None) -> None:
        """Store the changes in one transaction, all or none. Raises ``StoreError``.

        What was ``prepared`` comes first, in the same transaction.
        """
        if not changes and prepared is None:
            return
        plan = self._statements.plan(changes, self._vault)
        work, keys = at_once(plan) if len(changes) <= PIECE else await _in_turns(plan)
        async with self._turn:
            behind = self._behind if prepared is None else prepared
            first = behind.of(keys) if behind.pieces else ()
            if first or prepared is not None:
                work = [*self._places(behind, first), *work]
            await self._database.run(partial(_write, work=work, marked=prepared is not None))
            self._behind = behind
            for place in first:
                del behind.pieces[place]
        if behind.pieces and self._task is None:
            self._task = asyncio.create_task(self._carry_on(), name="what was prepared")

    async def close(self) -> None:
        """Let the database go."""
        if self._task is not None:
            await self._task
        await self._database.close()

    async def _carry_on(self) -> None:
        try:
            await self._carry_out()
        except StoreError:  # it is written down: what is stored next begins with it again, or the next start
            pass
        finally:
            self._task = None

    async def _carry_out(self) -> None:
        """Put what is in force in its places, some at a time. Raises ``StoreError``."""
        while self._behind.pieces:
            async with self._turn:
                places = list(islice(self._behind.pieces, AT_ONCE))
                await self._database.run(partial(execute, work=self._places(self._behind, places)))
                for place in places:
                    del self._behind.pieces[place]
        behind, self._behind = self._behind, Prepared()
        await _in_turns(let_go(behind.places))

    def _places(self, behind: Prepared, places: Sequence[int]) -> Work:
        """Return what puts these pieces in their places."""
        work = self._statements.work(chain.from_iterable([behind.pieces[place] for place in places]))
        return work + self._statements.gone(schema.prepared, [(place,) for place in places]) if places else work

    async def _run(self, work: Callable[[Connection], None]) -> None:
        async with self._turn:
            await self._database.run(work)

    def _prepare(self, connection: Connection, first: Sequence[Change]) -> bool:
        """Fill a database that holds nothing yet; return whether it was one. Another program's is left as it is."""
        version = None
        if inspect(connection).has_table(schema.node.name):
            version = connection.execute(select(schema.node.c.value).where(schema.node.c.key == "version")).scalar()
        if version is not None and int(version) > schema.VERSION:
            raise StoreError(
                f"the database is of version {version}, this program knows {schema.VERSION}: use the newer program"
            )
        schema.metadata.create_all(connection)
        if version is None:
            connection.execute(insert(schema.node).values(key="version", value=str(schema.VERSION)))
            execute(connection, at_once(self._statements.plan(first, self._vault))[0])
        elif int(version) < schema.VERSION:
            upgrade(connection, int(version))
        finish(connection, self._statements)
        return version is None


def _write(connection: Connection, work: Work, *, marked: bool) -> None:
    if marked:
        mark(connection)
    execute(connection, work)


async def _in_turns(work: Piecewise[T]) -> T:
    """Return what comes of the work; everything else has its turn between two pieces."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            found: T = end.value
            return found
        await asyncio.sleep(0)
