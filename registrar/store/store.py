"""The store: everything that persists, behind one interface."""

import asyncio
from collections.abc import Sequence
from typing import Self

from sqlalchemy import Connection, insert, inspect, select

from registrar.core.piecewise import Piecewise, at_once
from registrar.model.changes import Change
from registrar.store import schema
from registrar.store.database import Database, database
from registrar.store.errors import StoreError
from registrar.store.load import load
from registrar.store.statements import PIECE, Statements, Work, execute
from registrar.store.upgrade import upgrade
from registrar.store.vault import Vault


class Store:
    """One database. Made by ``open``."""

    def __init__(self, opened: Database, vault: Vault) -> None:
        self._database = opened
        self._vault = vault
        self._statements = Statements(opened.dialect)
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
        return await self._database.run(lambda connection: load(connection, self._vault))

    async def write(self, changes: Sequence[Change]) -> None:
        """Store the changes in one transaction, all or none. Raises ``StoreError``."""
        if changes:
            plan = self._statements.plan(changes, self._vault)
            work = at_once(plan) if len(changes) <= PIECE else await _in_turns(plan)
            await self._database.run(lambda connection: execute(connection, work))

    async def close(self) -> None:
        """Let the database go."""
        await self._database.close()

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
            execute(connection, at_once(self._statements.plan(first, self._vault)))
        elif int(version) < schema.VERSION:
            upgrade(connection, int(version))
        return version is None


async def _in_turns(plan: Piecewise[Work]) -> Work:
    """Return the plan; everything else has its turn between two pieces."""
    while True:
        try:
            next(plan)
        except StopIteration as end:
            work: Work = end.value
            return work
        await asyncio.sleep(0)
