"""The two kinds of database: SQLite in a thread of its own, PostgreSQL through its asyncio driver.

SQLite takes one hop between threads for a transaction. A driver that hops for every call, as aiosqlite does, was
measured at 470 microseconds of CPU for a transaction of one registration where this takes 100, and at 700 for ten
where this takes 180.
"""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Dialect, StaticPool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from registrar.store.errors import StoreError
from registrar.store.opened import OpenedFiles

BUSY_SECONDS = 2.0
"""How long a SQLite file, or a row in PostgreSQL, that somebody else holds is waited for."""

ONE_REGISTRAR = 0x6D786F6E65
"""The advisory lock that a registrar holds on its PostgreSQL database, as SQLite's file is locked."""

T = TypeVar("T")


class Database(Protocol):
    """Runs work in a transaction, one after the other."""

    dialect: Dialect

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run the work in one transaction. Raises ``StoreError``."""
        ...

    async def close(self) -> None:
        """Let the database go."""
        ...


def database(url: str, synchronous: str) -> Database:
    """Return the database at SQLAlchemy's ``url``, ``sqlite:///PATH`` or ``postgresql+asyncpg://…``.

    ``synchronous`` is SQLite's: NORMAL survives the death of the process, FULL that of the machine. Raises
    ``StoreError``.
    """
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            return _Sqlite(address, synchronous)
        if address.drivername == "postgresql+asyncpg":
            return _Postgresql(address)
    except (ArgumentError, ImportError, TypeError, ValueError) as error:
        raise StoreError(f"the database address is not usable: {error}") from None
    raise StoreError(f"{address.drivername} is not supported: use sqlite:///PATH or postgresql+asyncpg://HOST/NAME")


class _Sqlite:
    def __init__(self, address: URL, synchronous: str) -> None:
        self._engine = create_engine(
            address.set(drivername="sqlite"),
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
            poolclass=StaticPool,
        )
        self.dialect = self._engine.dialect
        self._thread = ThreadPoolExecutor(1, "store")
        self._damage = ""
        """What was found damaged; whatever is stored after it may never be found again, so nothing is."""
        path = address.database or ":memory:"
        self._log = f"{path}-wal"
        in_file = not path.startswith((":", "file:"))
        if in_file:
            _make_private(path)
        self._files = OpenedFiles((path, self._log) if in_file else ())

        @event.listens_for(self._engine, "connect")
        def connected(connection: Any, _record: object) -> None:
            for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", f"synchronous = {synchronous}"):
                connection.execute(f"PRAGMA {pragma}")

    async def run(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    def _run(self, work: Callable[[Connection], T]) -> T:
        if self._damage:
            raise StoreError(self._damage)
        touched = self._files.touched()
        try:
            if touched:
                self._look_into()
            try:
                with self._engine.begin() as connection:
                    return work(connection)
            finally:
                self._files.see()
        except (SQLAlchemyError, sqlite3.Error, OSError, ValueError, TypeError, OverflowError) as error:
            words = in_words(error)
            if any(sign in words for sign in _DAMAGED):
                self._damage = words
            raise StoreError(words) from error

    def _look_into(self) -> None:
        """Read anew what somebody else wrote to, with nothing of it in memory. Raises ``DatabaseError`` for damage."""
        self._engine.dispose()
        self._files.forget(self._log)
        with self._engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            raise sqlite3.DatabaseError(f"malformed: {found}")

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()


def _make_private(path: str) -> None:
    """Make the file, if there is none, one that only its owner can read; the database tells what is wrong with it."""
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


class _Postgresql:
    def __init__(self, address: URL) -> None:
        # imported here: it takes a tenth of a second that a start with SQLite has no use for
        from sqlalchemy.ext.asyncio import create_async_engine

        settings = {"lock_timeout": str(int(BUSY_SECONDS * 1000))}
        self._engine = create_async_engine(
            address, pool_size=1, max_overflow=0, connect_args={"server_settings": settings}
        )
        self.dialect = self._engine.dialect

        @event.listens_for(self._engine.sync_engine, "connect")
        def connected(connection: Any, _record: object) -> None:
            cursor = connection.cursor()
            cursor.execute(f"SELECT pg_try_advisory_lock({ONE_REGISTRAR})")
            if not cursor.fetchone()[0]:
                raise StoreError(_WORDS["database is locked"])
            cursor.close()

    async def run(self, work: Callable[[Connection], T]) -> T:
        try:
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)
        except (SQLAlchemyError, OSError, ValueError, TypeError, OverflowError) as error:
            raise StoreError(in_words(error)) from error

    async def close(self) -> None:
        await self._engine.dispose()


_WORDS = {
    "database is locked": "another registrar uses this database: stop it, or choose another --data folder",
    "lock timeout": "somebody else holds a lock in the database: end it",
    "readonly": "the database cannot be written: check the folder's permissions",
    "unable to open": "the database cannot be opened: check the folder and its permissions",
    "disk is full": "the disk is full: make room",
    "malformed": "the database is damaged: restore a backup",
    "Could not decode": "the database is damaged: restore a backup",
    "not a database": "the file is no database: restore a backup or move it away",
    "disk I/O error": "the disk cannot be read or written: check it, and the folder's permissions",
}

_DAMAGED = ("malformed", "not a database")


def in_words(error: Exception) -> str:
    """Return the driver's error as one line that says what to do."""
    cause = str(error.orig if isinstance(error, DBAPIError) and error.orig is not None else error)
    cause = (cause.splitlines() or [type(error).__name__])[0]
    for sign, words in _WORDS.items():
        if sign in cause:
            return f"{words} ({cause})"
    return f"the database failed: {cause}"
