"""Debian's chromium on the real program's console. A page that says something is wrong fails its test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.interop.running import Running

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""The browser asks nothing of any network, and runs as root where CI does."""
SECONDS = 20
"""How long something on a page may take on a machine that does much else."""

Serve = Callable[..., Running]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def registrar(tmp_path: Path) -> Iterator[Running]:
    """A program with the demonstration extensions, for one test."""
    program = Running(tmp_path / "data")
    yield program
    program.stop()


class Console:
    """Somebody's browser on the console."""

    def __init__(self, context: BrowserContext, registrar: Running) -> None:
        self.registrar = registrar
        self.context = context
        context.set_default_timeout(SECONDS * 1000)
        self.wrong: list[str] = []
        self.page = self.watch(context.new_page())

    @property
    def origin(self) -> str:
        host, port = self.registrar.address("http")
        return f"http://{host}:{port}"

    @property
    def token(self) -> str:
        return Path(self.registrar.ready["token_file"]).read_text().strip()

    def watch(self, page: Page) -> Page:
        """Note what the page complains of."""

        def heard(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                self.wrong.append(f"{page.url}: {message.text}")

        page.on("console", heard)
        page.on("pageerror", lambda error: self.wrong.append(f"{page.url}: {error}"))
        page.on("dialog", lambda dialog: dialog.accept())
        return page

    def login(self) -> Page:
        """Log in by the address that ``registrar console`` prints."""
        self.page.goto(f"{self.origin}/login#{self.token}")
        self.page.wait_for_url(f"{self.origin}/")
        return self.page

    def see(self, path: str) -> Page:
        """Open a page and wait until it is live, where it is a live one."""
        self.page.goto(self.origin + path)
        return self.page


@pytest.fixture
def look(chromium: Browser, registrar: Running) -> Iterator[Callable[..., Console]]:
    """Open a browser; ``look(width=360)`` on a phone, ``look(dark=True)`` in the dark."""
    consoles: list[Console] = []

    def opened(*, width: int = 1280, height: int = 900, dark: bool = False) -> Console:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
        )
        consoles.append(Console(context, registrar))
        return consoles[-1]

    yield opened
    for console in consoles:
        console.context.close()
        assert console.wrong == []


@pytest.fixture
def console(look: Callable[..., Console]) -> Console:
    """Somebody who is logged in."""
    console = look()
    console.login()
    return console
