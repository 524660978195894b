"""What the ports of a whole registrar let their peers have, over the wire: SIP over TCP, SIP over TLS, RAS over TLS.

The fourth stream port, that of the API and the console, has the same in tests/web/test_server.py.
"""

import asyncio
import contextlib
import io
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from registrar.log import Log
from registrar.model.events import Event, EventType, WireEvent
from registrar.running import Registrar
from registrar.settings import Settings
from tests.h323.endpoint import Endpoint
from tests.servers.playbook import Phone, Playbook
from tests.sip.road import octets

SECONDS = 10.0
PORTS = ["sip_tcp", "sip_tls", "ras_tls"]
SECURE = ["sip_tls", "ras_tls"]


class Node:
    """A registrar in this process, by a clock of its own."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.now = time.time()
        free: dict[str, Any] = dict.fromkeys(("sip_port", "sips_port", "ras_port", "ras_tls_port"), 0)
        chosen = Settings(data=folder, durability="memory", **free, **settings)
        self.log = Log("text", "error", io.StringIO())
        self.registrar = Registrar(chosen, self.log, http=False, clock=lambda: self.now)
        self.events: list[Event] = []
        self.peers: list[Peer] = []

    async def start(self) -> None:
        await self.registrar.start()
        self.registrar.system.bus.subscribe(self.events.append)

    def pass_by(self, seconds: float) -> None:
        """Let time pass, and look at the timers as a running registrar does."""
        self.now += seconds
        self.registrar.listening.tick(self.now)
        self.registrar.listening.sweep(self.now)

    def told(self, kind: EventType) -> list[str]:
        return [
            each.subject.detail
            for each in self.events
            if isinstance(each.subject, WireEvent) and each.subject.type is kind
        ]

    async def connect(self, port: str, source: str = "127.0.0.1", *, plain: bool = False) -> "Peer":
        host, number = self.registrar.ready[port]
        trust = None
        if port in SECURE and not plain:
            trust = ssl.create_default_context(cafile=self.registrar.ready["ca_file"])
        name = "localhost" if trust is not None else None
        opened = asyncio.open_connection(host, number, ssl=trust, server_hostname=name, local_addr=(source, 0))
        peer = Peer(*await asyncio.wait_for(opened, SECONDS))
        self.peers.append(peer)
        return peer

    async def until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(SECONDS):
            while not happened():  # noqa: ASYNC110 - nobody is told
                await asyncio.sleep(0)

    def open(self, port: str) -> int:
        number = self.registrar.ready[port][1]
        return sum(len(each.connections) for each in self.registrar.listening.streams if each.listener.port == number)


class Peer:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answered(self, request: bytes) -> bytes:
        self.writer.write(request)
        return await asyncio.wait_for(self.reader.read(65536), SECONDS)

    async def is_cut_off(self) -> bool:
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(SECONDS):
                while await self.reader.read(65536):
                    pass
        return True


Start = Callable[..., Awaitable[Node]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    nodes: list[Node] = []

    async def started(**settings: Any) -> Node:
        node = Node(tmp_path / "data", **settings)
        await node.start()
        nodes.append(node)
        return node

    yield started
    for node in nodes:
        for peer in node.peers:
            peer.writer.transport.abort()
            with contextlib.suppress(OSError):
                await peer.writer.wait_closed()
        await node.registrar.close()


def request(port: str) -> bytes:
    """A whole message that is answered."""
    if port == "ras_tls":
        message = Endpoint(clock=time.time).discover()
        return b"\x03\0" + (len(message) + 4).to_bytes(2, "big") + message
    return octets(Phone(Playbook()).request("OPTIONS", uri="sip:127.0.0.1"))


@pytest.mark.parametrize("port", PORTS)
async def test_one_source_has_so_many_connections_and_leaves_others_theirs(start: Start, port: str) -> None:
    node = await start(max_connections_per_source=2)
    kept = [await node.connect(port) for _ in range(2)]
    await node.until(lambda: node.open(port) == 2)
    third = await node.connect(port, plain=True)
    assert await third.is_cut_off()
    other = await node.connect(port, "127.0.0.2")
    for peer in (*kept, other):
        assert await peer.answered(request(port))


@pytest.mark.parametrize("port", PORTS)
async def test_all_sources_together_have_so_many_connections(start: Start, port: str) -> None:
    node = await start(max_connections=2)
    kept = [await node.connect(port, f"127.0.0.{number}") for number in (1, 2)]
    await node.until(lambda: node.open(port) == 2)
    assert await (await node.connect(port, "127.0.0.3", plain=True)).is_cut_off()
    for peer in kept:
        assert await peer.answered(request(port))


@pytest.mark.parametrize("port", SECURE)
@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"])
async def test_a_handshake_that_is_not_finished_in_time_is_refused_and_told_of(
    start: Start, port: str, said: bytes
) -> None:
    node = await start(handshake_seconds=5.0)
    peer = await node.connect(port, plain=True)
    peer.writer.write(said)
    await node.until(lambda: node.open(port) == 1)
    node.pass_by(4.9)
    assert node.open(port) == 1
    node.pass_by(0.2)
    assert await peer.is_cut_off()
    assert node.told(EventType.HANDSHAKE_REFUSED) == ["the peer did not finish the handshake in time"]


@pytest.mark.parametrize("port", PORTS)
async def test_a_silent_connection_is_closed_and_one_that_speaks_is_kept(start: Start, port: str) -> None:
    node = await start(idle_seconds=100.0)
    silent, speaking = await node.connect(port), await node.connect(port)
    await node.until(lambda: node.open(port) == 2)
    node.pass_by(60)
    assert await speaking.answered(request(port))
    node.pass_by(41)
    assert await silent.is_cut_off()
    assert await speaking.answered(request(port))


@pytest.mark.parametrize("port", PORTS)
async def test_a_message_that_is_not_finished_ends_its_connection_however_it_trickles(start: Start, port: str) -> None:
    node = await start()
    slow, brisk = await node.connect(port), await node.connect(port)
    whole = request(port)
    assert await brisk.answered(whole)
    for octet in whole[:8]:
        slow.writer.write(bytes((octet,)))
        await slow.writer.drain()
    unfinished = (node.registrar.listening.ras if port == "ras_tls" else node.registrar.listening.sip)._unfinished
    await node.until(lambda: len(unfinished._since) == 1)
    node.pass_by(31.9)
    assert await brisk.answered(whole)
    assert node.open(port) == 2
    node.pass_by(0.2)
    assert await slow.is_cut_off()
    assert node.told(EventType.MALFORMED) == ["the message was not finished in time"]
    assert await brisk.answered(whole)


@pytest.mark.parametrize("port", SECURE)
async def test_a_tls_record_that_trickles_in_keeps_no_connection_alive(start: Start, port: str) -> None:
    node = await start(idle_seconds=100.0)
    host, number = node.registrar.ready[port]
    trust = ssl.create_default_context(cafile=node.registrar.ready["ca_file"])
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = trust.wrap_bio(incoming, outgoing, server_hostname="localhost")
    peer = await node.connect(port, plain=True)
    while True:
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
            break
        peer.writer.write(outgoing.read())
        incoming.write(await asyncio.wait_for(peer.reader.read(65536), SECONDS))
    peer.writer.write(outgoing.read())
    (connection,) = [c for each in node.registrar.listening.streams for c in each.connections.values()]
    await node.until(lambda: connection.ready)
    tls.write(b"REGISTER")
    record = outgoing.read()
    for octet in record[:-1]:
        node.pass_by(101 / len(record[:-1]))
        peer.writer.write(bytes((octet,)))
        await peer.writer.drain()
        await asyncio.sleep(0)
    node.pass_by(0.1)
    assert await peer.is_cut_off()
    assert (host, number) == tuple(node.registrar.ready[port])
