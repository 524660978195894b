"""Messages that have begun on a stream and are not complete: they have a time, and then their connection is closed."""

from typing import Final

MESSAGE_SECONDS: Final = 32.0
"""How long a message may take to come in once it has begun, the time of a transaction (RFC 3261 section 17.1.2.2)."""
NOT_FINISHED: Final = "the message was not finished in time"


class Unfinished:
    """The connections, by number, whose message has begun and is not complete, and since when, the oldest first."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}

    def __len__(self) -> int:
        return len(self._since)

    def heard(self, connection: int, completed: bool, waiting: bool, now: float) -> None:
        """Note that octets came: whether they completed a message, and whether another one waits for more."""
        if completed:
            self._since.pop(connection, None)
        if waiting:
            self._since.setdefault(connection, now)

    def forget(self, connection: int) -> None:
        """Forget a connection that is gone."""
        self._since.pop(connection, None)

    def take(self, now: float) -> list[int]:
        """Return the connections whose time is over, and forget them."""
        due = []
        for connection, since in self._since.items():
            if now - since < MESSAGE_SECONDS:
                break
            due.append(connection)
        for connection in due:
            del self._since[connection]
        return due
