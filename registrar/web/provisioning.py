"""Configuration files as telephones fetch them by HTTP, with the CA certificate beside them.

No PIN is in any of them, and whether a number exists makes no difference: they need no token. A telephone is told to
fetch from ``http://HOST:8080/provision/``, or from ``/provision/NUMBER/`` to have a number of its own.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from registrar.model.flow import Transport
from registrar.provision import dialog, mitel
from registrar.provision.account import Server
from registrar.web.guard import name_in

FOLDER: Final = "/provision/"
AUTHORITY: Final = f"{FOLDER}ca.crt"
"""The CA certificate for browsers; the telephones' own files name ``ca.pem``."""
_NUMBER: Final = re.compile(r"[0-9]{1,20}")
_MAC: Final = re.compile(r"[0-9A-Fa-f]{12}\.cfg")


def routes(ready: Mapping[str, Any]) -> list[Route]:
    """Return the routes; ``ready`` is what the ready file holds."""

    async def file(request: Request) -> Response:
        name, number = request.path_params["name"], request.path_params.get("number", "")
        transport = _transport(request)
        if transport is None:
            return JSONResponse({"detail": "transport is udp, tcp or tls"}, 422)
        # the telephone reached this address, so that it reaches it for SIP and RAS as well
        server = Server.of(ready, name_in(request.headers.get("host", "")))
        text = _text(name, number, server, transport)
        if text is None:
            return JSONResponse({"detail": f"there is no {name} here"}, 404)
        return PlainTextResponse(text, headers={"Cache-Control": "no-store"})

    async def authority(_request: Request) -> Response:
        kind = "application/x-x509-ca-cert"  # what makes a telephone's browser offer to trust it
        return FileResponse(ready["ca_file"], media_type=kind, filename="registrar-ca.crt")

    return [Route(AUTHORITY, authority), Route(f"{FOLDER}{{name}}", file), Route(f"{FOLDER}{{number}}/{{name}}", file)]


def _transport(request: Request) -> Transport | None:
    given = request.query_params.get("transport", "tls").upper()
    return Transport(given) if given in Transport.__members__ else None


def _text(name: str, number: str, server: Server, transport: Transport) -> str | None:
    if number and not _NUMBER.fullmatch(number):
        return None
    match name:
        case "startup.cfg":
            return mitel.startup(server, transport)
        case dialog.D4_FILE | dialog.D5_FILE:
            return dialog.text(name, server, transport)
        case "ca.pem":
            return Path(server.ca_file).read_text("ascii")
    return mitel.own(number, "") if number and _MAC.fullmatch(name) else None
