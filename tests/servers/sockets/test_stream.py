"""TCP and TLS ports over real sockets: what they hand on, and what they let a peer have."""

import asyncio
import contextlib
import gc
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from registrar.model.flow import Address, Flow, Listener, Transport
from registrar.model.policy import Protocol
from registrar.servers.connection import StreamConnection
from registrar.servers.limits import StreamLimits
from registrar.servers.receiver import Connection
from registrar.servers.stream import StreamListener
from registrar.tls.channel import TlsChannel
from registrar.tls.context import ServerObject, server_context
from registrar.tls.installed import Installed, install

pytestmark = pytest.mark.usefixtures("way_of_watching")

SECONDS = 10.0
"""The longest anything is waited for: far more than it takes."""


class Recorder:
    """A receiver that remembers what it was told, and wakes whoever waits for it."""

    def __init__(self) -> None:
        self.connections: list[Connection] = []
        self.octets: dict[int, bytes] = {}
        self.gone: list[Flow] = []
        self.answer = b""
        """What is said to each piece."""
        self.answers = 0
        self.refused: list[str] = []
        self.broke: list[str] = []
        self._told = asyncio.Event()

    def datagram(self, listener: Listener, data: bytes, address: Address) -> None:
        raise NotImplementedError

    def connected(self, connection: Connection) -> None:
        self.connections.append(connection)
        self.octets[connection.flow.connection] = b""
        self._told.set()

    def received(self, connection: Connection, data: bytes) -> None:
        self.octets[connection.flow.connection] += data
        if self.answer:
            self.answers += 1
            connection.send(self.answer)
        self._told.set()

    def closed(self, connection: Connection) -> None:
        self.gone.append(connection.flow)
        self._told.set()

    def broken(self, connection: Connection, reason: str) -> None:
        self.broke.append(reason)
        self._told.set()

    def handshake_refused(self, listener: Listener, address: Address, reason: str) -> None:
        assert listener.port
        self.refused.append(reason)
        self._told.set()

    async def until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(SECONDS):
            while not happened():
                self._told.clear()
                await self._told.wait()


class Port:
    """A listening port on a clock that the test turns."""

    def __init__(self, transport: Transport, limits: StreamLimits, installed: Installed) -> None:
        self.now = 1000.0
        self.receiver = Recorder()
        self.installed = installed
        self.contexts = 0
        self.peers: list[Peer] = []
        self.stream = StreamListener(
            Listener(Protocol.SIP, transport, "127.0.0.1", 0),
            self.receiver,
            limits,
            lambda: self.now,
            self._context if transport is Transport.TLS else None,
        )
        self._server_context = server_context(installed.certificate, installed.key, None)

    @property
    def number(self) -> int:
        return self.stream.listener.port

    def sweep(self, seconds: float) -> None:
        self.now += seconds
        self.stream.sweep(self.now)

    async def connect(self, source: str = "127.0.0.1") -> "Peer":
        trust = None
        if self.stream.context is not None:
            trust = ssl.create_default_context(cafile=str(self.installed.ca))
        name = "localhost" if trust is not None else None
        opened = asyncio.open_connection(
            "127.0.0.1", self.number, ssl=trust, server_hostname=name, local_addr=(source, 0)
        )
        self.peers.append(Peer(*await asyncio.wait_for(opened, SECONDS)))
        return self.peers[-1]

    async def plain(self) -> "Peer":
        """A connection that speaks no TLS."""
        self.peers.append(Peer(*await asyncio.open_connection("127.0.0.1", self.number)))
        return self.peers[-1]

    def _context(self) -> ssl.SSLContext:
        self.contexts += 1
        return self._server_context


class Peer:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ended(self) -> bytes:
        """What was still received until the server closed or cut the connection."""
        with contextlib.suppress(ConnectionError):
            return await asyncio.wait_for(self.reader.read(), SECONDS)
        return b""


Open = Callable[..., Awaitable[Port]]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(tmp_path_factory.mktemp("certs"), ["localhost"], time.time())


