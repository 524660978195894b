"""The API's server ends in order: what is being answered is finished."""

import asyncio
import itertools
import logging
import socket
from collections.abc import Callable

import pytest

from registrar.bus import Subscriber
from registrar.store.commit import GroupCommit
from registrar.system import System
from registrar.web import server
from tests.lab import NOW
from tests.servers.playbook import Memory

STREAM = (
    b"GET /api/v1/events HTTP/1.1\r\nHost: lab\r\nAuthorization: Bearer secret\r\nAccept: text/event-stream\r\n\r\n"
)
WAIT = b"GET /api/v1/events?wait=60 HTTP/1.1\r\nHost: lab\r\nAuthorization: Bearer secret\r\n\r\n"


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
