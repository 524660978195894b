"""What is published is what is true: the schema, the page of keys, the page of profiles."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from registrar.phones.profiles import profiles
from registrar.scenario.document import Document
from registrar.scenario.load import find, load_document
from registrar.scenario.published import keys, schema
from registrar.scenario.schema import Expect, Scenario, Step
from tests.scenario.playing import SHIPPED

DOCS = SHIPPED.parent / "docs"
FILES = [*find([SHIPPED]), *find([DOCS / "example"])]


def test_the_pages_are_up_to_date() -> None:
    assert (DOCS / "scenario-keys.md").read_text() == keys(), "make docs"
    assert json.loads((DOCS / "scenario.schema.json").read_text()) == schema(), "make docs"


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_an_editor_finds_nothing_wrong_with_what_is_shipped(file: Path) -> None:
    errors = Draft202012Validator(schema()).iter_errors(YAML(typ="safe", pure=True).load(file.read_text()))
    assert [f"{list(error.absolute_path)}: {error.message}" for error in errors] == []


@pytest.mark.parametrize(
    "wrong", ["registr: desk", "register: {phone: desk, pim: 1}", "expect: {row: T9.9}", "pass: x"]
)
def test_an_editor_finds_what_is_wrong(wrong: str) -> None:
    text = f"scenario: x\nphones: {{desk: {{profile: d4, number: 1}}}}\nsteps:\n  - {wrong}\n"
    assert list(Draft202012Validator(schema()).iter_errors(YAML(typ="safe", pure=True).load(text)))


def test_the_guide_tells_every_step_and_every_expectation() -> None:
    text = (DOCS / "scenarios.md").read_text()
    told = {*Step.VERBS, *Expect.model_fields, *Scenario.model_fields}
    assert [key for key in sorted(told) if f"`{key}`" not in text and f"{key}:" not in text] == []


def test_the_guides_scenarios_are_scenarios() -> None:
    blocks = (DOCS / "scenarios.md").read_text().split("```yaml\n")[1:]
    assert blocks
    first, *parts = [block.partition("```")[0] for block in blocks]
    load_document(Document(Path("the guide"), first))
    for part in parts:
        load_document(Document(Path("the guide"), f"scenario: x\n{part}"))


def test_the_guide_tells_every_profile() -> None:
    text = (DOCS / "phones.md").read_text()
    for name, each in profiles().items():
        assert f"| `{name}` |" in text
        assert f"`{each.says}` | {'secure' if each.secure else 'insecure'} |" in text
