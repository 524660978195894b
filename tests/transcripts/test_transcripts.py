"""Every transcript, line by line, against a fresh service node with the licence and a certificate."""

from pathlib import Path

import pytest

from registrar.commands.catalogue import COMMANDS
from tests.bench import Bench
from tests.transcripts.document import document
from tests.transcripts.script import play, read

PAGE = Path(__file__).parents[2] / "docs" / "transcripts.md"
TRANSCRIPTS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_service_node_answers_as_the_transcript_says(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bench = Bench()
    steps = read(path.read_text("utf-8"))
    assert steps
    for step in steps:
        assert play(step, bench) == step.expected, f"{path.name}, line {step.place}: {step.line}"


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_transcript_fits_80_columns(path: Path) -> None:
    for step in read(path.read_text("utf-8")):
        assert all(len(line) <= 80 for line in step.expected.splitlines()), step.line


def test_the_quoted_procedures_of_the_requirement_are_there() -> None:
    names = {path.stem for path in TRANSCRIPTS}
    assert {"5.2-change-policy", "6.2.2-all-secure", "6.2.3-extension-exception"} <= names
    assert {"6.2.4-exception-type", "6.3-change-policy", "6.5-check-signalling"} <= names


def test_every_command_has_a_transcript_that_accepts_refuses_and_is_no_language() -> None:
    steps = [step for path in TRANSCRIPTS for step in read(path.read_text("utf-8"))]
    for command in COMMANDS.values():
        own = [step for step in steps if step.line.lower().startswith(f"> {command.name.lower()}")]
        printed = [step.expected for step in own if step.line[2:].split()[0].lower() == command.name.lower()]
        assert any(text and not text.startswith("NOT EXECUTED") and "\n^" not in text for text in printed), command.name
        assert any(" ^" in text for text in printed), f"{command.name}: no malformed line"
        if command.name not in NEVER_REFUSED:
            assert any(text.startswith("NOT EXECUTED") for text in printed), f"{command.name}: no refused line"


NEVER_REFUSED = {"help", "media_encryption_print"}


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text("utf-8") == document(), "run: python -m tests.transcripts.document > docs/transcripts.md"
