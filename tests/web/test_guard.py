"""Nothing without the token but health; nothing for other sites' pages; nothing under a foreign name."""

from urllib.parse import unquote

import pytest
from starlette.routing import Route
from starlette.types import ASGIApp, Message

from registrar.web.api import create_app
from registrar.web.console.app import routes
from registrar.web.console.frame import Console
from registrar.web.guard import OPEN, OPEN_FOLDERS
from registrar.web.sessions import FAILURES, FAILURES_PER_SOURCE, LIFETIME, WINDOW, Guesses, Sessions
from tests.lab import NOW
from tests.servers.playbook import Playbook
from tests.web.conftest import HOST, OWN, READY, TOKEN, Browser

BEARER = {"Authorization": f"Bearer {TOKEN}"}
PAGES = (
    "/",
    "/registrations",
    "/why",
    "/policy",
    "/trace",
    "/extensions",
    "/media",
    "/certificates",
    "/routes",
    "/terminals",
    "/scenarios",
    "/commands",
    "/search",
    "/api/v1/commands/completion?line=h",
    "/live/overview",
    "/metrics",
    "/api/v1/trace",
    "/api/v1/trace.pcapng",
    "/api/v1/registrations",
)


@pytest.mark.parametrize("path", PAGES)
async def test_without_the_token_nothing_is_told(stranger: Browser, path: str) -> None:
    assert (await stranger.get(path)).status_code == 401
    login = await stranger.get(path, headers={"Accept": "text/html"})
    assert login.status_code == 303
    assert login.headers["location"].startswith("/login?next=/")
    assert (await stranger.get("/healthz")).status_code == 200


async def test_no_path_of_the_console_or_the_api_answers_a_stranger_by_any_method(
    stranger: Browser, book: Playbook
) -> None:
    described = (await stranger.get("/openapi.json")).json()["paths"]
    console = Console(book.system, Sessions(TOKEN), READY, lambda: book.now)
    pages = {route.path for route in routes(console) if isinstance(route, Route)}
    paths = {path for path in {*described, *pages} if path not in OPEN and not path.startswith(OPEN_FOLDERS)}
    assert {"/live/trace", "/api/v1/events", "/run", "/terminals/start"} <= paths
    assert len(paths) >= 40
    for path in paths:
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            answer = await stranger.request(method, path.replace("{", "").replace("}", ""))
            assert answer.status_code == 401, f"{method} {path}"


def served(book: Playbook) -> ASGIApp:
    return create_app(book.system, token=TOKEN, hosts=["127.0.0.1"], clock=lambda: book.now, ready=READY)


async def raw(app: ASGIApp, path: str, *headers: tuple[bytes, bytes], client: str = "127.0.0.1") -> tuple[int, bytes]:
    """What is answered to a path exactly as it stands, which no well-behaved client would send."""
    status, body = 0, b""

    async def send(message: Message) -> None:
        nonlocal status, body
        status, body = message.get("status", status), body + message.get("body", b"")

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    decoded = unquote(path)
    await app(
        {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": decoded,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(b"host", HOST.encode()), *headers],
            "client": (client, 50000),
            "server": ("127.0.0.1", 8080),
        },
        receive,
        send,
    )
    return status, body


@pytest.mark.parametrize("folder", OPEN_FOLDERS)
@pytest.mark.parametrize(
    "trick",
    [
        *("../registrations", "..%2fregistrations", "%2e%2e/registrations", "..\\registrations", "./../registrations"),
        *(
            "../../api.py",
            "..%2f..%2fapi.py",
            "%2e%2e%2f%2e%2e%2fapi.py",
            "....//api.py",
            "/etc/passwd",
            "%2fetc%2fpasswd",
        ),
        *(
            "../../../../../../etc/passwd",
            "console.css/../../api.py",
            "%00",
            "console.css%00.html",
            "..;/registrations",
        ),
        *("../api/v1/extensions", "//api/v1/extensions", ".", "..", "%ff"),
    ],
)
async def test_no_path_trick_leads_out_of_the_open_folders(book: Playbook, folder: str, trick: str) -> None:
    status, body = await raw(served(book), folder + trick)
    assert status in (307, 400, 404, 405), body[:200]
    assert b"12345" not in body
    assert b"root:" not in body
    assert b"def " not in body


