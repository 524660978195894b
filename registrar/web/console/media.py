"""Media encryption: three switches, each with what it affects."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from registrar.commands.media_encryption import AFFECTS, TITLES
from registrar.commands.node import Execution
from registrar.commands.run import execute
from registrar.model.media import Media
from registrar.web.console.frame import Console


def routes(console: Console) -> list[Route]:
    """Return the paths."""

    def shown() -> dict[str, Any]:
        return {"switches": [_switch(console, media) for media in Media]}

    async def page(request: Request) -> Response:
        return console.page(request, "media.html", **shown())

    async def stream(request: Request) -> Response:
        return console.live.stream(
            request, {"switches": lambda: console.part("parts/media.html", "switches_part", **shown())}
        )

    return [Route("/media", page), Route("/live/media", stream)]


def _switch(console: Console, media: Media) -> dict[str, Any]:
    """One switch: what it affects, the command that turns it over, and its refusal if there is one."""
    system, now = console.system, console.clock()
    enabled = media in system.state.encrypted_media
    line = f"media_encryption_{'disable' if enabled else 'enable'} -type {media.value}"
    tried = execute(line, system.node(now), now)
    return {
        "media": media,
        "enabled": enabled,
        "line": line,
        "title": TITLES[media],
        "affects": [(" ".join(map(_gently, name.split())), words) for name, words in AFFECTS[media]],
        "denial": tried.printout if isinstance(tried, Execution) and not tried.executed else "",
    }


def _gently(word: str) -> str:
    """A printout's word in capitals as a page writes it."""
    return word if word in ("SIP", "H.323") else word.capitalize()
