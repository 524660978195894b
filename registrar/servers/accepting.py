"""A listening TCP socket that is emptied at every wake-up.

uvloop's own server takes one connection in a round of the loop, so whoever floods a port with connections keeps
everybody else's waiting in the kernel's queue, or out of it. Here they are taken as they come, which costs little, and
wait for their turn with what the connections of their source have sent.
"""

import asyncio
import errno
import socket
from collections.abc import Callable
from typing import Final

BACKLOG: Final = 4096
ACCEPTED: Final = 512
"""Taken per wake-up: some 5 ms."""
SCARCE: Final = 1.0
"""Seconds until the next try where there is no file or memory left for a connection."""
_SCARCITY: Final = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))


class Accepting:
    """One bound socket. ``arrived`` is handed each connection and the address it comes from."""

    def __init__(self, host: str, port: int, arrived: Callable[[socket.socket, str], None]) -> None:
        """Bind and listen; a port of 0 takes any free one. Raises ``OSError``."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=BACKLOG)
        self._socket.setblocking(False)
        self._arrived = arrived
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._readable)

    @property
    def port(self) -> int:
        """The port's number."""
        return int(self._socket.getsockname()[1])

    def close(self) -> None:
        """Stop listening."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _readable(self) -> None:
        accept, arrived = self._socket.accept, self._arrived
        for _ in range(ACCEPTED):
            try:
                connection, address = accept()
            except (BlockingIOError, InterruptedError, ConnectionError):
                return
            except OSError as error:
                if error.errno not in _SCARCITY:
                    raise
                self._loop.remove_reader(self._socket)
                self._loop.call_later(SCARCE, self._again)
                return
            connection.setblocking(False)
            arrived(connection, address[0])

    def _again(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.add_reader(self._socket, self._readable)