@pytest.fixture
async def open_port(installed: Installed) -> AsyncIterator[Open]:
    ports: list[Port] = []

    async def start(transport: Transport = Transport.TCP, limits: StreamLimits = StreamLimits()) -> Port:  # noqa: B008
        port = Port(transport, limits, installed)
        await port.stream.start()
        ports.append(port)
        return port

    yield start
    for port in ports:
        await port.stream.close()
        told = port.receiver
        await told.until(lambda told=told: len(told.gone) == len(told.connections))  # type: ignore[misc]
        assert port.stream.connections == {}
        assert port.stream.sources == {}
        for peer in port.peers:
            peer.writer.transport.abort()
            with contextlib.suppress(OSError):
                await peer.writer.wait_closed()


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.TLS])
async def test_octets_go_both_ways_and_the_end_is_told(open_port: Open, transport: Transport) -> None:
    port = await open_port(transport)
    told = port.receiver
    peer = await port.connect()
    peer.writer.write(b"one ")
    peer.writer.write(b"two")
    await told.until(lambda: list(told.octets.values()) == [b"one two"])
    (connection,) = told.connections
    flow = connection.flow
    assert flow.listener.port == port.number
    assert flow.address == peer.writer.get_extra_info("sockname")
    assert flow.listener.secure == (flow.tls is not None) == (transport is Transport.TLS)
    connection.send(b"answer")
    assert await peer.reader.readexactly(6) == b"answer"
    peer.writer.close()
    await told.until(lambda: told.gone == [flow])
    connection.send(b"to nobody")
    connection.close()


async def test_every_connection_has_a_number_of_its_own_on_all_ports(open_port: Open) -> None:
    ports = [await open_port(), await open_port()]
    for port in ports * 2:
        await port.connect()
    for port in ports:
        await port.receiver.until(lambda port=port: len(port.receiver.connections) == 2)  # type: ignore[misc]
    numbers = [each.flow.connection for port in ports for each in port.receiver.connections]
    assert len(set(numbers)) == 4
    assert 0 not in numbers


async def test_a_message_in_single_octets_arrives_whole(open_port: Open) -> None:
    port = await open_port(Transport.TLS)
    peer = await port.connect()
    message = b"REGISTER sip:localhost SIP/2.0\r\n\r\n"
    for octet in message:
        peer.writer.write(bytes([octet]))
        await peer.writer.drain()
    await port.receiver.until(lambda: list(port.receiver.octets.values()) == [message])


async def test_one_connection_too_many_is_closed_unheard_until_another_goes(open_port: Open) -> None:
    port = await open_port(limits=StreamLimits(connections=2))
    first, second = await port.connect(), await port.connect()
    await port.receiver.until(lambda: len(port.receiver.connections) == 2)
    third = await port.connect()
    third.writer.write(b"REGISTER")
    assert await third.ended() == b""
    assert len(port.receiver.connections) == 2
    first.writer.close()
    await port.receiver.until(lambda: len(port.receiver.gone) == 1)
    await port.connect()
    await port.receiver.until(lambda: len(port.receiver.connections) == 3)
    assert not second.reader.at_eof()


async def test_one_source_cannot_take_all_connections(open_port: Open) -> None:
    port = await open_port(limits=StreamLimits(connections=10, connections_per_source=1))
    await port.connect("127.0.0.1")
    assert await (await port.connect("127.0.0.1")).ended() == b""
    await port.connect("127.0.0.2")
    await port.receiver.until(lambda: len(port.receiver.connections) == 2)
    assert {each.flow.address[0] for each in port.receiver.connections} == {"127.0.0.1", "127.0.0.2"}


async def test_a_handshake_that_is_not_finished_in_time_is_refused(open_port: Open) -> None:
    port = await open_port(Transport.TLS, StreamLimits(handshake_seconds=10))
    silent = await port.plain()
    halfway = await port.plain()
    halfway.writer.write(b"\x16\x03\x01")
    await halfway.writer.drain()
    done = await port.connect()
    await port.receiver.until(lambda: len(port.stream.connections) == 3 and len(port.receiver.connections) == 1)
    port.sweep(9.5)
    halfway.writer.write(b"\x02")
    done.writer.write(b"what came before was taken by now")
    await port.receiver.until(lambda: any(port.receiver.octets.values()))
    await asyncio.sleep(0)
    port.sweep(1)
    assert port.receiver.refused == ["the peer did not finish the handshake in time"] * 2
    assert await silent.ended() == await halfway.ended() == b""
    assert not done.reader.at_eof()


