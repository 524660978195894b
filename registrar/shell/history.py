"""Lines of former sessions, to be found again; no PIN is among them."""

import contextlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from prompt_toolkit.history import FileHistory

from registrar.commands.line import masked


def history_file(environment: Mapping[str, str]) -> Path:
    """Return where a person's history is kept (XDG Base Directory: state)."""
    state = environment.get("XDG_STATE_HOME") or Path(environment.get("HOME", "~")).expanduser() / ".local" / "state"
    return Path(state) / "registrar" / "history"


class History(FileHistory):
    """A history in a file that only its owner can read. Where the file cannot be used it lasts for the session."""

    def __init__(self, file: Path) -> None:
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
        super().__init__(str(file))

    def append_string(self, string: str) -> None:
        """Remember a line, its PIN masked."""
        super().append_string(masked(string))

    def load_history_strings(self) -> Iterable[str]:
        """Return the lines of former sessions, the newest first."""
        try:
            return list(super().load_history_strings())
        except OSError:
            return []

    def store_string(self, string: str) -> None:
        """Keep a line for later sessions."""
        with contextlib.suppress(OSError):
            super().store_string(string)
