"""The certificate folder, replaced as a whole: a crash at any moment leaves the old files or the new ones.

New files are written beside the old ones into ``.new``; renaming that to ``.ready`` is the moment that counts; then
each file takes its place. ``settle`` finishes what a crash interrupted.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

STAGE: Final = ".new"
READY: Final = ".ready"
PRIVATE: Final = ".key"
"""What the name of a file ends with that its owner alone may read."""


def stage(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write the files aside and return where. Raises ``OSError``."""
    aside = folder / STAGE
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    for name, data in files.items():
        _write(aside / name, data, 0o600 if name.endswith(PRIVATE) else 0o644)
    _sync(aside)
    return aside


def commit(folder: Path) -> None:
    """Put what was staged in place. Raises ``OSError``."""
    (folder / STAGE).rename(folder / READY)
    _sync(folder)
    settle(folder)


def settle(folder: Path) -> None:
    """Finish or forget an interrupted replacement. Raises ``OSError``."""
    ready = folder / READY
    if ready.exists():
        for file in sorted(ready.iterdir()):
            file.replace(folder / file.name)
        _sync(folder)
        ready.rmdir()
    shutil.rmtree(folder / STAGE, ignore_errors=True)


def replace(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files, all or none. Raises ``OSError``."""
    stage(folder, files)
    commit(folder)


def _write(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make the names in the folder last: a rename alone may not survive the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