async def test_a_silent_connection_is_closed_and_one_that_speaks_is_kept(open_port: Open) -> None:
    port = await open_port(limits=StreamLimits(idle_seconds=100))
    silent, speaking = await port.connect(), await port.connect()
    await port.receiver.until(lambda: len(port.receiver.connections) == 2)
    port.now += 60
    speaking.writer.write(b"\r\n\r\n")
    await port.receiver.until(lambda: b"\r\n\r\n" in port.receiver.octets.values())
    port.sweep(41)
    assert await silent.ended() == b""
    await port.receiver.until(lambda: len(port.receiver.gone) == 1)
    assert not speaking.reader.at_eof()
    port.sweep(60)
    assert await speaking.ended() == b""


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.TLS])
async def test_a_peer_that_does_not_read_is_cut_off(open_port: Open, transport: Transport) -> None:
    port = await open_port(transport, StreamLimits(unsent_octets=100_000))
    peer = await port.connect()
    peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await port.receiver.until(lambda: len(port.receiver.connections) == 1)
    (connection,) = port.receiver.connections
    for _ in range(400):
        connection.send(b"x" * 50_000)
    await port.receiver.until(lambda: len(port.receiver.gone) == 1)


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.TLS])
async def test_a_peer_that_takes_no_answers_is_not_heard_until_it_does(open_port: Open, transport: Transport) -> None:
    port = await open_port(transport)
    port.receiver.answer = b"x" * 30_000
    peer = await port.connect()
    peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
    asked = b"?" * 3_000_000
    peer.writer.write(asked)
    await port.receiver.until(lambda: port.stream.held > 0)
    (number,) = port.receiver.octets
    peer.writer.transport.resume_reading()  # type: ignore[attr-defined]
    heard = 0
    while port.receiver.octets != {number: asked} or heard < 30_000 * port.receiver.answers:
        heard += len(await asyncio.wait_for(peer.reader.read(1 << 20), SECONDS))
    assert (port.stream.held, port.receiver.gone) == (0, [])


async def test_all_peers_that_do_not_read_have_so_much_together(open_port: Open) -> None:
    port = await open_port(limits=StreamLimits(unsent_octets=150_000, unsent_octets_in_all=250_000))
    for _ in range(3):
        peer = await port.connect()
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await port.receiver.until(lambda: len(port.receiver.connections) == 3)
    most = 0
    for connection in port.receiver.connections:
        before = port.stream.held
        while port.stream.held < before + 100_000 and not port.receiver.gone:
            connection.send(b"x" * 10_000)
            await asyncio.sleep(0)
            most = max(most, port.stream.held)
    assert 200_000 <= most <= 250_000
    assert port.receiver.gone == [port.receiver.connections[2].flow]
    for peer in port.peers:
        peer.writer.transport.abort()
    await port.receiver.until(lambda: len(port.receiver.gone) == 3)
    assert port.stream.held == 0


async def test_a_peer_that_does_not_even_take_the_goodbye_is_cut_off_in_the_end(open_port: Open) -> None:
    port = await open_port(limits=StreamLimits(idle_seconds=100, unsent_octets=1 << 30))
    peer = await port.connect()
    peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await port.receiver.until(lambda: len(port.receiver.connections) == 1)
    (connection,) = port.receiver.connections
    connection.send(b"x" * 20_000_000)
    connection.close()
    await asyncio.sleep(0)
    assert port.receiver.gone == []
    port.sweep(101)
    await port.receiver.until(lambda: len(port.receiver.gone) == 1)


async def test_what_waits_is_sent_before_the_connection_is_closed(open_port: Open) -> None:
    port = await open_port(Transport.TLS)
    read = asyncio.create_task(asyncio.to_thread(_all_that_comes, port))
    await port.receiver.until(lambda: len(port.receiver.connections) == 1)
    (connection,) = port.receiver.connections
    connection.send(b"x" * 1_000_000)
    connection.close()
    connection.send(b"too late")
    assert await asyncio.wait_for(read, SECONDS) == b"x" * 1_000_000


@pytest.mark.parametrize("end", ["the peer's goodbye", "a reset", "our goodbye", "a refused handshake"])
async def test_of_a_connection_that_ended_nothing_waits_for_the_garbage_collector(open_port: Open, end: str) -> None:
    port = await open_port(Transport.TLS)
    gc.collect()
    gc.disable()
    try:
        if end == "a refused handshake":
            await _ended_at_once(port)
        else:
            peer, tls, outgoing = await _session(port)
            peer.writer.write(outgoing.read())
            await port.receiver.until(lambda: len(port.receiver.connections) == 1)
            if end == "our goodbye":
                port.receiver.connections[0].close()
            elif end == "the peer's goodbye":
                with contextlib.suppress(ssl.SSLError):
                    tls.unwrap()
                peer.writer.write(outgoing.read())
            else:
                peer.writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"
                )
                peer.writer.transport.abort()
            await port.receiver.until(lambda: len(port.receiver.gone) == 1)
            port.receiver.connections.clear()
            port.receiver.gone.clear()
        left = [each for each in gc.get_objects() if isinstance(each, TlsChannel | StreamConnection | ServerObject)]
    finally:
        gc.enable()
    assert left == []


async def _ended_at_once(port: Port) -> None:
    peer = await port.plain()
    peer.writer.write(b"REGISTER sip:localhost SIP/2.0\r\n")
    await port.receiver.until(lambda: bool(port.receiver.refused))


async def test_plain_text_on_the_tls_port_is_refused_once_with_its_reason(open_port: Open) -> None:
    port = await open_port(Transport.TLS)
    peer = await port.plain()
    peer.writer.write(b"REGISTER sip:localhost SIP/2.0\r\n" * 10)
    await peer.ended()
    assert port.receiver.refused == ["the peer sends plain SIP to the TLS port: set its transport to TLS"]
    assert port.receiver.connections == []


