"""The pages that Error-Info of a refusal names: there for every reason, for everybody, with the row that decided."""

import re
from collections.abc import AsyncIterator

import pytest

from registrar.model.reason import Reason
from registrar.policy.reasons import MEANINGS, rows_of
from tests.lab import MITEL
from tests.servers.playbook import Phone, Playbook, with_extensions
from tests.sip.road import header
from tests.web.calls import Api


@pytest.fixture
async def book() -> Playbook:
    return await with_extensions()


@pytest.fixture
async def anybody(book: Playbook) -> AsyncIterator[Api]:
    """Without the token, as a phone's user comes."""
    async with Api(book, {}) as client:
        yield client


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.value)
async def test_every_reason_has_its_page(anybody: Api, reason: Reason) -> None:
    answer = await anybody.get(f"/reasons/{reason.value}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f"<h1>{MEANINGS[reason].title}</h1>" in answer.text.replace("&#x27;", "'")
    assert "<h2>On the phone</h2>" in answer.text
    assert "<h2>On the system</h2>" in answer.text
    assert "`" not in answer.text
    assert [row.row.id in answer.text for row in rows_of(reason)] == [True] * len(rows_of(reason))


async def test_what_error_info_names_is_there_and_marks_the_row(book: Playbook, anybody: Api) -> None:
    await book.execute("extension -c -d 12346,12347 --security-exception no", "auth_code -i -d 12347 --auth-code 1")
    await book.execute("sec_policy -set 1")
    refusal = await Phone(book, agent=MITEL).ask()
    assert refusal.startswith("SIP/2.0 403 TLS Required")
    assert header(refusal, "Error-Info") is not None
    page = (await anybody.get("/reasons/TLS_REQUIRED", params={"row": "T2.3"})).text
    assert "T2.3 decided" in page
    assert re.findall(r'<tr class="met"><td>([^<]*)', page) == ["T2.3"]


async def test_all_reasons_are_listed_with_links(anybody: Api) -> None:
    page = (await anybody.get("/reasons")).text
    links = re.findall(r'href="(/reasons/[A-Z_]+)"', page)
    assert links == [f"/reasons/{reason.value}" for reason in Reason]


@pytest.mark.parametrize("path", ["/reasons/NO_SUCH", "/reasons/%3Cscript%3E", "/reasons/x/y", "/reasons/"])
async def test_what_is_no_reason_is_not_found_and_not_repeated(anybody: Api, path: str) -> None:
    answer = await anybody.get(path, follow_redirects=False)
    assert answer.status_code in (404, 307)
    assert "script" not in answer.text
    assert "NO_SUCH" not in answer.text


@pytest.mark.parametrize("row", ["T9.9", '"><script>alert(1)</script>', ""])
async def test_a_row_that_is_none_is_passed_over(anybody: Api, row: str) -> None:
    answer = await anybody.get("/reasons/TLS_REQUIRED", params={"row": row})
    assert answer.status_code == 200
    assert "script" not in answer.text
    assert "decided" not in answer.text


async def test_the_style_is_there(anybody: Api) -> None:
    page = (await anybody.get("/reasons")).text
    (style,) = re.findall(r'<link rel="stylesheet" href="([^"]+)">', page)
    answer = await anybody.get(style)
    assert answer.headers["Content-Type"].startswith("text/css")
