"""A listening TCP socket that is emptied at every wake-up.

uvloop's own server takes one connection in a round of the loop, so whoever floods a port with connections keeps
everybody else's waiting in the kernel's queue, or out of it. Here they are taken as they come, which costs little; what
they have to say waits for its turn.
"""

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from typing import Any, Final

BACKLOG: Final = 4096
ACCEPTED: Final = 256
"""Taken per wake-up: some 5 ms."""
SCARCE: Final = 1.0
"""Seconds until the next try where there is no file or memory left for a connection."""
_SCARCITY: Final = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))


class _Door(socket.socket):
    """A listening socket."""

    def take(self) -> tuple[int, Any]:
        """Return the next connection as a file, and where it comes from: a socket object costs more than the rest."""
        return self._accept()  # type: ignore[attr-defined,no-any-return]


class Accepting:
    """One bound socket. ``arrived`` is handed each connection, an open non-blocking file, and its peer's address."""

    def __init__(self, host: str, port: int, arrived: Callable[[int, tuple[str, int]], None]) -> None:
        """Bind and listen; a port of 0 takes any free one. Raises ``OSError``."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.create_server((host, port), family=family, backlog=BACKLOG)
        self._socket = _Door(family, socket.SOCK_STREAM, fileno=bound.detach())
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # its connections have it from here
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
        take, arrived = self._socket.take, self._arrived
        for _ in range(ACCEPTED):
            try:
                file, address = take()
            except (BlockingIOError, InterruptedError, ConnectionError):
                return
            except OSError as error:
                if error.errno not in _SCARCITY:
                    raise
                self._loop.remove_reader(self._socket)
                self._loop.call_later(SCARCE, self._again)
                return
            os.set_blocking(file, False)
            arrived(file, address if len(address) == 2 else address[:2])

    def _again(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.add_reader(self._socket, self._readable)
