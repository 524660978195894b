"""Every route of the API: what it takes, what it tells, and what it refuses."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import pytest

from registrar.trace.pcapng import capture
from registrar.trace.recorder import Record
from registrar.web import trace, views
from registrar.web.body import LARGEST
from tests.lab import MITEL, SOFTPHONE, TLS_5061, flow
from tests.servers.playbook import Phone, Playbook, with_extensions
from tests.sip.road import octets
from tests.web.calls import TOKEN, Api

REGISTRATION = {
    "number",
    "protocol",
    "terminal",
    "terminal_class",
    "address",
    "port",
    "secure",
    "signalling",
    "tls_version",
    "policy",
    "row",
    "downgraded",
    "expires_at",
    "registered_at",
}
REFUSAL = {"number", "protocol", "terminal_class", "port", "policy", "row", "reason"}
"""What programs written against the interface count on."""


@pytest.fixture
async def book() -> Playbook:
    return await with_extensions()


@pytest.fixture
async def api(book: Playbook) -> AsyncIterator[Api]:
    async with Api(book) as client:
        yield client


def mitel(book: Playbook, number: str = "12345", pin: str = "4711") -> Phone:
    """A secure terminal on a TLS connection."""
    return Phone(book, number, pin, agent=MITEL, call_id=number, wire=book.connect(flow(TLS_5061, connection=7)))


# -- commands


async def test_a_command_is_executed_and_printed(book: Playbook, api: Api) -> None:
    told = await api.told("/api/v1/commands", command="extension -i -d 20000 --csp 1 --lim 1")
    assert told == {"executed": True, "printout": "EXECUTED", "exit_status": 0}
    assert "20000" in book.system.state.extensions


async def test_a_command_that_is_refused_says_why(api: Api) -> None:
    told = await api.told("/api/v1/commands", command="sec_policy -set 1")
    assert (told["executed"], told["exit_status"]) == (False, 1)
    assert told["printout"].startswith("NOT EXECUTED\n")


async def test_a_line_that_is_not_the_language_is_shown_with_a_caret(api: Api) -> None:
    told = await api.told("/api/v1/commands", command="sec_polcy -set 1")
    assert (told["executed"], told["exit_status"]) == (False, 2)
    assert told["printout"].splitlines()[:2] == ["sec_polcy -set 1", "^"]


async def test_a_command_that_cannot_be_stored_is_told(book: Playbook, api: Api) -> None:
    book.memory.broken = True
    told = await api.told("/api/v1/commands", command="extension -e -d 12347")
    assert not told["executed"]
    assert "THE CHANGE COULD NOT BE STORED" in told["printout"]


# -- registrations


async def test_a_registration_is_listed_with_what_the_interface_promises(book: Playbook, api: Api) -> None:
    await mitel(book).register()
    told = await api.json("/api/v1/registrations")
    assert told["total"] == 1
    (registration,) = told["registrations"]
    assert registration.keys() >= REGISTRATION
    told_of = {name: registration[name] for name in REGISTRATION if not name.endswith("_at")}
    assert told_of == {
        "number": "12345",
        "protocol": "sip",
        "terminal": MITEL,
        "terminal_class": "SECURE",
        "address": "127.0.0.1",
        "port": 5061,
        "secure": True,
        "signalling": "ENCRYPTED",
        "tls_version": "TLSv1.3",
        "policy": 0,
        "row": "T1.3",
        "downgraded": False,
    }
    assert registration["registered_at"] == book.now
    assert registration["expires_at"] == book.now + 3600


async def test_registrations_are_found_by_number_protocol_and_port(book: Playbook, api: Api) -> None:
    await mitel(book).register()
    await Phone(book, "12347", agent=SOFTPHONE).register()

    async def numbers(**query: Any) -> list[str]:
        told = await api.json("/api/v1/registrations", **query)
        assert told["total"] == len(told["registrations"])
        return [each["number"] for each in told["registrations"]]

    assert await numbers() == ["12345", "12347"]
    assert await numbers(number="12347") == ["12347"]
    assert await numbers(number="99999") == []
    assert await numbers(port=5061) == ["12345"]
    assert await numbers(port=5060, number="12345") == []
    assert await numbers(protocol="sip") == ["12345", "12347"]
    assert await numbers(protocol="h323") == []


async def test_what_has_expired_is_not_listed_even_before_it_is_removed(book: Playbook, api: Api) -> None:
    await Phone(book, "12347").register("Expires: 600")
    book.now += 600.5
    assert (await api.json("/api/v1/registrations"))["total"] == 0


async def test_long_lists_come_in_pages(book: Playbook, api: Api) -> None:
    await book.execute("extension -i -d 20000..21499 --csp 1 --lim 1")
    pages = [await api.json("/api/v1/extensions", limit=700, offset=offset) for offset in (0, 700, 1400, 2100)]
    assert {page["total"] for page in pages} == {1503}
    assert [len(page["extensions"]) for page in pages] == [700, 700, 103, 0]
    together = [each["number"] for page in pages for each in page["extensions"]]
    whole = await api.json("/api/v1/extensions")
    assert together == [each["number"] for each in whole["extensions"]]
    assert (await api.json("/api/v1/extensions", limit=0))["extensions"] == []


async def test_what_a_terminal_says_comes_back_whatever_its_octets(book: Playbook, api: Api) -> None:
    request = Phone(book, "12347").request("REGISTER", "User-Agent: OCTETS naïve")
    await book.exchange(octets(request).replace(b"OCTETS", b"\xff\xfe"))
    (registration,) = (await api.json("/api/v1/registrations"))["registrations"]
    assert registration["terminal"] == "\\udcff\\udcfe naïve"


# -- extensions and policy


async def test_extensions_are_listed_without_their_pins(book: Playbook, api: Api) -> None:
    await Phone(book, "12347").register()
    told = await api.json("/api/v1/extensions", number="12347")
    assert told == {
        "total": 1,
        "extensions": [
            {
                "number": "12347",
                "csp": 1,
                "lim": 1,
                "customer": 0,
                "security_exception": True,
                "rac": False,
                "registrations": 1,
            }
        ],
    }
    everything = await api.get("/api/v1/extensions")
    assert "4711" not in everything.text
    assert [each["rac"] for each in everything.json()["extensions"]] == [True, True, False]


async def test_the_policy_in_force_and_what_setting_one_needs(book: Playbook, api: Api) -> None:
    told = await api.json("/api/v1/policy")
    assert told == {"policy": 0, "title": "NONE", "licensed": True, "certificate_problem": None}
    await book.execute("sec_policy -set 2")
    told = await api.json("/api/v1/policy")
    assert (told["policy"], told["title"]) == (2, "ALL_SECURE + EXC_EXT")


async def test_a_preview_names_the_registrations_that_would_be_lost(book: Playbook, api: Api) -> None:
    await mitel(book).register()
    await Phone(book, "12347").register()
    told = await api.told("/api/v1/policy/preview", policy=1)
    assert (told["policy"], told["registrations"]) == (1, 2)
    (loss,) = told["losses"]
    assert (loss["number"], loss["row"], loss["reason"], loss["allowed"]) == (
        "12347",
        "T2.4",
        "TERMINAL_NOT_ALLOWED",
        False,
    )
    assert "12347" in told["text"]
    assert book.system.state.policy == 0


# -- explain


async def test_a_registration_that_need_not_exist_is_explained(api: Api) -> None:
    told = await api.told(
        "/api/v1/explain", policy=1, protocol="sip", terminal="Mitel 6930", exception=False, rac=True, port=5060
    )
    assert (told["row"], told["allowed"], told["reason"]) == ("T2.3", False, "TLS_REQUIRED")
    assert (told["table"], told["port_rule"], told["terminal_class"]) == (2, "P3", "SECURE")
    assert told["answer"] == "SIP 403 TLS Required"
    assert told["warning"] == "Secure port required: register on TLS 5061 (T2.3)"
    assert {miss["change"]: miss["allowed"] for miss in told["near_misses"]}["on the secure port"] is True
    assert told["text"].startswith("result     refused, TLS_REQUIRED\n")


async def test_without_a_policy_the_one_in_force_is_explained_with_the_operators_patterns(
    book: Playbook, api: Api
) -> None:
    await book.execute("sec_policy -set 2", "terminal_type -i --pattern baresip --class secure --family lab")
    told = await api.told("/api/v1/explain", terminal=SOFTPHONE, exception=False, rac=True, port=5061)
    assert (told["policy"], told["family"], told["row"]) == (2, "lab", "T3.3")


# -- refusals of the API itself


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("commands", b"", ["body"]),
        ("commands", b"{", ["body", 1]),
        ("commands", b"[]", ["body"]),
        ("commands", b'{"comand": "auth_code -i -d 1 --auth-code 90210573"}', ["body", "command"]),
        ("commands", b'{"command": 90210573}', ["body", "command"]),
        ("commands", b'{"command": "auth_code -i -d 1 --auth-code 90210573 \\ud800"}', ["body", "command"]),
        ("commands", b'{"command": "\xff 90210573"}', ["body"]),
        ("commands", b'{"command": "help", "comand": "90210573"}', ["body", "comand"]),
        ("policy/preview", b'{"policy": 4}', ["body", "policy"]),
        ("policy/preview", b'{"policy": "1"}', ["body", "policy"]),
        ("policy/preview", b'{"policy": "1; drop"}', ["body", "policy"]),
        ("explain", b'{"terminal": "x", "exception": 1, "rac": true}', ["body", "port"]),
        ("explain", b'{"terminal": "x", "exception": true, "rac": true, "port": 80}', ["body", "port"]),
    ],
)
async def test_a_malformed_body_is_told_where_and_never_shown_again(
    api: Api, path: str, body: bytes, where: list[Any]
) -> None:
    answer = await api.post(f"/api/v1/{path}", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert "90210573" not in answer.text
    if answer.status_code == 422:
        assert where in [each["loc"][: len(where)] for each in answer.json()["detail"]]
        assert {name for each in answer.json()["detail"] for name in each} == {"type", "loc", "msg"}


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "-1"},
        {"limit": "1000000"},
        {"offset": "x"},
        {"protocol": "iax"},
        {"port": "5060.5"},
        {"numbr": "12345"},
    ],
)
async def test_a_wrong_query_is_told(api: Api, query: dict[str, str]) -> None:
    answer = await api.get("/api/v1/registrations", params=query)
    assert answer.status_code == 422
    ((where, name),) = [each["loc"] for each in answer.json()["detail"]]
    assert (where, name) == ("query", *query)


async def test_a_misspelt_parameter_is_told_with_the_nearest_right_one(api: Api) -> None:
    answer = await api.get("/api/v1/registrations", params={"numbr": "12345"})
    assert answer.json()["detail"][0]["msg"] == "there is no parameter of this name; did you mean number?"


async def _pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(0, size, 65536):
        yield b"x" * 65536


async def test_a_body_that_is_too_large_is_refused(api: Api) -> None:
    declared = await api.post("/api/v1/commands", content=b"x" * (LARGEST + 1))
    undeclared = await api.post("/api/v1/commands", content=_pieces(LARGEST + 65536))
    for answer in (declared, undeclared):
        assert answer.status_code == 413
        assert answer.json() == {"detail": f"the body is larger than {LARGEST} octets"}


ROUTES = (
    ("GET", "/api/v1/registrations"),
    ("GET", "/api/v1/extensions"),
    ("GET", "/api/v1/policy"),
    ("GET", "/api/v1/events"),
    ("GET", "/api/v1/trace"),
    ("GET", "/metrics"),
    ("POST", "/api/v1/commands"),
    ("POST", "/api/v1/policy/preview"),
    ("POST", "/api/v1/explain"),
    ("GET", "/nowhere"),
)


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer ",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        f"Bearer {TOKEN}".upper(),
    ],
)
async def test_nothing_is_told_without_the_token(book: Playbook, method: str, path: str, authorization: str) -> None:
    async with Api(book, {"Authorization": authorization} if authorization else {}) as stranger:
        answer = await stranger.request(method, path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "token" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/healthz", "/openapi.json", "/reasons", "/reasons/TLS_REQUIRED"])
async def test_these_need_no_token(book: Playbook, path: str) -> None:
    async with Api(book, {}) as stranger:
        assert (await stranger.get(path)).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "LAB.example:1", "[::1]:8080", "[::1]"])
async def test_a_request_names_one_of_our_hosts(api: Api, host: str) -> None:
    assert (await api.get("/healthz", headers={"Host": host})).json() == {"status": "ok"}


@pytest.mark.parametrize(
    "host", ["", "evil.example", "evil.example:8080", "127.0.0.1.evil.example", "[::2]", "[", "::1"]
)
@pytest.mark.parametrize("path", ["/healthz", "/api/v1/registrations", "/reasons/TLS_REQUIRED"])
async def test_a_request_for_another_host_is_misdirected(api: Api, host: str, path: str) -> None:
    answer = await api.get(path, headers={"Host": host})
    assert answer.status_code == 421


# -- metrics


async def test_metrics_count_what_happened(book: Playbook, api: Api) -> None:
    await mitel(book).register()
    wrong = mitel(book, pin="wrong")
    wrong.call_id = "another"
    await wrong.ask()
    await book.execute("sec_policy -set 2")
    answer = await api.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    samples = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert samples['registrar_registrations_accepted_total{protocol="sip",row="T1.3",secure="yes"}'] == "1.0"
    assert samples['registrar_registrations_refused_total{protocol="sip",reason="WRONG_PIN",row="T1.3"}'] == "1.0"
    assert samples['registrar_registrations_refused_total{protocol="sip",reason="PIN_REQUIRED",row="T1.3"}'] == "2.0"
    assert samples["registrar_bindings"] == "1.0"
    assert samples["registrar_extensions"] == "3.0"
    assert samples["registrar_policy"] == "2.0"
    assert samples["registrar_store_failures_total"] == "0.0"


@pytest.mark.parametrize("path", ["/api/v1/trace", "/api/v1/trace.pcapng"])
async def test_while_a_long_trace_is_written_others_have_their_turn(
    book: Playbook, api: Api, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    turns, seen = 0, []

    async def another() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def noted(record: Record) -> dict[str, Any]:
        seen.append(turns)
        return record_shown(record)

    def noted_capture(records: Iterable[Record], application: str) -> Iterator[bytes]:
        for block in capture(records, application):
            seen.append(turns)
            yield block

    record_shown = views.record
    monkeypatch.setattr(views, "record", noted)
    monkeypatch.setattr(trace, "capture", noted_capture)
    monkeypatch.setattr(trace, "SLICE", 0.0)
    for number in range(50):
        book.system.trace.received(flow(), b"OPTIONS %d" % number, book.now)
    task = asyncio.create_task(another())
    assert (await api.get(path)).status_code == 200
    task.cancel()
    assert len(seen) >= 50
    assert len(set(seen)) == len(seen), "between any two records"
