"""On connections too, sources take turns, a piece at a time: one that floods delays itself, and little waits."""

import asyncio
import errno
import fcntl
import socket
import sys
import termios
from collections.abc import AsyncIterator

import pytest

from registrar.model.flow import Address, Flow, Listener, Transport
from registrar.model.policy import Protocol
from registrar.servers import accepting, stream
from registrar.servers.connection import PIECE
from registrar.servers.limits import StreamLimits
from registrar.servers.receiver import Connection
from registrar.servers.rota import Rota
from registrar.servers.stream import StreamListener

pytestmark = pytest.mark.usefixtures("way_of_watching")

SECONDS = 10.0
FLOOD = 30 * PIECE


class Receiver:
    """Remembers in which order it was handed pieces, and of whom."""

    def __init__(self) -> None:
        self.pieces: list[tuple[str, bytes]] = []
        self.open = 0
        self.greeted: list[str] = []
        self.gone: list[Flow] = []
        self.faults = 0
        self.faults_in_ending = 0

    def datagram(self, listener: Listener, data: bytes, address: Address) -> None:
        raise NotImplementedError

    def connected(self, connection: Connection) -> None:
        self.open += 1
        self.greeted.append(connection.flow.address[0])

    def received(self, connection: Connection, data: bytes) -> None:
        self.pieces.append((connection.flow.address[0], data))
        if self.faults:
            self.faults -= 1
            raise ValueError("a fault in serving one")

    def closed(self, connection: Connection) -> None:
        self.gone.append(connection.flow)
        if self.faults_in_ending:
            self.faults_in_ending -= 1
            raise KeyError("a fault in ending one")

    def broken(self, connection: Connection, reason: str) -> None:
        raise NotImplementedError

    def handshake_refused(self, listener: Listener, address: Address, reason: str) -> None:
        raise NotImplementedError

    def of(self, source: str) -> bytes:
        return b"".join(data for address, data in self.pieces if address == source)


class Port:
    def __init__(self) -> None:
        self.receiver = Receiver()
        listener = Listener(Protocol.SIP, Transport.TCP, "127.0.0.1", 0)
        self.stream = StreamListener(listener, self.receiver, StreamLimits(), lambda: 0.0)
        self.sockets: list[socket.socket] = []

    @property
    def address(self) -> Address:
        return "127.0.0.1", self.stream.listener.port

    async def connect(self, source: str, many: int = 1) -> list[socket.socket]:
        """Connections that are ready. They are written to without the loop, so that everything comes at once."""
        before = self.receiver.open
        opened = [socket.create_connection(self.address, SECONDS, source_address=(source, 0)) for _ in range(many)]
        self.sockets += opened
        await self.until(lambda: self.receiver.open == before + many)
        return opened

    async def until(self, happened: object) -> None:
        assert callable(happened)
        async with asyncio.timeout(SECONDS):
            while not happened():  # noqa: ASYNC110 - nobody is told
                await asyncio.sleep(0)


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    opened = Port()
    await opened.stream.start()
    yield opened
    await opened.stream.close()
    for each in opened.sockets:
        each.close()
    await opened.until(lambda: not opened.stream.connections)


async def test_a_phone_is_heard_after_a_batch_of_a_flood_over_many_connections(port: Port) -> None:
    floods = await port.connect("127.0.0.2", 40)
    (phone,) = await port.connect("127.0.0.1")
    for flood in floods:
        flood.sendall(b"f" * FLOOD)
    phone.sendall(b"phone")
    await port.until(lambda: len(port.receiver.of("127.0.0.2")) == 40 * FLOOD)
    place = [source for source, _ in port.receiver.pieces].index("127.0.0.1")
    assert place <= 2 * stream.BATCH, "it had its turn before the flood was served"
    assert port.receiver.of("127.0.0.1") == b"phone"
    assert max(len(data) for _, data in port.receiver.pieces) <= PIECE


async def test_a_phone_is_heard_after_a_batch_of_a_flood_of_new_connections(port: Port) -> None:
    """They all wait in the kernel's queue, the phone's behind the others."""
    for source, many in (("127.0.0.2", 300), ("127.0.0.1", 1)):
        for _ in range(many):
            wire = socket.create_connection(port.address, SECONDS, source_address=(source, 0))
            wire.sendall(b"hello")
            port.sockets.append(wire)
    await port.until(lambda: len(port.receiver.pieces) == 301)
    assert [source for source, _ in port.receiver.pieces].index("127.0.0.1") <= 3 * stream.BATCH


async def test_connections_beyond_a_sources_share_are_closed_before_anything_is_made_of_them(port: Port) -> None:
    port.stream.limits = StreamLimits(connections_per_source=30)
    for _ in range(100):
        port.sockets.append(socket.create_connection(port.address, SECONDS, source_address=("127.0.0.2", 0)))
    phone = socket.create_connection(port.address, SECONDS, source_address=("127.0.0.1", 0))
    port.sockets.append(phone)
    phone.sendall(b"phone")
    await port.until(lambda: port.receiver.of("127.0.0.1") == b"phone")
    assert port.receiver.greeted.count("127.0.0.2") <= 30
    assert port.stream.sources["127.0.0.2"] <= 30


