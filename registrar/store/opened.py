"""The files of an open SQLite database: whether they are still there, and whether somebody else wrote to them.

SQLite looks at neither. It would go on writing to a file that was moved away, and what it holds in memory of a file
that was written over hides the damage until the next start. One look at the file system before and after a transaction
tells both.
"""

import os
from collections.abc import Iterable

from registrar.store.errors import StoreError

_Seen = tuple[int, int, int, int]
"""Device and inode, octets, and when it was written to (POSIX nanoseconds)."""


class OpenedFiles:
    """The database and its log. Nothing is known of a file before it was seen once."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._files: dict[str, _Seen | None] = dict.fromkeys(paths)

    def touched(self) -> bool:
        """Return whether somebody wrote to a file since it was seen. Raises ``StoreError`` when one is not there."""
        found = False
        for path, before in self._files.items():
            if before is not None:
                now = _look_at(path)
                if now != before:
                    if now is None or now[:2] != before[:2]:
                        raise StoreError(f"{path} is not the file that was opened: put it back, or start again")
                    found = True
        return found

    def see(self) -> None:
        """Take the files as they are now for what was left of them."""
        for path, before in self._files.items():
            now = _look_at(path)
            if before is None or (now is not None and now[:2] == before[:2]):
                self._files[path] = now

    def forget(self, path: str) -> None:
        """Know nothing of a file any more: it will be made anew."""
        self._files[path] = None


def _look_at(path: str) -> _Seen | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - before and after every transaction
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
