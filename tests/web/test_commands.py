"""The command language over the API: the catalogue, completion, lines."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from registrar.commands.catalogue import COMMANDS
from registrar.store.commit import GroupCommit
from registrar.system import System
from registrar.web.api import create_app
from registrar.web.schema import CommandPage
from registrar.web.schema import Completion as Answer
from tests.lab import NOW
from tests.servers.playbook import Memory


@pytest_asyncio.fixture
async def api() -> AsyncIterator[httpx.AsyncClient]:
    memory = Memory()
    commit = GroupCommit(memory, linger=0)
    system = System(memory.stored, commit, token=lambda: "t")
    app = create_app(system, token="secret", hosts=["lab"], clock=lambda: NOW)
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": "Bearer secret"}
    async with httpx.AsyncClient(transport=transport, base_url="http://lab", headers=headers) as client:
        yield client
    await commit.flush()


async def test_the_catalogue_is_that_of_the_parser(api: httpx.AsyncClient) -> None:
    listed = [CommandPage.model_validate(page) for page in (await api.get("/api/v1/commands")).json()]
    assert [page.name for page in listed] == [command.name for command in COMMANDS.values()]
    for page, command in zip(listed, COMMANDS.values(), strict=True):
        assert [form.syntax for form in page.forms] == [command.syntax(form) for form in command.forms]
        named = {switch.name for switch in page.switches} | {
            name for switch in page.switches for name in switch.aliases
        }
        assert set(command.switches()) <= named
    secret = [switch.name for page in listed for switch in page.switches if switch.secret]
    assert secret == ["--auth-code"]


async def test_the_schema_shows_every_example_of_the_catalogue(api: httpx.AsyncClient) -> None:
    schema = (await api.get("/openapi.json")).json()["components"]["schemas"]["CommandRequest"]
    examples = [example for command in COMMANDS.values() for example in command.examples]
    assert schema["properties"]["command"]["examples"] == examples


async def test_a_line_is_completed_with_what_the_node_knows(api: httpx.AsyncClient) -> None:
    await api.post("/api/v1/commands", json={"command": "extension -i -d 100..101 --csp 1 --lim 1"})
    answer = await api.get("/api/v1/commands/completion", params={"line": "extension -p -d 10"})
    completion = Answer.model_validate(answer.json())
    assert completion.start == 16
    assert [(each.text, each.meaning) for each in completion.candidates] == [
        ("100", "exception YES, no RAC"),
        ("101", "exception YES, no RAC"),
    ]


async def test_a_line_longer_than_any_is_not_completed(api: httpx.AsyncClient) -> None:
    assert (await api.get("/api/v1/commands/completion", params={"line": "x" * 4097})).status_code == 422
