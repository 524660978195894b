"""Who may come in: requests that name this host and carry the token, or the cookie of somebody who did.

Without either only health, the pages of ``OPEN`` and the login page are answered. A cookie comes along with requests
that other sites make up; so with a cookie a request must come from our own pages, and what changes something must
prove it with the form token besides. Wrong tokens hold up the address they come from, as at the login page.
"""

from collections.abc import Awaitable, Callable
from hmac import compare_digest
from urllib.parse import quote

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from registrar.web.sessions import Guesses, Sessions

OPEN = frozenset({"/healthz", "/openapi.json", "/reasons", "/login"})
"""Paths that need no token."""
OPEN_FOLDERS = ("/static/", "/provision/", "/reasons/")
"""The program's own files, words and tables; and what telephones fetch, in which there is no PIN."""
SAFE = frozenset({"GET", "HEAD"})
FORM_TOKEN = b"x-form-token"
_BEARER = b"Bearer "

SECURITY_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        b" form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Guard:
    """ASGI middleware. ``hosts`` are the names and addresses a Host header may carry (against DNS rebinding)."""

    def __init__(
        self,
        app: ASGIApp,
        token: str,
        hosts: frozenset[str],
        sessions: Sessions,
        clock: Callable[[], float],
        close: Callable[[], Awaitable[None]],
    ) -> None:
        """``close`` ends what the application has started."""
        self.close = close
        self._app = app
        self._bearer = _BEARER + token.encode()
        self._hosts = hosts
        self._sessions = sessions
        self._clock = clock
        self._guesses = Guesses()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 421 for a foreign Host, 401 without token or cookie, 403 for a forged request; hand on the rest.

        After wrong tokens an address is told 429 for a while, whatever token it sends.
        """
        if scope["type"] != "http":
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *SECURITY_HEADERS]
            await send(message)

        await (self._refusal(scope) or self._app)(scope, receive, send_safely)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").lower()
        if name_in(host.decode("latin-1")) not in self._hosts:
            return JSONResponse({"detail": "this host is not served here"}, 421)
        path = scope["path"]
        if path in OPEN or path.startswith(OPEN_FOLDERS):
            return None if scope["method"] in SAFE or _own(scope["method"], headers, host) else _foreign()
        authorization = headers.get(b"authorization", b"")
        if authorization.startswith(_BEARER):
            now, source = self._clock(), scope["client"][0] if scope["client"] else ""
            wait = self._guesses.wait(source, now)
            if wait:
                detail = f"too many wrong tokens from this address: try again in {wait} s"
                return JSONResponse({"detail": detail}, 429, {"Retry-After": str(wait)})
            if compare_digest(authorization, self._bearer):
                return None
            self._guesses.failed(source, now)
        cookie = cookie_in(headers, self._sessions.name)
        if cookie and self._sessions.valid(cookie, self._clock()):
            proof = headers.get(FORM_TOKEN, b"").decode("latin-1")
            proven = scope["method"] in SAFE or self._sessions.sign_of(cookie, proof)
            return None if proven and _own(scope["method"], headers, host) else _foreign()
        if scope["method"] == "GET" and b"text/html" in headers.get(b"accept", b""):
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse(f"/login?next={quote(f'{path}?{query}' if query else path)}", 303)
        detail = "the token is missing or wrong: send Authorization: Bearer with what the token file holds"
        return JSONResponse({"detail": detail}, 401, {"WWW-Authenticate": "Bearer"})


def cookie_in(headers: dict[bytes, bytes], name: str) -> str:
    """Return the cookie of that name, empty when there is none; other programs' cookies may look as they like."""
    for pair in headers.get(b"cookie", b"").decode("latin-1").split(";"):
        key, _, value = pair.strip().partition("=")
        if key == name:
            return value
    return ""


def name_in(host: str) -> str:
    """Return a Host header's name without its port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _own(method: str, headers: dict[bytes, bytes], host: bytes) -> bool:
    """Return whether the request comes from our own pages, or only opens one of them.

    Browsers that do not tell with Sec-Fetch-Site (Fetch Metadata) tell with Origin, at least where something changes.
    """
    opens = method in SAFE and headers.get(b"sec-fetch-mode") == b"navigate"
    if headers.get(b"sec-fetch-site", b"same-origin") not in (b"same-origin", b"none") and not opens:
        return False
    origin = headers.get(b"origin")
    if origin is None:
        return method in SAFE or b"sec-fetch-site" in headers
    return origin.lower() in (b"http://" + host, b"https://" + host)


def _foreign() -> Response:
    return JSONResponse({"detail": "this request does not come from the registrar's own pages"}, 403)
