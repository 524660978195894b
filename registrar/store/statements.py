"""Changes as SQL: an upsert and a delete for each table, compiled once from SQLAlchemy Core.

A batch runs them as ``executemany`` over tuples, since a registration has no time for more.
"""

import importlib
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, Delete, Dialect, Table, bindparam, delete

from registrar.core.piecewise import PAUSE, Piecewise, in_pieces
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
from registrar.store import schema
from registrar.store.rows import MEDIA, binding_row, clean_key, licence_text, lock_key, route_row
from registrar.store.vault import Vault

_Setting = SetExtension | SetRac | SetProfile | SetPolicy | SetLicence | SetMediaEncryption | SetRoute

PIECE: Final = 256
"""Rows put together in one piece: a batch is more only when a line changes very much."""

Key = tuple[str, tuple[Any, ...]]
"""A table, and the key of a row in it."""
Row = tuple[Key, tuple[Any, ...] | None]
"""Its values, or none where the row is taken away."""

Work = list[tuple[str, list[tuple[Any, ...]]]]
"""SQL and the parameters of each of its executions."""


class Statements:
    """An upsert and a delete for each table, in the SQL of one database."""

    def __init__(self, dialect: Dialect) -> None:
        self._put: dict[str, str] = {}
        self._drop: dict[str, str] = {}
        insert = importlib.import_module(f"sqlalchemy.dialects.{dialect.name}").insert
        for table in schema.metadata.sorted_tables:
            put = insert(table)
            keys = [column.name for column in table.primary_key.columns]
            others = {column.name: put.excluded[column.name] for column in table.columns if column.name not in keys}
            put = put.values({column.name: None for column in table.columns})
            statement = put.on_conflict_do_update(index_elements=keys, set_=others)
            self._put[table.name] = str(statement.compile(dialect=dialect))
            self._drop[table.name] = str(_drop(table).compile(dialect=dialect))

    def plan(self, changes: Iterable[Change], vault: Vault) -> Piecewise[tuple[Work, set[Key]]]:
        """Return what to execute, and what rows it is about. Of several changes to one thing the last one counts."""
        patterns: SetPatterns | None = None
        last: dict[Key, tuple[Any, ...] | None] = {}
        for piece in in_pieces(changes, PIECE):
            patterns = self._place_all(piece, vault, last) or patterns
            yield PAUSE
        work: dict[str, list[tuple[Any, ...]]] = {}
        if patterns is not None:
            work[str(delete(schema.terminal_patterns))] = [()]
            for place, rule in enumerate(patterns.patterns):
                protocol = rule.protocol.value if rule.protocol else None
                last["terminal_patterns", (place,)] = (
                    place,
                    rule.pattern,
                    rule.terminal_class.value,
                    rule.family,
                    protocol,
                )
        for rows in in_pieces(last.items(), PIECE):
            self._sort(rows, work)
            yield PAUSE
        return list(work.items()), set(last)

    def rows(self, changes: Iterable[Change], vault: Vault) -> Piecewise[dict[Key, tuple[Any, ...] | None]]:
        """Return the rows as the changes leave them; patterns, of which all are replaced, are not among them."""
        last: dict[Key, tuple[Any, ...] | None] = {}
        for piece in in_pieces(changes, PIECE):
            self._place_all(piece, vault, last)
            yield PAUSE
        return last

    def work(self, rows: Iterable[Row]) -> Work:
        """Return what to execute for the rows."""
        work: dict[str, list[tuple[Any, ...]]] = {}
        self._sort(rows, work)
        return list(work.items())

    def written(self, table: Table, rows: list[tuple[Any, ...]]) -> Work:
        """Return what puts the rows into the table."""
        return [(self._put[table.name], rows)]

    def gone(self, table: Table, keys: list[tuple[Any, ...]]) -> Work:
        """Return what takes the rows with these keys out of the table."""
        return [(self._drop[table.name], keys)]

    def _sort(self, rows: Iterable[Row], work: dict[str, list[tuple[Any, ...]]]) -> None:
        for (table, key), values in rows:
            if values is None:
                work.setdefault(self._drop[table], []).append(key)
            else:
                work.setdefault(self._put[table], []).append(tuple(values))

    def _place_all(
        self, changes: Iterable[Change], vault: Vault, last: dict[Key, tuple[Any, ...] | None]
    ) -> SetPatterns | None:
        """Put the rows of changes under their keys; patterns are given back."""
        patterns: SetPatterns | None = None
        for change in changes:
            if isinstance(change, SetBinding):
                row = binding_row(change.key, change.binding) if change.binding is not None else None
                last["bindings", clean_key(change.key)] = row
            elif isinstance(change, SetLock):
                key = lock_key(change.key)
                lock = change.lock
                last["locks", key] = (*key, lock.failures, lock.until) if lock is not None else None
            elif isinstance(change, SetFailures):
                key = lock_key(change.key)
                last["failures", key] = (*key, *change.failures) if change.failures is not None else None
            elif isinstance(change, SetPatterns):
                patterns = change
            else:
                table, key, values = _place(change, vault)
                last[table, key] = values
        return patterns


def _place(change: _Setting, vault: Vault) -> tuple[str, tuple[Any, ...], tuple[Any, ...] | None]:
    """Return the table, the key and the row that a change puts there; no row for what it takes away."""
    if isinstance(change, SetExtension):
        return "extensions", (change.number,), change.extension
    if isinstance(change, SetRac):
        rac = change.rac
        sealed = (rac.number, rac.customer, vault.seal(rac.number, rac.pin)) if rac is not None else None
        return "racs", (change.number,), sealed
    if isinstance(change, SetProfile):
        return "profiles", (change.csp,), change.profile
    if isinstance(change, SetRoute):
        return "routes", (change.number,), route_row(change.route) if change.route is not None else None
    if isinstance(change, SetPolicy):
        key, value = "policy", str(change.policy.value)
    elif isinstance(change, SetLicence):
        key, value = "licence", licence_text(change.licence) if change.licence is not None else ""
    else:
        key, value = f"{MEDIA}{change.media.value}", "enabled" if change.enabled else ""
    return "node", (key,), (key, value) if value else None


def _drop(table: Table) -> Delete:
    statement = delete(table)
    for column in table.primary_key.columns:
        statement = statement.where(column == bindparam(column.name))
    return statement


def execute(connection: Connection, work: Work) -> None:
    """Run what ``Statements.plan`` gave."""
    for statement, parameters in work:
        connection.exec_driver_sql(statement, parameters if parameters != [()] else None)