@pytest.mark.parametrize(
    "path",
    [
        *("//registrations", "/registrations/", "/REGISTRATIONS", "/./registrations", "/static/../registrations"),
        *("/healthz/../registrations", "/healthz/", "/login/x", "/loginx", "/staticx", "/api/v1/../../registrations"),
        *("", "*"),
    ],
)
async def test_other_spellings_of_a_path_tell_nothing(book: Playbook, path: str) -> None:
    status, body = await raw(served(book), path)
    assert status in (401, 404), body[:200]
    assert b"12345" not in body


async def test_a_wrong_token_is_not_a_right_one(stranger: Browser) -> None:
    assert (await stranger.get("/", headers={"Authorization": f"Bearer {TOKEN}x"})).status_code == 401
    assert (await stranger.login(f"{TOKEN}x")).status_code == 401
    assert (await stranger.login("")).status_code == 401
    assert not stranger.cookies


async def test_login_gives_a_cookie_that_scripts_and_other_sites_do_not_get(stranger: Browser) -> None:
    answer = await stranger.login()
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert TOKEN not in cookie
    assert "Overview" in await stranger.see("/")


@pytest.mark.parametrize("cookie", ["", "x", "9999999999.aa.bb", "9999999999.aa.", ".", "9999999999", "é.é.é"])
async def test_a_cookie_of_ones_own_making_opens_nothing(stranger: Browser, cookie: str) -> None:
    answer = await stranger.get("/", headers={b"Cookie": f"registrar-8080={cookie}".encode()})
    assert answer.status_code == 401


async def test_a_login_ends(browser: Browser, book: Playbook) -> None:
    book.now += LIFETIME - 1
    await browser.see("/")
    book.now += 1
    assert (await browser.get("/")).status_code == 401


async def test_a_cookie_of_another_program_does_not_keep_anybody_out(browser: Browser) -> None:
    ours = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    answer = await browser.get("/", headers={"Cookie": f'a="; b[=]; =; {ours}'})
    assert answer.status_code == 200


async def test_wrong_tokens_of_the_api_hold_up_their_address_and_nobody_else(book: Playbook) -> None:
    app = served(book)
    for guess in range(FAILURES_PER_SOURCE):
        assert (await raw(app, "/api/v1/policy", (b"authorization", b"Bearer guess %d" % guess)))[0] == 401
    right = (b"authorization", BEARER["Authorization"].encode())
    status, body = await raw(app, "/api/v1/policy", right)
    assert (status, b"too many wrong tokens" in body) == (429, True)
    assert (await raw(app, "/api/v1/policy", right, client="127.0.0.2"))[0] == 200
    assert (await raw(app, "/healthz", right))[0] == 200
    book.now += WINDOW
    assert (await raw(app, "/api/v1/policy", right))[0] == 200


async def test_what_is_no_token_of_the_api_counts_as_none(book: Playbook) -> None:
    app = served(book)
    for header in (b"", b"Basic dXNlcjpwYXNz", b"bearer", b"Digest x"):
        for _ in range(FAILURES_PER_SOURCE):
            assert (await raw(app, "/api/v1/policy", (b"authorization", header)))[0] == 401
    assert (await raw(app, "/api/v1/policy", (b"authorization", BEARER["Authorization"].encode())))[0] == 200


async def test_a_login_goes_on_where_wrong_tokens_hold_up_the_api(browser: Browser, book: Playbook) -> None:
    for _ in range(FAILURES_PER_SOURCE + 1):
        answer = await browser.get("/api/v1/policy", headers={"Authorization": "Bearer wrong", "Cookie": ""})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= WINDOW + 1
    await browser.see("/")


async def test_wrong_tokens_are_slowed_down_and_the_right_one_is_too(stranger: Browser, book: Playbook) -> None:
    for _ in range(FAILURES_PER_SOURCE):
        assert (await stranger.login("wrong")).status_code == 401
    answer = await stranger.login()
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= WINDOW + 1
    book.now += WINDOW
    assert (await stranger.login()).status_code == 303


