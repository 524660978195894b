"""The console without sockets: a node that phones register with, and a browser's requests to it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from registrar.web.api import create_app
from tests.servers.playbook import Playbook, with_extensions

TOKEN = "the token of a test"
HOST = "127.0.0.1:8080"
READY: dict[str, Any] = {
    "address": "127.0.0.1",
    "name": "lab.example",
    "sip_udp": ["127.0.0.1", 5060],
    "sip_tcp": ["127.0.0.1", 5060],
    "sip_tls": ["127.0.0.1", 5061],
    "http": ["127.0.0.1", 8080],
    "ca_file": __file__,
}


class Browser(httpx.AsyncClient):
    """Sends what a browser sends on the console's own pages."""

    async def login(self, token: str = TOKEN) -> httpx.Response:
        return await self.post("/login", data={"token": token, "next": "/"}, headers=OWN)

    async def see(self, path: str) -> str:
        """The page, which must be there."""
        answer = await self.get(path, headers={"Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer.text

    async def run(self, line: str, **headers: str) -> httpx.Response:
        """What the console does when a button is pressed."""
        page = await self.see("/commands")
        form_token = page.partition('"X-Form-Token": "')[2].partition('"')[0]
        return await self.post("/run", data={"command": line}, headers={**OWN, "X-Form-Token": form_token, **headers})


OWN = {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def book() -> Playbook:
    """A node with the three demonstration extensions."""
    return await with_extensions()


@pytest.fixture
async def stranger(book: Playbook) -> AsyncIterator[Browser]:
    """A browser that is not logged in."""
    app = create_app(book.system, token=TOKEN, hosts=["127.0.0.1", "lab.example"], clock=lambda: book.now, ready=READY)
    async with Browser(transport=httpx.ASGITransport(app=app), base_url=f"http://{HOST}") as browser:
        yield browser


@pytest.fixture
async def browser(stranger: Browser) -> Browser:
    """A browser that is logged in."""
    assert (await stranger.login()).status_code == 303
    return stranger
