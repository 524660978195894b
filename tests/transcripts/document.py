"""Writes docs/transcripts.md from the transcripts: ``python -m tests.transcripts.document > docs/transcripts.md``."""

import sys
from pathlib import Path

from registrar.commands.catalogue import COMMANDS

HERE = Path(__file__).parent
STORY = HERE.parent / "interop" / "chapter-5.txt"

_INTRODUCTION = """\
# Transcripts

<!-- Written by `python -m tests.transcripts.document > docs/transcripts.md`; change the transcripts, not this page. -->

What an operator types (`>`), what the service node prints, and what happens beside the operator (`@`). Every line of
this page is run as a test: the story against the real program with real phones, the others against a service node
without sockets on a clock of its own.
"""


def transcripts() -> list[Path]:
    """Every transcript: the story, the procedures of the requirement, then the commands in the catalogue's order."""
    names = [*COMMANDS, "media_encryption", "routes"]
    files = sorted(HERE.glob("*.txt"), key=lambda path: (path.stem not in names, path.stem))
    procedures = [path for path in files if path.stem[0].isdigit()]
    commands = [path for path in files if not path.stem[0].isdigit()]
    return [STORY, *procedures, *sorted(commands, key=lambda path: _place(path.stem))]


def document() -> str:
    """Return the page."""
    files = transcripts()
    lines = [_INTRODUCTION]
    lines += [f"- [{title(path)}](#{_anchor(title(path))})" for path in files]
    for path in files:
        lines += ["", f"## {title(path)}", "", "```", path.read_text("utf-8").rstrip("\n"), "```"]
    return "\n".join(lines) + "\n"


def title(path: Path) -> str:
    """Name a transcript as the page shows it."""
    if path == STORY:
        return "Chapter 5 of the requirement, with real phones"
    section, _, words = path.stem.partition("-")
    return f"{section} {words.replace('-', ' ')}" if section[0].isdigit() else path.stem


def _place(name: str) -> int:
    known = {command: place for place, command in enumerate(COMMANDS)}
    first = {"media_encryption": "media_encryption_enable", "routes": "riani"}
    return known.get(first.get(name, name), len(known))


def _anchor(heading: str) -> str:
    kept = "".join(character for character in heading.lower() if character.isalnum() or character in " -_")
    return kept.replace(" ", "-")


if __name__ == "__main__":
    sys.stdout.write(document())