def test_wrong_tokens_of_many_hold_up_those_who_gave_one_and_nobody_else() -> None:
    guesses = Guesses()
    for number in range(FAILURES):
        assert guesses.wait(f"10.0.0.{number}", NOW + number / 10) == 0
        guesses.failed(f"10.0.0.{number}", NOW + number / 10)
    assert guesses.wait("10.0.0.0", NOW + 10) == 51
    assert guesses.wait("192.0.2.1", NOW + 10) == 0
    assert guesses.wait("10.0.0.49", NOW + WINDOW) == 0, "the oldest is of no account any more"


@pytest.mark.parametrize(
    "onward", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "x", ""]
)
async def test_a_login_leads_nowhere_else(stranger: Browser, onward: str) -> None:
    answer = await stranger.post("/login", data={"token": TOKEN, "next": onward}, headers=OWN)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    "host", ["attacker.example", "attacker.example:8080", "127.0.0.1.attacker.example", "", "[::1]"]
)
async def test_a_foreign_host_is_not_served(browser: Browser, host: str) -> None:
    for path in ("/", "/healthz", "/login", "/static/console.css", "/api/v1/policy"):
        assert (await browser.get(path, headers={"Host": host, **BEARER})).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://attacker.example"},
        {"Origin": "null"},
        {"Origin": f"http://{HOST}.attacker.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site", "Origin": f"http://{HOST}"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-Form-Token": "0" * 32},
        {"X-Form-Token": ""},
    ],
)
async def test_a_command_from_an_attackers_page_is_not_carried_out(
    browser: Browser, book: Playbook, headers: dict[str, str]
) -> None:
    answer = await browser.run("extension -e -d 12345", **headers)
    assert answer.status_code == 403
    assert "12345" in book.system.state.extensions


async def test_a_form_of_an_attackers_page_carries_nothing_out(browser: Browser, book: Playbook) -> None:
    for headers in ({}, {"Origin": "http://attacker.example"}, OWN):
        answer = await browser.post("/run", data={"command": "extension -e -d 12345"}, headers=headers)
        assert answer.status_code == 403
        api = await browser.post("/api/v1/commands", json={"command": "extension -e -d 12345"}, headers=headers)
        assert api.status_code == 403
    assert "12345" in book.system.state.extensions


async def test_an_attackers_page_reads_nothing(browser: Browser) -> None:
    for site in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Accept": "*/*"}
        assert (await browser.get("/api/v1/extensions", headers=headers)).status_code == 403
        assert (await browser.get("/live/overview", headers=headers)).status_code == 403


async def test_a_link_from_elsewhere_opens_a_page(browser: Browser) -> None:
    headers = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Accept": "text/html"}
    assert (await browser.get("/registrations", headers=headers)).status_code == 200


async def test_one_session_cannot_use_anothers_form_token(browser: Browser, stranger: Browser, book: Playbook) -> None:
    page = await browser.see("/")
    theirs = page.partition('"X-Form-Token": "')[2].partition('"')[0]
    browser.cookies.clear()
    await browser.login()
    answer = await browser.post("/run", data={"command": "help"}, headers={**OWN, "X-Form-Token": theirs})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/", "/login", "/healthz", "/static/console.css", "/no/such/page"])
async def test_every_answer_forbids_scripts_frames_and_guesses(browser: Browser, path: str) -> None:
    headers = (await browser.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")


async def test_logging_out_ends_it(browser: Browser) -> None:
    page = await browser.see("/")
    form_token = page.partition('"X-Form-Token": "')[2].partition('"')[0]
    answer = await browser.post("/logout", headers={**OWN, "X-Form-Token": form_token})
    assert answer.headers["hx-redirect"] == "/login"
    assert (await browser.get("/")).status_code == 401


async def test_anybody_gets_the_ca_certificate_as_a_browser_wants_it(stranger: Browser) -> None:
    answer = await stranger.get("/provision/ca.crt")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-x509-ca-cert")
