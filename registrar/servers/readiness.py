"""Which connections of a port have something to say, told as edges: once for whatever came, until it has been read.

So a connection that waits for its turn costs nothing meanwhile, and none is asked about again and again.
"""

import asyncio
import select
from collections.abc import Callable
from typing import Final, Protocol

HEARD: Final = 0x1
"""There is something to read."""
ROOM: Final = 0x4
"""There is room to write."""
OVER: Final = 0x2018
"""The peer has said its last word (EPOLLRDHUP), or the connection is broken (EPOLLHUP, EPOLLERR)."""
AT_ONCE: Final = 1024
"""Connections told of at a time; others in the next round of the event loop."""

Stirred = list[tuple[int, int]]
"""Files by number, and what is with each: a sum of the above."""


class Readiness(Protocol):
    """Watches non-blocking sockets. A socket is to be read until it has no more; then it is ``spent``."""

    def add(self, file: int) -> bool:
        """Watch a socket for something to read; return whether the system has room for another one."""
        ...

    def spent(self, file: int) -> None:
        """Note that there was nothing more to read."""
        ...

    def wants_room(self, file: int, wanted: bool) -> None:
        """Watch, or watch no more, for room to write."""
        ...

    def remove(self, file: int) -> None:
        """Watch no more; to be called before the socket is closed."""
        ...

    def close(self) -> None:
        """Let everything go."""
        ...


class _Epoll(Readiness):
    """Linux's, for all connections of a port at once."""

    _READ = HEARD | 0x2000 | 1 << 31
    """EPOLLIN, EPOLLRDHUP, EPOLLET."""

    def __init__(self, stirred: Callable[[Stirred], None]) -> None:
        self._stirred = stirred
        self._epoll = select.epoll()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._epoll.fileno(), self._look)

    def _look(self) -> None:
        self._stirred(self._epoll.poll(0, AT_ONCE))

    def add(self, file: int) -> bool:
        try:
            self._epoll.register(file, self._READ)
        except OSError:
            return False
        return True

    def spent(self, file: int) -> None:
        pass

    def wants_room(self, file: int, wanted: bool) -> None:
        self._epoll.modify(file, self._READ | ROOM if wanted else self._READ)

    def remove(self, file: int) -> None:
        pass  # closed, it is watched no more

    def close(self) -> None:
        if not self._epoll.closed:
            self._loop.remove_reader(self._epoll.fileno())
            self._epoll.close()


class _Watchers(Readiness):
    """The event loop's, one for each connection, taken away while it waits."""

    def __init__(self, stirred: Callable[[Stirred], None]) -> None:
        self._stirred = stirred
        self._heard: Stirred = []
        self._loop = asyncio.get_running_loop()

    def _hear(self, file: int) -> None:
        self._loop.remove_reader(file)
        if not self._heard:
            self._loop.call_soon(self._tell)
        self._heard.append((file, HEARD))

    def _tell(self) -> None:
        heard, self._heard = self._heard, []
        self._stirred(heard)

    def add(self, file: int) -> bool:
        self._loop.add_reader(file, self._hear, file)
        return True

    def spent(self, file: int) -> None:
        self._loop.add_reader(file, self._hear, file)

    def wants_room(self, file: int, wanted: bool) -> None:
        if wanted:
            self._loop.add_writer(file, self._stirred, [(file, ROOM)])
        else:
            self._loop.remove_writer(file)

    def remove(self, file: int) -> None:
        self._loop.remove_reader(file)
        self._loop.remove_writer(file)

    def close(self) -> None:
        pass


readiness: type[_Epoll | _Watchers] = _Epoll if hasattr(select, "epoll") else _Watchers
"""What this system has. Given what is to be called with what stirs, on the running event loop."""