async def test_where_no_file_is_left_the_port_tries_again(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    door = port.stream._accepting
    assert door is not None
    refusals = [errno.EMFILE, errno.ENFILE]

    class Scarce:
        """A socket that there is no file for a connection of, twice."""

        def __init__(self, real: socket.socket) -> None:
            self._real = real

        def __getattr__(self, name: str) -> object:
            return getattr(self._real, name)

        def take(self) -> object:
            if refusals:
                raise OSError(refusals.pop(), "scarce")
            return self._real.take()  # type: ignore[attr-defined]

    monkeypatch.setattr(accepting, "SCARCE", 0.001)
    monkeypatch.setattr(door, "_socket", Scarce(door._socket))
    await port.connect("127.0.0.1")
    assert refusals == []


async def test_a_port_that_closes_leaves_nobody_waiting(port: Port) -> None:
    for _ in range(100):
        port.sockets.append(socket.create_connection(port.address, SECONDS, source_address=("127.0.0.2", 0)))
    await port.until(lambda: port.receiver.open > 0)
    await port.stream.close()
    for wire in port.sockets:
        wire.settimeout(SECONDS)
        assert await asyncio.to_thread(_ends, wire)
    assert port.stream.files == {}


def _ends(wire: socket.socket) -> bool:
    try:
        return wire.recv(1) == b""
    except ConnectionError:
        return True


async def test_what_one_connection_sends_keeps_its_order(port: Port) -> None:
    first, second = await port.connect("127.0.0.2", 2)
    sent = b"".join(b"%07d\n" % number for number in range(FLOOD // 8))
    first.sendall(sent)
    second.sendall(b"")
    await port.until(lambda: len(port.receiver.of("127.0.0.2")) == len(sent))
    assert port.receiver.of("127.0.0.2") == sent
    first.close()
    await port.until(lambda: len(port.receiver.gone) == 1)


async def test_nothing_is_read_of_a_connection_that_waits(port: Port) -> None:
    """What was not handed on is with the system still."""
    floods = await port.connect("127.0.0.2", 40)
    for flood in floods:
        flood.sendall(b"f" * 4 * PIECE)

    def unread() -> int:
        counts = [fcntl.ioctl(file, termios.FIONREAD, bytes(4)) for file in port.stream.files]
        return sum(int.from_bytes(count, sys.byteorder) for count in counts)

    handed_on = waiting = 0
    assert unread() == 40 * 4 * PIECE
    while handed_on < 40 * 4 * PIECE:
        await asyncio.sleep(0)
        handed_on = len(port.receiver.of("127.0.0.2"))
        assert handed_on + unread() == 40 * 4 * PIECE
        waiting = max(waiting, sum(each.waits for each in port.stream.files.values()))
    assert waiting >= 20


@pytest.mark.parametrize("ending", [0, 1])
async def test_a_fault_in_serving_one_leaves_the_others_their_turn(port: Port, ending: int) -> None:
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context.get("exception")))
    floods = await port.connect("127.0.0.2", 40)
    for flood in floods:
        flood.sendall(b"f" * FLOOD)
    await port.until(lambda: len(port.receiver.pieces) > 3 * stream.BATCH)
    port.receiver.faults, port.receiver.faults_in_ending = 1, ending
    (phone,) = await port.connect("127.0.0.1")
    phone.sendall(b"phone")
    await port.until(lambda: port.receiver.of("127.0.0.1") == b"phone")
    await port.until(lambda: len(port.receiver.of("127.0.0.2")) >= 39 * FLOOD)
    assert [type(fault) for fault in faults] == [ValueError, *[KeyError] * ending]


async def test_a_connection_that_ends_while_it_waits_is_not_served(port: Port) -> None:
    floods = await port.connect("127.0.0.2", 40)
    for flood in floods:
        flood.sendall(b"f" * FLOOD)
    await port.until(lambda: any(each.waits for each in port.stream.connections.values()))
    served = len(port.receiver.pieces)
    for connection in list(port.stream.connections.values()):
        connection.close()
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(port.receiver.pieces) == served


def test_each_source_has_its_turn_and_keeps_its_own_order() -> None:
    rota: Rota[str] = Rota()
    for source, thing in (("a", "a0"), ("a", "a1"), ("a", "a2"), ("b", "b0"), ("b", "b1")):
        rota.put(source, thing)
    taken = []
    while rota:
        taken.append(rota.take())
    assert taken == ["a0", "b0", "a1", "b1", "a2"]
    with pytest.raises(IndexError):
        rota.take()
