"""Who may come in: requests that name this host and carry the token. Nothing else but health is answered without."""

from hmac import compare_digest

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

OPEN = frozenset({"/healthz"})
"""Paths that need no token."""


class Guard:
    """ASGI middleware. ``hosts`` are the names and addresses a Host header may carry (against DNS rebinding)."""

    def __init__(self, app: ASGIApp, token: str, hosts: frozenset[str]) -> None:
        self._app = app
        self._bearer = f"Bearer {token}".encode()
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 421 for a foreign Host and 401 without the token; hand on the rest."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if _name(host) not in self._hosts:
            answer = JSONResponse({"detail": "this host is not served here"}, 421)
        elif scope["path"] not in OPEN and not compare_digest(headers.get(b"authorization", b""), self._bearer):
            detail = "the token is missing or wrong: send Authorization: Bearer with what the token file holds"
            answer = JSONResponse({"detail": detail}, 401, {"WWW-Authenticate": "Bearer"})
        else:
            await self._app(scope, receive, send)
            return
        await answer(scope, receive, send)


def _name(host: str) -> str:
    """Return a Host header's name without its port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
