"""A UDP port over a real socket: every datagram in its turn, answers to where they came from."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from registrar.model.flow import Address, Listener, Transport
from registrar.model.policy import Protocol
from registrar.servers import udp
from registrar.servers.receiver import Connection
from registrar.servers.udp import UdpListener

SECONDS = 10.0


class Recorder:
    def __init__(self) -> None:
        self.datagrams: list[tuple[bytes, Address]] = []
        self.answer: Callable[[bytes, Address], None] = lambda _data, _address: None
        self._told = asyncio.Event()

    def datagram(self, listener: Listener, data: bytes, address: Address) -> None:
        assert listener.port
        self.datagrams.append((data, address))
        self.answer(data, address)
        self._told.set()

    def connected(self, connection: Connection) -> None: ...

    def received(self, connection: Connection, data: bytes) -> None: ...

    def closed(self, connection: Connection) -> None: ...

    def broken(self, connection: Connection, reason: str) -> None: ...

    def handshake_refused(self, listener: Listener, address: Address, reason: str) -> None: ...

    async def until(self, count: int) -> None:
        async with asyncio.timeout(SECONDS):
            while len(self.datagrams) < count:
                self._told.clear()
                await self._told.wait()


class Port:
    def __init__(self, host: str = "127.0.0.1", number: int = 0, **how: Any) -> None:
        self.receiver = Recorder()
        self.udp = UdpListener(Listener(Protocol.SIP, Transport.UDP, host, number), self.receiver, **how)
        self.address: Address = (host, self.udp.listener.port)


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    opened = Port()
    yield opened
    await opened.udp.close()


@pytest.fixture
def phone() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(SECONDS)
        yield phone


async def test_datagrams_are_handed_on_in_order_and_answered_where_they_came_from(
    port: Port, phone: socket.socket
) -> None:
    port.receiver.answer = lambda data, address: port.udp.send(b"answer to " + data, address)
    for number in range(3):
        phone.sendto(b"%d" % number, port.address)
    await port.receiver.until(3)
    assert port.receiver.datagrams == [(b"%d" % number, phone.getsockname()) for number in range(3)]
    assert [phone.recv(100) for _ in range(3)] == [b"answer to 0", b"answer to 1", b"answer to 2"]


async def test_more_datagrams_than_one_batch_are_all_taken(port: Port, phone: socket.socket) -> None:
    count = udp.BATCH * 2 + 1
    for number in range(count):
        phone.sendto(b"%d" % number, port.address)
    await port.receiver.until(count)
    assert [int(data) for data, _ in port.receiver.datagrams] == list(range(count))


async def test_the_largest_and_the_empty_datagram_arrive_whole(port: Port, phone: socket.socket) -> None:
    for data in (b"x" * 65507, b""):
        phone.sendto(data, port.address)
    await port.receiver.until(2)
    assert [len(data) for data, _ in port.receiver.datagrams] == [65507, 0]


async def test_a_peer_that_is_gone_does_not_disturb_the_others(port: Port, phone: socket.socket) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind(("127.0.0.1", 0))
        nobody = gone.getsockname()
    for _ in range(3):
        port.udp.send(b"to nobody", nobody)
    phone.sendto(b"still there", port.address)
    await port.receiver.until(1)


@pytest.mark.parametrize("address", [("127.0.0.1", 99_999), ("127.0.0.1", 0), ("not an address", 5060), ("::1", 5060)])
async def test_an_answer_that_can_go_nowhere_is_dropped(port: Port, phone: socket.socket, address: Address) -> None:
    port.udp.send(b"to nowhere", address)
    port.udp.send(b"to somewhere", phone.getsockname())
    assert phone.recv(100) == b"to somewhere"


class Stopped:
    """A socket that takes nothing for the first ``refusals`` calls."""

    def __init__(self, real: socket.socket, refusals: int) -> None:
        self._real = real
        self.refusals = refusals

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def sendto(self, data: bytes, address: Address) -> int:
        if self.refusals:
            self.refusals -= 1
            raise BlockingIOError
        return self._real.sendto(data, address)


async def test_answers_wait_in_order_while_the_socket_takes_no_more(
    port: Port, phone: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(udp, "SEND_QUEUE", 3)
    monkeypatch.setattr(port.udp, "_socket", Stopped(port.udp._socket, 2))
    for number in range(5):
        port.udp.send(b"%d" % number, phone.getsockname())
    loop = asyncio.get_running_loop()
    phone.setblocking(False)
    async with asyncio.timeout(SECONDS):
        got = [await loop.sock_recv(phone, 100) for _ in range(3)]
        assert got == [b"0", b"1", b"2"], "what does not fit into the queue is dropped"
        port.udp.send(b"later", phone.getsockname())
        assert await loop.sock_recv(phone, 100) == b"later"


async def test_a_port_in_use_is_an_error(port: Port) -> None:
    with pytest.raises(OSError, match="in use"):
        Port(number=port.address[1])


async def test_ipv6() -> None:
    port = Port("::1")
    port.receiver.answer = lambda data, address: port.udp.send(data, address)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as phone:
        phone.settimeout(SECONDS)
        phone.sendto(b"six", ("::1", port.address[1]))
        await port.receiver.until(1)
        assert port.receiver.datagrams == [(b"six", ("::1", phone.getsockname()[1]))]
        assert phone.recv(10) == b"six"
    await port.udp.close()


async def test_a_closed_port_takes_and_sends_nothing(phone: socket.socket) -> None:
    port = Port()
    await port.udp.close()
    phone.sendto(b"too late", port.address)
    port.udp.send(b"too late", phone.getsockname())
    for _ in range(5):
        await asyncio.sleep(0)
    assert port.receiver.datagrams == []
    phone.setblocking(False)
    with pytest.raises(BlockingIOError):
        phone.recv(100)
