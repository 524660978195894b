"""Which bindings end with which connection: those of terminals that keep one open to this node (RFC 5626)."""

from registrar.model.binding import Binding

_Key = tuple[str, str, str]


class Flows:
    """The keys of bindings by the number of their connection.

    Only a contact with an instance and a ``reg-id`` lives by its flow; behind a proxy (a Path) the flow ends there, and
    the connection to this node is the proxy's.
    """

    def __init__(self) -> None:
        self._connections: dict[int, set[_Key]] = {}

    def __len__(self) -> int:
        return sum(len(keys) for keys in self._connections.values())

    def add(self, binding: Binding) -> None:
        """Watch a binding that was put in place."""
        connection, contact = binding.flow.connection, binding.contact
        if connection and contact.reg_id and contact.instance and not binding.path:
            self._connections.setdefault(connection, set()).add(binding.key)

    def remove(self, binding: Binding) -> None:
        """Forget a binding that was replaced or removed."""
        connection = binding.flow.connection
        keys = self._connections.get(connection) if connection else None
        if keys is not None:
            keys.discard(binding.key)
            if not keys:
                del self._connections[connection]

    def take(self, connection: int) -> set[_Key]:
        """Return the keys of a connection that is gone, and forget them."""
        return self._connections.pop(connection, set())
