"""A UDP socket of many phones, and who of them a datagram is for."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING, Final

from registrar.phones.wire import words_of

if TYPE_CHECKING:
    from registrar.model.flow import Address
    from registrar.phones.fleet import Fleet
    from registrar.phones.member import Member

BUFFER: Final = 8 * 1024 * 1024
"""Octets asked of the kernel for datagrams that wait."""
BATCH: Final = 256
"""Datagrams taken before others get their turn."""
MANY: Final = 50
"""Logons under way from which on answers are awaited together."""
PAUSE: Final = 0.001
"""Seconds that they are awaited; a logon of so many takes longer anyway."""

_BRANCH: Final = b";branch=z9hG4bK"


class SharedSocket:
    """A UDP socket of many phones. Who a message is for is read out of the branch, or out of the Request-URI."""

    def __init__(self, fleet: Fleet, family: socket.AddressFamily, address: Address) -> None:
        self._fleet = fleet
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._socket.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        self._socket.connect(address)
        self._send = self._socket.send
        self.local: Address = self._socket.getsockname()[:2]
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._readable)

    def send(self, data: bytes) -> None:
        """Send, or lose it as UDP may."""
        fleet = self._fleet
        if fleet.loss and fleet.loses():
            return
        try:
            self._send(data)
        except BlockingIOError:
            fleet.tally.lost += 1
        except OSError as error:
            fleet.unreachable = words_of(error)

    def close(self) -> None:
        """A member lets go of its part; the others keep theirs."""

    def shut(self) -> None:
        """Let it go."""
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _readable(self) -> None:
        fleet, receive = self._fleet, self._socket.recv
        now = time.time()
        members, numbers, tally = fleet.members, fleet.by_number, fleet.tally
        for _ in range(BATCH):
            try:
                data = receive(65535)
            except BlockingIOError:
                break
            except OSError as error:
                fleet.unreachable = words_of(error)
                break
            tally.received += 1
            if fleet.loss and fleet.loses():
                continue
            if data[:4] == b"SIP/":
                begin = data.find(_BRANCH) + len(_BRANCH)
                try:
                    member: Member | None = members[int(data[begin : data.index(b"-", begin, begin + 12)], 16)]
                except (ValueError, IndexError):
                    continue
            else:
                member = _member_asked(data, numbers)
            if member is not None:
                member.received(data, now)
        fleet.more(now)
        if fleet.under_way >= MANY:
            # with so many under way they are read by the batch, which costs a fraction of one by one
            self._loop.remove_reader(self._socket)
            self._loop.call_later(PAUSE, self._resume)

    def _resume(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.add_reader(self._socket, self._readable)


def _member_asked(data: bytes, numbers: dict[bytes, Member]) -> Member | None:
    line = data[:200].split(b"\r\n", 1)[0]
    return numbers.get(line.partition(b"sip:")[2].partition(b"@")[0])
