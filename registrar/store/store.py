"""The store: everything that persists, behind one interface."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

from sqlalchemy import Connection, Table, insert, inspect, select, update

from registrar.model.changes import (
    Change,
    SetBinding,
    SetExtension,
    SetFailures,
    SetLicence,
    SetLock,
    SetMediaEncryption,
    SetPatterns,
    SetPolicy,
    SetProfile,
    SetRac,
    SetRoute,
)
from registrar.model.extension import Extension, ExtensionProfile, Rac
from registrar.model.lock import Failures, Lock
from registrar.model.media import Media
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.terminal import TerminalPattern
from registrar.store import schema
from registrar.store.database import Database, database
from registrar.store.errors import StoreError
from registrar.store.rows import MEDIA, binding_of, licence_of, route_of
from registrar.store.statements import Statements, execute
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
        return await self._database.run(self._load)

    async def write(self, changes: Sequence[Change]) -> None:
        """Store the changes in one transaction, all or none. Raises ``StoreError``."""
        if changes:
            work = self._statements.plan(changes, self._vault)
            await self._database.run(lambda connection: execute(connection, work))

    async def close(self) -> None:
        """Let the database go."""
        await self._database.close()

    def _load(self, connection: Connection) -> list[Change]:
        def rows(table: Table) -> Iterable[Any]:
            return connection.execute(select(table).order_by(*table.primary_key.columns)).all()

        changes: list[Change] = []
        for key, value in rows(schema.node):
            if key == "policy":
                changes.append(SetPolicy(Policy(int(value))))
            elif key == "licence":
                changes.append(SetLicence(licence_of(value)))
            elif key.startswith(MEDIA):
                changes.append(SetMediaEncryption(Media(key.removeprefix(MEDIA)), enabled=True))
        for csp, name in rows(schema.profiles):
            changes.append(SetProfile(csp, ExtensionProfile(csp, name)))
        for number, csp, lim, customer, exception in rows(schema.extensions):
            changes.append(SetExtension(number, Extension(number, csp, lim, customer, exception)))
        for number, customer, sealed in rows(schema.racs):
            changes.append(SetRac(number, Rac(number, self._vault.open(number, bytes(sealed)), customer)))
        for row in rows(schema.routes):
            route = route_of(row)
            changes.append(SetRoute(route.number, route))
        patterns = tuple(
            TerminalPattern(pattern, TerminalClass(class_), family, Protocol(protocol) if protocol else None)
            for _, pattern, class_, family, protocol in rows(schema.terminal_patterns)
        )
        changes.append(SetPatterns(patterns))
        locks = [Lock(*row) for row in rows(schema.locks)]
        changes += [SetLock(lock.key, lock) for lock in locks]
        failures = rows(schema.failures)
        changes += [SetFailures((number, source), Failures(*counted)) for number, source, *counted in failures]
        statement = str(select(schema.bindings).order_by(schema.bindings.c.registered_at))
        for row in connection.exec_driver_sql(statement).cursor.fetchall():
            binding = binding_of(row)
            changes.append(SetBinding(binding.key, binding))
        return changes

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
            execute(connection, self._statements.plan(first, self._vault))
        elif int(version) < schema.VERSION:
            mark = update(schema.node).where(schema.node.c.key == "version")
            connection.execute(mark.values(value=str(schema.VERSION)))
        return version is None
