"""In and out: the token, once, for a cookie."""

from secrets import token_hex

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from registrar.web.console.frame import Console, form
from registrar.web.sessions import LIFETIME, Guesses


def routes(console: Console) -> list[Route]:
    """Return the paths."""
    sessions, guesses = console.sessions, Guesses()

    async def page(request: Request) -> Response:
        return console.page(request, "login.html", next=_within(request.query_params.get("next", "/")), wrong="")

    async def login(request: Request) -> Response:
        now = console.clock()
        source = request.client.host if request.client else ""
        fields = await form(request)
        onward = _within(fields.get("next", "/"))
        wait = guesses.wait(source, now)
        if wait:
            wrong = f"Too many wrong tokens. Try again in {wait} s."
            response = console.page(request, "login.html", 429, next=onward, wrong=wrong)
            response.headers["Retry-After"] = str(wait)
            return response
        if not sessions.knows(fields.get("token", "").strip()):
            guesses.failed(source, now)
            return console.page(request, "login.html", 401, next=onward, wrong="This is not the token.")
        answer = RedirectResponse(onward, 303)
        cookie = sessions.open(token_hex(8), now)
        answer.set_cookie(sessions.name, cookie, max_age=int(LIFETIME), path="/", httponly=True, samesite="strict")
        return answer

    async def logout(_request: Request) -> Response:
        answer = Response(status_code=204, headers={"HX-Redirect": "/login"})
        answer.delete_cookie(sessions.name, path="/", httponly=True, samesite="strict")
        return answer

    return [
        Route("/login", page, methods=["GET"]),
        Route("/login", login, methods=["POST"]),
        Route("/logout", logout, methods=["POST"]),
    ]


def _within(path: str) -> str:
    """Return where to go after the login: a path of ours, never another site's."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"
