"""The tables, in SQLAlchemy Core; the same for SQLite and PostgreSQL."""

from sqlalchemy import Boolean, Column, Float, Integer, LargeBinary, MetaData, Table, Text

VERSION = 6
"""Raised with every change of the tables; a database of a newer version is refused.

2 added ``routes``, 3 ``locks``, 4 ``failures``, 5 the column ``common``, 6 ``prepared``: an older database is
given them when it is opened.
"""

metadata = MetaData()

node = Table(
    "node",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""What there is one of: ``version``, ``policy``, ``licence`` (JSON), and each media encryption that is enabled."""

extensions = Table(
    "extensions",
    metadata,
    Column("number", Text, primary_key=True),
    Column("csp", Integer, nullable=False),
    Column("lim", Integer, nullable=False),
    Column("customer", Integer, nullable=False),
    Column("security_exception", Boolean, nullable=False),
)

racs = Table(
    "racs",
    metadata,
    Column("number", Text, primary_key=True),
    Column("customer", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

profiles = Table(
    "profiles",
    metadata,
    Column("csp", Integer, primary_key=True),
    Column("name", Text, nullable=False),
)

routes = Table(
    "routes",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("protocol", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("port", Integer, nullable=False),
    Column("transport", Text, nullable=False),
)

terminal_patterns = Table(
    "terminal_patterns",
    metadata,
    Column("place", Integer, primary_key=True),
    Column("pattern", Text, nullable=False),
    Column("terminal_class", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("protocol", Text),
)
"""The operator's own, tried in the order of ``place``."""

locks = Table(
    "locks",
    metadata,
    Column("number", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("until", Float, nullable=False),
)
"""Of numbers and of source addresses; what a row is not of is empty."""

failures = Table(
    "failures",
    metadata,
    Column("number", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("wrong", Integer, nullable=False),
    Column("since", Float, nullable=False),
    Column("last", Float, nullable=False),
)
"""Wrong PINs that have locked nothing yet, as locks are."""

bindings = Table(
    "bindings",
    metadata,
    Column("protocol", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("identity", Text, primary_key=True),
    Column("registered_at", Float, nullable=False),
    Column("refreshed_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("port", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("terminal", Text, nullable=False),
    Column("policy", Integer, nullable=False),
    Column("row", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("common", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""What a person asks for in columns, the rest in ``details`` and, where many share it, in ``common`` (both JSON).

The program reads ``number``, the three moments, ``address`` and these two; the other columns say it once more.
"""

prepared = Table(
    "prepared",
    metadata,
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("rows", Text, nullable=False),
)
"""What a line changes that changes very much, until it is in its places (``registrar.store.prepared``)."""
