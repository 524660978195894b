"""What changes very much is written down before it is in force, and put in its places afterwards.

SQLite has one writer: a transaction of 100,000 rows keeps every registration waiting that comes behind it. So the rows
are written down in pieces, each as JSON in a row of the table ``prepared``, while nothing of it is in force yet and
others store what they like between. The transaction that puts it in force writes one row, the mark. Behind it the
pieces are put in their places, a few at a time; whoever changes something of a piece that waits puts the piece in its
place first. What a start finds written down is put in its places where the mark is, and forgotten where it is not.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from registrar.core.piecewise import PAUSE, Piecewise, in_pieces
from registrar.model.changes import Change
from registrar.store import schema
from registrar.store.errors import damaged
from registrar.store.statements import Key, Row, Statements, execute
from registrar.store.vault import Vault

LARGE: Final = 2_000
"""Changes that are written down beforehand."""
ROWS: Final = 64
"""Rows of a piece: so many are put in their places by whoever changes one of them."""
AT_ONCE: Final = 8
"""Pieces put in their places in one transaction."""
WRITTEN_AT_ONCE: Final = 64
"""Pieces written down in one transaction."""
MARK: Final = "prepared"
"""The key in the ``node`` table of what is in force and not in its places yet."""

_dumps = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), default=bytes.hex).encode


class Prepared:
    """Pieces by their place, those that are not in their places yet, and in which piece each key is."""

    def __init__(self) -> None:
        self.pieces: dict[int, list[Row]] = {}
        self.places: dict[Key, int] = {}

    def of(self, keys: Iterable[Key]) -> list[int]:
        """Return the pieces that wait and have any of the keys."""
        found = dict.fromkeys([self.places[key] for key in keys if key in self.places])
        return [place for place in found if place in self.pieces]


def prepared(statements: Statements, changes: Iterable[Change], vault: Vault) -> Piecewise[Prepared]:
    """Return the changes in pieces; patterns are not among them."""
    rows = yield from statements.rows(changes, vault)
    found = Prepared()
    for place, piece in enumerate(in_pieces(rows.items(), ROWS)):
        found.pieces[place] = piece
        found.places.update([(key, place) for key, _ in piece])
        yield PAUSE
    return found


def written_down(pieces: Iterable[tuple[int, list[Row]]]) -> list[tuple[int, str]]:
    """Return the rows of the table ``prepared`` for the pieces."""
    return [(place, _dumps([(table, key, values) for (table, key), values in piece])) for place, piece in pieces]


def _read(text: str) -> Iterator[Row]:
    for table, key, values in json.loads(text):
        if table == schema.racs.name and values is not None:
            number, customer, sealed = values
            values = number, customer, bytes.fromhex(sealed)
        yield (table, tuple(key)), values if values is None else tuple(values)


def forget(connection: Connection) -> None:
    """Have nothing written down, and no mark."""
    connection.execute(delete(schema.prepared))
    connection.execute(delete(schema.node).where(schema.node.c.key == MARK))


def mark(connection: Connection) -> None:
    """Put in force what is written down."""
    connection.execute(insert(schema.node).values(key=MARK, value="in force"))


def finish(connection: Connection, statements: Statements) -> None:
    """Put in its places what is in force, forget what is not; for a start. Raises ``StoreError``."""
    table = schema.prepared
    if connection.execute(select(schema.node.c.value).where(schema.node.c.key == MARK)).first() is not None:
        try:
            for (text,) in connection.execute(select(table.c.rows).order_by(table.c.place)).all():
                execute(connection, statements.work(_read(text)))
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise damaged(f"its table {table.name}", error) from None
    elif connection.execute(select(table.c.place).limit(1)).first() is None:
        return
    forget(connection)
