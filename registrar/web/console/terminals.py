"""Terminals: simulated phones that the console starts, each a ``registrar phone`` of its own."""

import asyncio
import sys
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from registrar.commands.numbers import ArgumentError, read_numbers
from registrar.web.console.frame import Console, form
from registrar.web.console.programs import Program, TooMany
from registrar.web.console.query import whole

AT_ONCE: Final = 10
"""Phones that one press of the button starts."""
SUGGESTED: Final = 200
"""Numbers offered to choose from."""
SHOWN: Final = 14
"""Lines of its transcript."""
TLS_CHOICES: Final = {
    "": ("as the terminal has it", ()),
    "none": ("never: no TLS", ("--no-security",)),
    "old": ("only TLS 1.1, which is refused", ("--tls", "1.1")),
    "any": ("takes any certificate", ("--any-certificate",)),
}
_DISPLAY: Final = "▢"


class Profile(NamedTuple):
    """A kind of terminal, as ``registrar phone --list`` tells it."""

    name: str
    title: str
    protocol: str
    says: str


class Phone(NamedTuple):
    """A phone as the page shows it."""

    program: Program
    display: str
    """What its display says."""
    registered: bool
    lines: list[str]


class Terminals:
    """The page and what its buttons do."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._phones = console.phones
        self._profiles: list[Profile] = []

    async def page(self, request: Request) -> Response:
        """Return the page."""
        numbers = list(islice(self._console.system.state.extensions, SUGGESTED))
        return self._console.page(
            request,
            "terminals.html",
            profiles=await self._known(),
            numbers=numbers,
            choices=TLS_CHOICES,
            phones=self._shown(),
        )

    async def stream(self, request: Request) -> Response:
        """Return the page's live part."""
        return self._console.live.stream(request, {"phones": self._part}, lambda: self._phones.heard)

    async def start(self, request: Request) -> Response:
        """Start phones."""
        asked = await form(request)
        try:
            numbers = read_numbers(asked.get("number", "").strip())
        except ArgumentError as error:
            return PlainTextResponse(f"Numbers: {error}.", 422)
        profile, tls = asked.get("profile", ""), asked.get("tls", "")
        if profile not in {each.name for each in await self._known()} or tls not in TLS_CHOICES:
            return PlainTextResponse("There is no such terminal.", 422)
        if len(numbers) > AT_ONCE:
            return PlainTextResponse(f"At most {AT_ONCE} at once; registrar fleet starts thousands.", 422)
        data = Path(self._console.ready["token_file"]).parent
        for number in numbers:
            arguments = ["phone", number, "--profile", profile, "--data", str(data), *TLS_CHOICES[tls][1]]
            try:
                await self._phones.start(arguments, {"number": number, "profile": profile}, pin=asked.get("pin", ""))
            except TooMany:
                return PlainTextResponse("As many phones run as may.", 429)
        return HTMLResponse(self._part())

    async def act(self, request: Request) -> Response:
        """Enter a PIN, reboot, switch off, put away."""
        program = self._phones.get(whole(request.path_params["number"]) or 0)
        asked = await form(request)
        if program is not None:
            match asked.get("act"):
                case "pin" if asked.get("pin", "").isprintable():
                    program.type(asked.get("pin", ""))
                case "reboot":
                    program.type("r")
                case "stop":
                    program.stop()
                case "forget":
                    self._phones.forget(program.number)
        return HTMLResponse(self._part())

    async def _known(self) -> list[Profile]:
        if not self._profiles:
            listing = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "registrar", "phone", "--list", stdout=asyncio.subprocess.PIPE
            )
            printed, _ = await listing.communicate()
            self._profiles = [_profile(line) for line in printed.decode().splitlines() if line.strip()]
        return self._profiles

    def _shown(self) -> list[Phone]:
        return [_phone(program) for program in self._phones][::-1]

    def _part(self) -> str:
        return self._console.part("parts/terminals.html", "listing", phones=self._shown())


def routes(console: Console) -> list[Route]:
    """Return the paths."""
    terminals = Terminals(console)
    return [
        Route("/terminals", terminals.page),
        Route("/live/terminals", terminals.stream),
        Route("/terminals/start", terminals.start, methods=["POST"]),
        Route("/terminals/{number}", terminals.act, methods=["POST"]),
    ]


def _profile(line: str) -> Profile:
    """Read a line of the listing: name, title, protocol, what it says, in columns."""
    return Profile(line[:12].strip(), line[13:45].strip(), line[46:51].strip(), line[52:].strip())


def _phone(program: Program) -> Phone:
    display = next((line.partition(_DISPLAY)[2].strip() for line in reversed(program.printed) if _DISPLAY in line), "")
    if not program.running:
        display = program.printed[-1] if program.status and program.printed else "switched off"
    lines = list(program.printed)[-SHOWN:]
    return Phone(program, display, program.running and " registered, " in display, lines)
