"""A UDP port: datagrams in and out. Where more come than are served, sources take turns."""

import asyncio
import contextlib
import socket
import struct
import sys
from collections import deque
from collections.abc import Callable
from typing import Final

from registrar.model.flow import Address, Listener
from registrar.servers.receiver import Receiver
from registrar.servers.turns import Turns

BATCH: Final = 64
"""Datagrams served per wake-up; other ports get their turn in between."""
DRAIN: Final = 1024
"""Datagrams read per wake-up while more come than are served: reading costs a thirtieth of serving."""
RECEIVE_BUFFER: Final = 8 * 1024 * 1024
"""Octets asked of the kernel for datagrams that wait: 10,000 REGISTERs of 800 octets."""
BETWEEN: Final = 8
"""Datagrams served between two reads: a system's default buffer holds some 300, a flood's 3 ms."""
TOGETHER: Final = 32
"""Datagrams whose answers are sent together, some 2 ms of work: waking a receiver for each is most of what sending
costs."""
ASKED_AGAIN: Final = 32
"""Strangers asked to come again between two reads, at 4 µs each a quarter of what is served meanwhile."""
ALL_ASKED: Final = 256
"""The same where only strangers wait and reading keeps up: then it is all of them, which is better for them than to
serve some. That is 2 ms of work, before anything else has its turn."""
_MEMINFO: Final = 55
"""Linux's SO_MEMINFO: how many octets wait in the socket, how many may, and so on, four octets each."""
SEND_QUEUE = 4096
"""Answers kept while the socket takes no more; beyond it they are dropped, as UDP may."""
LARGEST: Final = 65535


class UdpListener:
    """One bound socket."""

    def __init__(
        self,
        listener: Listener,
        receiver: Receiver,
        group: str = "",
        turns: Turns | None = None,
        come_again: Callable[[bytes], bytes] | None = None,
    ) -> None:
        """Bind to the listener's host and port (0 takes any free one). Raises ``OSError``.

        With a ``group``, an IPv4 multicast address, what is sent to it on the host's network is taken instead; several
        programs may listen to it. ``turns`` is where datagrams wait when more come than are served; ``come_again`` says
        what is answered to a stranger's that is not let in, nothing where that is empty.
        """
        family = socket.AF_INET6 if ":" in listener.host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            if family is socket.AF_INET6:  # as TCP ports are bound: an address is that address and no other
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            if group:
                self._join(group, listener.host)
            self._socket.bind((group or listener.host, listener.port))
        except OSError:
            self._socket.close()
            raise
        self.listener = listener._replace(port=self._socket.getsockname()[1])
        self._receiver = receiver
        self._waiting: deque[tuple[bytes, Address]] = deque()
        self._serving = False
        self._gathered: list[tuple[bytes, Address]] = []
        """What is sent as soon as the datagrams at hand are served."""
        self._turns = Turns() if turns is None else turns
        self._come_again = come_again
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._readable)

    def send(self, data: bytes, address: Address) -> None:
        """Send a datagram: with the answers to others that are being served, else now, or when the socket takes it."""
        if self._serving:
            self._gathered.append((data, address))
        else:
            self._send(data, address)

    def _send(self, data: bytes, address: Address) -> None:
        if not self._waiting:
            try:
                self._socket.sendto(data, address)
            except BlockingIOError:
                self._loop.add_writer(self._socket, self._writable)
            except (OSError, OverflowError):  # unreachable, or no port at all in a broken Via
                return
            else:
                return
        if len(self._waiting) < SEND_QUEUE:
            self._waiting.append((data, address))

    async def close(self) -> None:
        """Stop listening."""
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._turns.clear()
        self._socket.close()

    def _join(self, group: str, host: str) -> None:
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        request = socket.inet_aton(group) + socket.inet_aton(host)
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)

    def _readable(self) -> None:
        if not self._turns:
            receive, taken, listener = self._socket.recvfrom, self._receiver.datagram, self.listener
            self._serving = True
            try:
                for _ in range(BATCH):
                    try:
                        data, address = receive(LARGEST)
                    except BlockingIOError:
                        return
                    except OSError:  # an ICMP error for something sent before
                        continue
                    taken(listener, data, address[:2])
                    if len(self._gathered) >= TOGETHER:
                        self._send_gathered()
            finally:
                self._serving = False
                self._send_gathered()
            self._loop.call_soon(self._serve)
        self._drain()

    def _drain(self) -> None:
        """Let what has come wait for its turn."""
        receive, send, put, come_again = self._socket.recvfrom, self._socket.sendto, self._turns.put, self._come_again
        many, left = (ALL_ASKED, ALL_ASKED) if self._asking() and self._keeps_up() else (DRAIN, ASKED_AGAIN)
        for _ in range(many):
            try:
                data, address = receive(LARGEST)
            except BlockingIOError:
                return
            except OSError:
                continue
            if put(data, address[:2]) and come_again is not None and left:
                left -= 1
                answer = come_again(data)
                if answer:
                    try:
                        send(answer, address)
                    except OSError:
                        continue

    def _asking(self) -> bool:
        """Return whether telling strangers to come again comes before serving: nobody else waits."""
        return self._come_again is not None and self._turns.only_strangers

    def _keeps_up(self) -> bool:
        """Return whether less than half of the room for what was not read yet is taken, as far as the system says."""
        if sys.platform != "linux":
            return False
        try:
            taken, room = struct.unpack("=II", self._socket.getsockopt(socket.SOL_SOCKET, _MEMINFO, 8))
        except (OSError, struct.error):
            return False
        return bool(taken < room // 2)

    def _serve(self) -> None:
        """Serve a batch of those that wait, each source in its turn."""
        turns, taken, listener = self._turns, self._receiver.datagram, self.listener
        self._serving = True
        try:
            for served in range(BATCH):
                if not turns:
                    return
                data, address = turns.take()
                taken(listener, data, address)
                if len(self._gathered) >= TOGETHER:
                    self._send_gathered()
                if self._asking():
                    self._drain()
                    return
                if served % BETWEEN == 0:
                    self._drain()
        finally:
            self._serving = False
            self._send_gathered()
            if turns:
                self._loop.call_soon(self._serve)

    def _send_gathered(self) -> None:
        for data, address in self._gathered:
            self._send(data, address)
        self._gathered.clear()

    def _writable(self) -> None:
        while self._waiting:
            data, address = self._waiting[0]
            try:
                self._socket.sendto(data, address)
            except BlockingIOError:
                return
            except (OSError, OverflowError):
                pass
            self._waiting.popleft()
        self._loop.remove_writer(self._socket)
