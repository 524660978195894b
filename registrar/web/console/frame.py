"""What every page stands in: the templates, the navigation, and what pages share of a running registrar."""

import asyncio
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from html import escape
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from registrar import __version__
from registrar.model.flow import Listener, Transport
from registrar.model.policy import Protocol
from registrar.policy.explain import printable
from registrar.system import System
from registrar.trace.exchanges import Exchanges
from registrar.web.console.icons import icon
from registrar.web.console.live import Live
from registrar.web.console.programs import Programs
from registrar.web.console.tallies import Census
from registrar.web.sessions import Sessions

LONGEST_FORM: Final = 400_000
"""Octets: a command of 100,000 characters, each of them escaped."""


class Place(NamedTuple):
    """An entry of the navigation."""

    path: str
    title: str
    icon: str


NAVIGATION: Final[dict[str, tuple[Place, ...]]] = {
    "Watch": (
        Place("/", "Overview", "gauge"),
        Place("/registrations", "Registrations", "phone"),
        Place("/why", "Why", "help"),
        Place("/trace", "Trace", "ladder"),
    ),
    "Set": (
        Place("/policy", "Policy", "shield"),
        Place("/extensions", "Extensions and PINs", "hash"),
        Place("/media", "Media encryption", "wave"),
        Place("/certificates", "Certificates", "badge"),
        Place("/routes", "Routes", "route"),
    ),
    "Try": (
        Place("/terminals", "Terminals", "handset"),
        Place("/scenarios", "Scenarios", "script"),
        Place("/commands", "Commands", "prompt"),
    ),
}


class Port(NamedTuple):
    """One port of the system, as people know it."""

    name: str
    """The ready file's: ``sip_udp``."""
    title: str
    listener: Listener
    listening: bool

    @property
    def secure(self) -> bool:
        """True for TLS."""
        return self.listener.secure


_PORTS: Final = (
    ("sip_udp", "SIP over UDP", Protocol.SIP, Transport.UDP, 5060),
    ("sip_tcp", "SIP over TCP", Protocol.SIP, Transport.TCP, 5060),
    ("sip_tls", "SIP over TLS", Protocol.SIP, Transport.TLS, 5061),
    ("ras_udp", "H.323 RAS", Protocol.H323, Transport.UDP, 1719),
    ("ras_tls", "H.323 RAS over TLS", Protocol.H323, Transport.TLS, 3727),
)


class Console:
    """What pages show a system with."""

    def __init__(
        self, system: System, sessions: Sessions, ready: Mapping[str, Any], clock: Callable[[], float]
    ) -> None:
        """``ready`` is what the ready file holds: ports, the CA file, the address for phones."""
        self.system = system
        self.sessions = sessions
        self.ready = ready
        self.clock = clock
        self.exchanges = Exchanges(system.trace)
        self.live = Live(system)
        self.census = Census(system)
        self._patterns: dict[tuple[Any, ...], str] = {}
        self.phones = Programs()
        self.runs = Programs(1)

    async def close(self) -> None:
        """End the programs that were started."""
        await self.phones.close()
        await self.runs.close()

    @cached_property
    def ports(self) -> tuple[Port, ...]:
        """Every port that the system has or could have."""
        found = []
        for name, title, protocol, transport, standard in _PORTS:
            host, number = self.ready.get(name, ("", standard))
            found.append(Port(name, title, Listener(protocol, transport, host, number), name in self.ready))
        return tuple(found)

    def page(self, request: Request, template: str, status: int = 200, **shown: Any) -> HTMLResponse:
        """Return a whole page."""
        cookie = request.cookies.get(self.sessions.name, "")
        text = TEMPLATES.get_template(template).render(
            console=self,
            path=request.url.path,
            form_token=self.sessions.form_token(cookie),
            policy=self.system.state.policy,
            **shown,
        )
        return HTMLResponse(text, status, headers={"Cache-Control": "no-store"})

    def part(self, template: str, name: str, **shown: Any) -> str:
        """Return one macro of a template: what is put into a page that is already there."""
        module = TEMPLATES.get_template(template).module
        return str(getattr(module, name)(console=self, **shown))

    def filled(self, template: str, name: str, kind: Mapping[str, Any], told: Mapping[str, str]) -> Markup:
        """Return a macro that has places like ``%(number)s`` with these words in them.

        It is made once of each kind. Only so can hundreds of rows a second be made while phones register.
        """
        place = (template, name, *kind.values())
        if place not in self._patterns:
            self._patterns[place] = self.part(template, name, **kind).replace("\n", "")
        safe = {name: words if type(words) is Markup else escape(words) for name, words in told.items()}
        return Markup(self._patterns[place] % safe)  # noqa: S704 - escaped


async def form(request: Request) -> dict[str, str]:
    """Return the fields of a form, the first of each name; at most so much as any command may be long."""
    octets = b""
    async for part in request.stream():
        octets += part
        if len(octets) > LONGEST_FORM:
            raise HTTPException(413, "longer than any command", {"Connection": "close"})
    return {name: values[0] for name, values in parse_qs(octets.decode("utf-8", "replace")).items()}


def words(value: str) -> str:
    """Return what came from the wire in a form that a page can hold: nothing invisible, no lone surrogates."""
    return value if value.isprintable() else printable(value.encode("utf-8", "backslashreplace").decode())


def moment(value: float, form: str = "ago") -> Markup:
    """Return a moment that the browser tells as ``ago``, ``left`` or ``clock``."""
    return Markup(f'<time data-at="{value:.3f}" data-form="{form}"></time>')  # noqa: S704 - a number, and our own word


_HEADER: Final = re.compile(r"^([A-Za-z-]+)(\s*:)", re.MULTILINE)
_STARS: Final = re.compile(r"\*{3,}")


def highlighted(message: str) -> Markup:
    """Return a SIP message with its start line, its header names and what is masked set off."""
    start, end, rest = message.replace("\r\n", "\n").partition("\n")
    safe = str(Markup.escape("".join(c if c == "\n" or c == "\t" or c.isprintable() else "?" for c in rest)))
    head, gap, body = safe.partition("\n\n")
    head = _STARS.sub(lambda found: f"<mark>{found[0]}</mark>", _HEADER.sub(r"<b>\1</b>\2", head))
    first = Markup('<span class="start">{}</span>').format(words(start))
    return first + end + Markup(head + gap + body)  # noqa: S704 - escaped above


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("registrar.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(words=words, moment=moment, highlighted=highlighted)
    environment.globals.update(icon=icon, navigation=NAVIGATION, version=__version__, Protocol=Protocol)
    return environment


TEMPLATES: Final = _environment()


async def compile_templates() -> None:
    """Compile every template beside the event loop, with pauses, so that neither phones nor first visitors wait."""
    loop = asyncio.get_running_loop()
    for name in TEMPLATES.list_templates():
        await loop.run_in_executor(None, TEMPLATES.get_template, name)
        await asyncio.sleep(0.02)
