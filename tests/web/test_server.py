"""The API's server ends in order, and lets nobody hold it up: half requests, deaf readers, too many connections."""

import asyncio
import contextlib
import itertools
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from registrar.bus import Subscriber
from registrar.store.commit import GroupCommit
from registrar.system import System
from registrar.web import connections, server
from registrar.web.places import Places
from tests.lab import NOW
from tests.servers.playbook import Memory

STREAM = (
    b"GET /api/v1/events HTTP/1.1\r\nHost: lab\r\nAuthorization: Bearer secret\r\nAccept: text/event-stream\r\n\r\n"
)
ASKS = b"GET /healthz HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n"
HEALTH = b'{"status":"ok"}'
WAIT = b"GET /api/v1/events?wait=60 HTTP/1.1\r\nHost: lab\r\nAuthorization: Bearer secret\r\n\r\n"


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[str, int]]:
    """The server on a port of its own, for somebody without a token."""
    memory = Memory()
    system = System(memory.stored, GroupCommit(memory), token=lambda: "t")
    listening = socket.create_server(("127.0.0.1", 0))
    address = listening.getsockname()
    task = asyncio.ensure_future(
        server.serve(system, listening, token="secret", hosts=["lab"], clock=lambda: NOW, gauges=lambda: (), ready={})
    )
    try:
        yield address
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def sends(address: tuple[str, int], *pieces: bytes) -> bytes:
    """What comes back until the server closes."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"GET /healthz HT",),
        (b"GET /healthz HTTP/1.1\r\nHost: lab\r\n", b"X: y\r\n"),
        (b"POST /login HTTP/1.1\r\nHost: lab\r\nOrigin: http://lab\r\nContent-Length: 20\r\n\r\ntoken=",),
    ],
    ids=["nothing", "half a line", "half a head", "half a body"],
)
async def test_who_does_not_finish_a_request_is_let_go(
    monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.05)
    async with serving() as address:
        assert await sends(address, *pieces) == b""
        assert HEALTH in await sends(address, ASKS)


async def test_an_answered_connection_is_not_held_by_the_first_octets_of_another_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving() as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(ASKS.replace(b"Connection: close\r\n", b""))
        assert HEALTH in await asyncio.wait_for(reader.readuntil(HEALTH), 20)
        monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.05)
        writer.write(b"GET /healthz HT")
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: lab\r\nHost: evil\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: lab\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 1_000_000 + b" HTTP/1.1\r\nHost: lab\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: lab\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: lab\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : lab\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=["two hosts", "a long header", "a long path", "two lengths", "an unknown coding", "a gap", "a TLS hello"],
)
async def test_a_request_that_could_be_read_in_two_ways_is_refused(request_: bytes) -> None:
    async with serving() as address:
        told = await sends(address, request_)
        cut_off_while_it_still_sent = len(request_) > 100_000 and told == b""
        assert told.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 ")) or cut_off_while_it_still_sent
        assert HEALTH in await sends(address, ASKS)


async def test_a_body_larger_than_any_command_is_refused_before_it_is_kept() -> None:
    head = b"POST /login HTTP/1.1\r\nHost: lab\r\nOrigin: http://lab\r\n"
    chunks = [b"10000\r\n" + b"x" * 0x10000 + b"\r\n"] * 100
    async with serving() as address:
        told = await sends(address, head + b"Content-Length: 99999999\r\n\r\n")
        assert told.startswith(b"HTTP/1.1 413 ")
        told = await sends(address, head + b"Transfer-Encoding: chunked\r\n\r\n", *chunks)
        assert told.startswith(b"HTTP/1.1 413 ") or told == b""
        assert HEALTH in await sends(address, ASKS)


async def test_of_connections_that_ask_nothing_the_oldest_makes_room_for_who_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "PER_SOURCE", 3)
    async with serving() as address:
        held = [await asyncio.open_connection(*address) for _ in range(3)]
        assert HEALTH in await sends(address, ASKS)
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(held[0][0].read(), 20) == b""
        held[2][1].write(ASKS)
        assert HEALTH in await asyncio.wait_for(held[2][0].read(), 20)
        for _, writer in held:
            writer.close()


async def test_more_streams_than_one_address_may_have_are_closed_and_others_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "PER_SOURCE", 3)
    async with serving() as address:
        held = [await asyncio.open_connection(*address) for _ in range(3)]
        for reader, writer in held:
            writer.write(STREAM)
            await asyncio.wait_for(reader.readuntil(b": connected"), 20)
        assert await sends(address, ASKS) == b""
        reader, writer = await asyncio.open_connection(*address, local_addr=("127.0.0.2", 0))
        writer.write(ASKS)
        assert HEALTH in await asyncio.wait_for(reader.read(), 20)
        for _, each in [*held, (reader, writer)]:
            each.close()
            await each.wait_closed()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET /healthz HT",
        b"POST /login HTTP/1.1\r\nHost: lab\r\nOrigin: http://lab\r\nContent-Length: 20\r\n\r\ntoken=",
        ASKS.replace(b"Connection: close\r\n", b""),
    ],
    ids=["nothing", "half a line", "half a body", "something that was answered"],
)
async def test_connections_of_any_address_that_ask_nothing_keep_nobody_out(
    monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(connections, "CONNECTIONS", 14)
    monkeypatch.setattr(connections, "SPARE", 4)
    monkeypatch.setattr(server, "CONNECTIONS", 14)
    async with serving() as address:
        held = []
        for number in range(40):
            reader, writer = await asyncio.open_connection(*address, local_addr=(f"127.0.0.{2 + number % 5}", 0))
            held.append((reader, writer))
            writer.write(said)
            if said.endswith(b"\r\n\r\n"):
                await asyncio.wait_for(reader.readuntil(HEALTH), 20)
            for _ in range(10):
                await asyncio.sleep(0)
        assert HEALTH in await sends(address, ASKS)
        for _, writer in held:
            writer.close()


@pytest.mark.parametrize("limit", ["PLACES", "PER_SOURCE"])
@pytest.mark.parametrize("held", [STREAM, WAIT, STREAM.replace(b"events", b"trace")], ids=["stream", "wait", "trace"])
async def test_streams_and_waits_leave_room_for_whoever_asks(
    monkeypatch: pytest.MonkeyPatch, limit: str, held: bytes
) -> None:
    few = Places(**{"places": 3} if limit == "PLACES" else {"per_source": 3})
    monkeypatch.setattr("registrar.web.api.Places", lambda: few)
    async with serving() as address:
        there = [await asyncio.open_connection(*address) for _ in range(3)]
        for _, writer in there:
            writer.write(held)
        while few._taken.total() < 3:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
        for more in (STREAM, WAIT):
            told = await sends(address, more.replace(b"Host: lab\r\n", b"Host: lab\r\nConnection: close\r\n"))
            assert told.startswith(b"HTTP/1.1 503 ")
            assert b"retry-after: 10" in told
        assert HEALTH in await sends(address, ASKS)
        for _, writer in there:
            writer.close()
        while few._taken:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
        reader, writer = await asyncio.open_connection(*address)
        writer.write(STREAM)
        await asyncio.wait_for(reader.readuntil(b": connected"), 20)
        writer.close()


async def test_who_does_not_read_the_answer_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "UNREAD_SECONDS", 0.05)
    async with serving() as address:
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(deaf, address)
            asks = b"GET /openapi.json HTTP/1.1\r\nHost: lab\r\n\r\n"
            with pytest.raises((ConnectionResetError, BrokenPipeError)):  # noqa: PT012
                while True:
                    await asyncio.wait_for(loop.sock_sendall(deaf, asks), 20)
                    await asyncio.sleep(0)
        assert HEALTH in await sends(address, ASKS)


async def test_streams_and_waits_end_when_the_server_stops_and_nothing_is_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "GRACE", 0.05)
    memory = Memory()
    system = System(memory.stored, GroupCommit(memory), token=lambda: "t")
    followed, subscribe, followers = asyncio.Event(), system.bus.subscribe, itertools.count(1)

    def counted(subscriber: Subscriber) -> Callable[[], None]:
        if next(followers) == 2:
            followed.set()
        return subscribe(subscriber)

    monkeypatch.setattr(system.bus, "subscribe", counted)
    listening = socket.create_server(("127.0.0.1", 0))
    address = listening.getsockname()
    serving = asyncio.ensure_future(
        server.serve(system, listening, token="secret", hosts=["lab"], clock=lambda: NOW, gauges=lambda: (), ready={})
    )
    stream, stream_writer = await asyncio.open_connection(*address)
    wait, wait_writer = await asyncio.open_connection(*address)
    with caplog.at_level(logging.WARNING):
        stream_writer.write(STREAM)
        wait_writer.write(WAIT)
        await asyncio.wait_for(followed.wait(), 20)
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
    assert (await stream.read()).endswith(b"0\r\n\r\n")
    assert (await wait.read()).startswith(b"HTTP/1.1 503 ")
    assert caplog.records == []
    for writer in (stream_writer, wait_writer):
        writer.close()
