"""What an older database is given when it is opened, besides the tables that it lacks.

Each step may have been cut short by the death of the program: it does what is left of it.
"""

import json

from sqlalchemy import Connection, bindparam, inspect, select, text, update

from registrar.store import schema
from registrar.store.errors import damaged

_dumps = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def upgrade(connection: Connection, version: int) -> None:
    """Bring a database of an older version up to this program's. Raises ``StoreError``."""
    if version < 5:
        _split_details(connection)
    mark = update(schema.node).where(schema.node.c.key == "version")
    connection.execute(mark.values(value=str(schema.VERSION)))


def _split_details(connection: Connection) -> None:
    """Version 5: what many bindings share has a column of its own."""
    table = schema.bindings
    if all(column["name"] != table.c.common.name for column in inspect(connection).get_columns(table.name)):
        connection.execute(text("ALTER TABLE bindings ADD COLUMN common TEXT NOT NULL DEFAULT ''"))
    keys = (table.c.protocol, table.c.number, table.c.identity)
    old = select(*keys, table.c.port, table.c.policy, table.c.details).where(table.c.common == "")
    rows = []
    for protocol, number, identity, port, policy, details in connection.execute(old).all():
        try:
            contact, call_id, cseq, flow, terminal, conditions, path, gruu = json.loads(details)
            transport, host, peer_port, number_of_connection, tls = flow
        except (ValueError, TypeError) as error:
            raise damaged(f"a registration of {number}", error) from None
        rows.append(
            {
                "p": protocol,
                "n": number,
                "i": identity,
                "details": _dumps((contact, call_id, cseq, peer_port, number_of_connection, path, gruu)),
                "common": _dumps(((protocol, transport, host, port), tls, terminal, (policy, *conditions))),
            }
        )
    if rows:
        row = update(table)
        for column, name in zip(keys, "pni", strict=True):
            row = row.where(column == bindparam(name))
        connection.execute(row.values(details=bindparam("details"), common=bindparam("common")), rows)
