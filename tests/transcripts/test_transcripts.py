"""Every transcript, line by line, against a fresh service node with the licence and a certificate."""

from pathlib import Path

import pytest

from tests.bench import Bench
from tests.transcripts.script import play, read

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
