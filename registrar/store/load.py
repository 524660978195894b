"""Everything stored, as the changes that make a ``State`` of it.

A start waits for this, so rows are taken from the driver as they are: SQLAlchemy's own cost half a second for a
hundred thousand registrations.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from registrar.model.changes import (
    Change,
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
from registrar.store.errors import damaged
from registrar.store.rows import MEDIA, READ, binding_changes, licence_of, route_of
from registrar.store.vault import Vault

Rows = Iterator[tuple[Any, ...]]


def load(connection: Connection, vault: Vault) -> list[Change]:
    """Return the changes that make a ``State`` of everything stored, bindings the oldest first. Raises ``StoreError``.

    What cannot be read is told by its table; the driver's own errors pass.
    """
    changes: list[Change] = []
    for table, read in _TABLES:
        try:
            changes += read(_rows(connection, table), vault)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise damaged(f"its table {table.name}", error) from None
    return changes + binding_changes(_rows(connection, schema.bindings, *READ))


def _rows(connection: Connection, table: Table, *columns: str) -> Rows:
    """Return the rows in the order of their keys, or, with ``columns``, those of each row in any order."""
    some = select(*(table.c[name] for name in columns)) if columns else select(table).order_by(*table.primary_key)
    cursor: Any = connection.exec_driver_sql(str(some.compile(dialect=connection.dialect))).cursor
    return iter(cursor)


def _node(rows: Rows, _vault: Vault) -> Iterator[Change]:
    for key, value in rows:
        if key == "policy":
            yield SetPolicy(Policy(int(value)))
        elif key == "licence":
            yield SetLicence(licence_of(value))
        elif key.startswith(MEDIA):
            yield SetMediaEncryption(Media(key.removeprefix(MEDIA)), enabled=True)


def _profiles(rows: Rows, _vault: Vault) -> list[Change]:
    return [SetProfile(csp, ExtensionProfile(csp, name)) for csp, name in rows]


def _extensions(rows: Rows, _vault: Vault) -> list[Change]:
    new = tuple.__new__
    return [
        new(SetExtension, (number, new(Extension, (number, csp, lim, customer, exception == 1))))
        for number, csp, lim, customer, exception in rows
    ]


def _racs(rows: Rows, vault: Vault) -> list[Change]:
    new, pin = tuple.__new__, vault.open
    return [new(SetRac, (number, Rac(number, pin(number, sealed), customer))) for number, customer, sealed in rows]


def _routes(rows: Rows, _vault: Vault) -> list[Change]:
    return [SetRoute(route.number, route) for route in map(route_of, rows)]


def _patterns(rows: Rows, _vault: Vault) -> list[Change]:
    patterns = [
        TerminalPattern(pattern, TerminalClass(class_), family, Protocol(protocol) if protocol else None)
        for _, pattern, class_, family, protocol in rows
    ]
    return [SetPatterns(tuple(patterns))]


def _locks(rows: Rows, _vault: Vault) -> list[Change]:
    return [SetLock(lock.key, lock) for lock in (Lock(*row) for row in rows)]


def _failures(rows: Rows, _vault: Vault) -> list[Change]:
    return [SetFailures((number, source), Failures(*counted)) for number, source, *counted in rows]


_TABLES: Final[tuple[tuple[Table, Callable[[Rows, Vault], Iterator[Change] | list[Change]]], ...]] = (
    (schema.node, _node),
    (schema.profiles, _profiles),
    (schema.extensions, _extensions),
    (schema.racs, _racs),
    (schema.routes, _routes),
    (schema.terminal_patterns, _patterns),
    (schema.locks, _locks),
    (schema.failures, _failures),
)
