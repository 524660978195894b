"""The files that tell other programs where this one listens: the ready file, and the data folder's own."""

import contextlib
from pathlib import Path

from registrar.errors import StartError

RUNNING = "server.json"
"""The file in the data folder by which ``exec`` finds the running registrar."""


def forget(file: Path) -> None:
    """Take the file away, if it is there."""
    with contextlib.suppress(OSError):
        file.unlink()


def make_room(file: Path) -> None:
    """Take away what an earlier start left: who waits for the file must not take it for this start's.

    Raises ``StartError``.
    """
    if file.exists() and not file.is_file():
        raise StartError(f"cannot write {file}: it is no ordinary file")
    draft = _draft_of(file)
    _write(draft, "", file)
    draft.unlink()
    file.unlink(missing_ok=True)


def write_whole(file: Path, text: str) -> None:
    """Write the file so that whoever reads it finds all of it or nothing. Raises ``StartError``."""
    draft = _draft_of(file)
    _write(draft, text, file)
    try:
        draft.rename(file)
    except OSError as error:
        raise StartError(f"cannot write {file}: {error.strerror}") from None


def _draft_of(file: Path) -> Path:
    return file.with_name(f".{file.name}.new")


def _write(draft: Path, text: str, file: Path) -> None:
    try:
        draft.write_text(text)
    except OSError as error:
        raise StartError(f"cannot write {file}: {error.strerror}") from None
