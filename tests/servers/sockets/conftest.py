"""Real sockets behave a little differently on each event loop, so these tests run on both."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

from registrar.servers import stream
from registrar.servers.readiness import _Epoll, _Watchers


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(params=[_Epoll, _Watchers])
def way_of_watching(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every system has epoll."""
    monkeypatch.setattr(stream, "readiness", request.param)
