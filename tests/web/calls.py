"""The API without sockets: requests that carry the token, and streams read piece by piece."""

import asyncio
import json
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpx

from registrar.web.api import create_app
from registrar.web.guard import Guard
from tests.servers.playbook import Playbook

TOKEN = "a token of the tests"
HOSTS = ("lab.example", "127.0.0.1", "::1")
BEARER = {"Authorization": f"Bearer {TOKEN}"}
SECONDS = 10.0


def application(book: Playbook) -> Guard:
    return create_app(book.system, token=TOKEN, hosts=HOSTS, clock=lambda: book.now)


class Api(httpx.AsyncClient):
    """A program that uses the API of one node."""

    def __init__(self, book: Playbook, headers: dict[str, str] | None = None) -> None:
        transport = httpx.ASGITransport(app=application(book))
        sent = BEARER if headers is None else headers
        super().__init__(transport=transport, base_url="http://127.0.0.1:8080", headers=sent)

    async def json(self, path: str, **query: Any) -> Any:
        """What a GET answers."""
        answer = await self.get(path, params=query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "application/json"
        return answer.json()

    async def told(self, path: str, **body: Any) -> Any:
        """What a POST answers."""
        answer = await self.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


def scope(path: str, query: str, headers: dict[str, str]) -> dict[str, Any]:
    """Return how an ASGI server tells an application of a GET."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8080),
    }


class Stream:
    """A stream of Server-Sent Events, read as it comes. A context manager; its end is the reader's leaving."""

    def __init__(self, book: Playbook, path: str, headers: dict[str, str] | None = None, **query: Any) -> None:
        sent = {"Host": "127.0.0.1", "Accept": "text/event-stream", **BEARER, **(headers or {})}
        self._scope = scope(path, urlencode(query, doseq=True), sent)
        self._app = application(book)
        self._messages: asyncio.Queue[Any] = asyncio.Queue()
        self._left = asyncio.Event()
        self._text = ""
        self.headers: dict[bytes, bytes] = {}

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._app(self._scope, self._receive, self._messages.put))
        start = await asyncio.wait_for(self._messages.get(), SECONDS)
        assert start["status"] == 200, start
        self.headers = dict(start["headers"])
        assert await self.block() == ": connected"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        await asyncio.wait_for(self._task, SECONDS)

    async def block(self) -> str:
        """The next event or comment."""
        while "\n\n" not in self._text:
            message = await asyncio.wait_for(self._messages.get(), SECONDS)
            self._text += message.get("body", b"").decode()
        block, _, self._text = self._text.partition("\n\n")
        return block

    async def event(self) -> tuple[int, str, dict[str, Any]]:
        """The next event: its id, its name and what it tells."""
        fields = dict(line.split(": ", 1) for line in (await self.block()).splitlines())
        return int(fields["id"]), fields["event"], json.loads(fields["data"])

    async def _receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}
