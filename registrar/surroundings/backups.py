"""The folder of backups."""

import contextlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from registrar.commands.effects import Backup, ReadBackup, Refusal, Restored, WriteBackup
from registrar.store.backup import BackupError, read_backup, read_heading, write_backup
from registrar.store.vault import Vault
from registrar.surroundings.files import read, words

LARGEST: Final = 256 << 20
"""Octets; a hundred thousand extensions with RACs have some 20 million."""
ENDING: Final = ".backup"
_HEADING: Final = 4096


class Backups:
    """Writes, lists and reads backups. Its methods block."""

    def __init__(self, folder: Path, system: str, vault: Vault, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._system = system
        self._vault = vault
        self._clock = clock

    def write(self, effect: WriteBackup) -> Backup | Refusal:
        """Write a backup, whole or not at all, over nothing that exists."""
        now = self._clock()
        data = write_backup(effect.settings, self._system, self._vault, now)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = self._folder / effect.file if effect.file is not None else self._free_name(now)
            _write_whole(file, data)
        except FileExistsError:
            return Refusal("FILE EXISTS ALREADY", ("A backup is written over nothing: choose another name.",))
        except OSError as error:
            return Refusal("BACKUP CANNOT BE WRITTEN", (words(error),))
        return Backup(self._shown(file), len(data), now, self._system, True)

    def list_(self) -> list[Backup] | Refusal:
        """Return what backups there are in the folder; files that are none are left out."""
        found: list[Backup] = []
        try:
            for file in self._folder.glob(f"*{ENDING}"):
                with contextlib.suppress(BackupError), file.open("rb") as opened:
                    heading = read_heading(opened.read(_HEADING))
                    size = os.fstat(opened.fileno()).st_size
                    own = heading.key == self._vault.name
                    found.append(Backup(file.name, size, heading.made_at, heading.system, own))
        except OSError as error:
            return Refusal("BACKUPS CANNOT BE READ", (words(error),))
        return sorted(found, key=lambda backup: (backup.made_at, backup.file))

    def read(self, effect: ReadBackup) -> Restored | Refusal:
        """Return what a backup holds, when every octet of it is right."""
        file = self._folder / effect.file
        try:
            data = read(str(file), LARGEST)
            heading, settings = read_backup(data, self._system, self._vault)
        except OSError as error:
            return Refusal("BACKUP CANNOT BE READ", (words(error),))
        except BackupError as error:
            return Refusal(error.reason, (error.advice,))
        return Restored(Backup(self._shown(file), len(data), heading.made_at, heading.system, True), settings)

    def _shown(self, file: Path) -> str:
        return file.name if file.parent == self._folder else str(file)

    def _free_name(self, now: float) -> Path:
        stem = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d-%H%M%S")
        file, number = self._folder / f"{stem}{ENDING}", 1
        while file.exists():
            number += 1
            file = self._folder / f"{stem}-{number}{ENDING}"
        return file


def _write_whole(file: Path, data: bytes) -> None:
    """Write under another name first; the last step makes the file, or finds that there is one."""
    draft = file.with_name(f".{file.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        file.hardlink_to(draft)
    finally:
        draft.unlink()
