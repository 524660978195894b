"""What is shown to a user is in docs/, and what docs/ shows is there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registrar import settings
from registrar.commands.catalogue import COMMANDS
from registrar.commands.parse import parse
from registrar.model.events import Cause, EventType
from registrar.model.reason import Reason
from registrar.policy import reasons
from tests.servers.playbook import with_extensions
from tests.test_log import SUBJECTS, entry
from tests.web.calls import Api, application

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "certs/README.md", *sorted(DOCS.glob("*.md"))]


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def rows(text: str) -> dict[str, str]:
    """The rows of a page's tables by what stands in their first cell, without its backquotes."""
    cells = re.findall(r"^\| (?:\[)?`?([^|`]+?)`?(?:\]\([^)]*\))? \|(.*)\|$", text, re.MULTILINE)
    return {name.strip(): rest for name, rest in cells}


@pytest.mark.parametrize(
    ("name", "written"),
    [("settings.md", settings.document), ("reasons.md", reasons.document)],
    ids=["settings", "reasons"],
)
def test_a_page_is_as_the_program_writes_it(name: str, written: object) -> None:
    assert callable(written)
    assert page(name) == written(), "make docs renews it"


def test_every_setting_is_documented() -> None:
    assert [each.name for each in settings.described()] == [
        name for name in rows(page("settings.md")) if name not in ("setting", "---")
    ]


def test_every_room_is_in_the_picture_of_the_house() -> None:
    picture = page("architecture.md").split("```")[1]
    rooms = {
        path.stem for path in (ROOT / "registrar").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert {name for name in rooms if not name.startswith("__")} <= set(re.findall(r"\w+", picture))


def test_every_command_is_documented() -> None:
    assert {name.lower() for name in rows(page("commands.md"))} >= COMMANDS.keys()


def test_every_reason_is_documented_with_what_to_do() -> None:
    text = page("reasons.md")
    for reason in Reason:
        (section,) = re.findall(rf"^## {reason.value}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        assert all(words in section for words in ("- On the phone: ", "- On the system: ", "- The terminal is told: "))


def _typed(text: str) -> Iterator[str]:
    """The operator's lines in a text: what stands between backquotes and begins with a command."""
    for line in re.findall(r"`([^`]+)`", text):
        if line.split()[0] in COMMANDS:
            yield line


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.value)
def test_what_a_reason_tells_to_type_is_the_language(reason: Reason) -> None:
    meaning = reasons.MEANINGS[reason]
    for line in _typed(" ".join(meaning)):
        parse(line.replace("NUMBER", "12345").replace("PIN", "4711").replace("REGEX", "baresip"))


def test_what_reasons_tell_to_set_is_a_setting() -> None:
    known = {each.name for each in settings.described()}
    named = {
        word.partition(" ")[0]
        for meaning in reasons.MEANINGS.values()
        for word in re.findall(r"`([a-z]+(?:_[a-z]+)+)(?: = [^`]*)?`", " ".join(meaning))
    }
    assert named - {"store_failed"} <= known
    assert {"max_contacts", "nonce_seconds", "durability"} & known


async def test_every_route_is_documented() -> None:
    book = await with_extensions()
    app: Any = application(book)
    while hasattr(app, "_app"):
        app = app._app
    paths = {route.path for route in app.routes}
    documented = set(re.findall(r"`(?:GET|POST) (/[^`]*)`", page("api.md")))
    api = {path for path in paths if path.startswith(("/api/", "/metrics", "/healthz", "/openapi", "/reasons"))}
    assert api == documented


async def test_every_parameter_of_the_api_is_documented() -> None:
    book = await with_extensions()
    async with Api(book) as api:
        described = (await api.get("/openapi.json")).json()
    text = page("api.md")
    for path, item in described["paths"].items():
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                shown = {"last-event-id": "Last-Event-ID"}.get(parameter["name"], parameter["name"])
                assert f"`{shown}`" in text, f"{shown} of {path}"


def test_every_event_and_cause_is_documented() -> None:
    documented = rows(page("api.md"))
    assert documented.keys() >= {each.value for each in EventType}
    assert all(f"`{cause.value}`" in documented["unregistered"] for cause in Cause)


def test_every_line_of_the_log_is_documented_with_its_level() -> None:
    documented = rows(page("log.md"))
    for kind, subject in SUBJECTS.items():
        fields = entry(subject)
        row = documented[kind.value]
        assert row.split("|")[0].strip() == fields["level"]
        told = row + (documented["registered"] if "the same" in row else "")
        assert {name for name in fields if f"`{name}`" not in told} == {"timestamp", "level", "event"}, kind


def prose(text: str) -> str:
    """A page without what is code in it."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def anchors(text: str) -> set[str]:
    """The places in a page that a link may lead to, as GitHub names them."""
    titles = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_every_link_leads_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", prose(file.read_text("utf-8"))):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        led = file.parent / path if path else file
        assert led.exists(), target
        if anchor:
            assert anchor in anchors(led.read_text("utf-8")), target


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_no_place_is_left_to_be_filled_in(file: Path) -> None:
    assert not re.findall(r"@@|TODO|FIXME|XXX", file.read_text("utf-8"))