async def test_a_peer_that_leaves_during_the_handshake_is_told(open_port: Open) -> None:
    port = await open_port(Transport.TLS)
    peer = await port.plain()
    peer.writer.write(b"\x16\x03\x01")
    peer.writer.write_eof()
    await peer.ended()
    await port.receiver.until(lambda: bool(port.receiver.refused))
    assert port.receiver.refused == ["the peer closed the connection during the handshake"]


async def test_a_peer_that_breaks_off_during_the_handshake_leaves_nothing_behind(open_port: Open) -> None:
    port = await open_port(Transport.TLS)
    peer = await port.plain()
    await asyncio.wait_for(_until(lambda: len(port.stream.connections) == 1), SECONDS)
    peer.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    peer.writer.transport.abort()
    await asyncio.wait_for(_until(lambda: not port.stream.connections), SECONDS)
    assert port.stream.sources == {}


async def test_a_peer_that_breaks_off_during_the_handshake_is_told(open_port: Open) -> None:
    port = await open_port(Transport.TLS)
    peer = await port.plain()
    peer.writer.write(b"\x16\x03\x01")
    await asyncio.wait_for(_until(lambda: len(port.stream.connections) == 1), SECONDS)
    peer.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    peer.writer.transport.abort()
    await port.receiver.until(lambda: bool(port.receiver.refused))
    assert port.receiver.refused == ["the peer broke off the connection during the handshake"]


async def test_what_comes_with_the_goodbye_is_handed_on_before_it(open_port: Open) -> None:
    port = await open_port(Transport.TLS)
    peer, tls, outgoing = await _session(port)
    tls.write(b"the last word")
    with contextlib.suppress(ssl.SSLError):
        tls.unwrap()
    peer.writer.write(outgoing.read())
    await port.receiver.until(lambda: len(port.receiver.gone) == 1)
    assert list(port.receiver.octets.values()) == [b"the last word"]
    assert port.receiver.broke == []


async def test_a_session_that_breaks_is_told_with_its_reason_after_what_came_before(open_port: Open) -> None:
    port = await open_port(Transport.TLS)
    peer, tls, outgoing = await _session(port)
    tls.write(b"the last word")
    peer.writer.write(outgoing.read() + b"REGISTER sip:localhost SIP/2.0\r\n")
    await port.receiver.until(lambda: len(port.receiver.gone) == 1)
    assert list(port.receiver.octets.values()) == [b"the last word"]
    assert port.receiver.broke == ["the TLS session broke: octets that are no TLS follow its handshake"]


async def test_each_connection_takes_the_context_that_is_in_force_then(open_port: Open) -> None:
    port = await open_port(Transport.TLS)
    await port.connect()
    await port.connect()
    assert port.contexts == 2


async def test_a_port_in_use_is_an_error(open_port: Open, installed: Installed) -> None:
    taken = await open_port()
    other = Port(Transport.TCP, StreamLimits(), installed)
    other.stream.listener = other.stream.listener._replace(port=taken.number)
    with pytest.raises(OSError, match="in use"):
        await other.stream.start()


async def test_closing_the_port_closes_its_connections_and_takes_no_more(open_port: Open, tmp_path: Path) -> None:
    port = await open_port()
    peer = await port.connect()
    await port.receiver.until(lambda: len(port.receiver.connections) == 1)
    await port.stream.close()
    assert await peer.ended() == b""
    with pytest.raises(ConnectionRefusedError):
        await port.plain()


def _all_that_comes(port: Port) -> bytes:
    """Connect with TLS and read to the end. With a socket of its own: uvloop's client loses what precedes a goodbye."""
    trust = ssl.create_default_context(cafile=str(port.installed.ca))
    with (
        socket.create_connection(("127.0.0.1", port.number), SECONDS) as plain,
        trust.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        return b"".join(iter(lambda: secure.recv(65536), b""))


async def _session(port: Port) -> tuple[Peer, ssl.SSLObject, ssl.MemoryBIO]:
    """A TLS session whose octets are the test's to send, in one piece if it likes."""
    trust = ssl.create_default_context(cafile=str(port.installed.ca))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = trust.wrap_bio(incoming, outgoing, server_hostname="localhost")
    peer = await port.plain()
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            peer.writer.write(outgoing.read())
            incoming.write(await asyncio.wait_for(peer.reader.read(65536), SECONDS))
    return peer, tls, outgoing


async def _until(happened: Callable[[], bool]) -> None:
    """Wait for what no receiver is told of."""
    while not happened():  # noqa: ASYNC110
        await asyncio.sleep(0)
