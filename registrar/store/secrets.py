"""Secrets in files of their own that only their owner can read."""

import os
from pathlib import Path

from registrar.store.errors import StoreError

KEY_OCTETS = 32


def open_key(path: Path) -> bytes:
    """Return the key that the file holds, made now if there is none. Raises ``StoreError``."""
    key = open_secret(path, os.urandom(KEY_OCTETS))
    if len(key) != KEY_OCTETS:
        raise StoreError(f"{path} holds {len(key)} octets where a key has {KEY_OCTETS}: put the right file back")
    return key


def open_secret(path: Path, fresh: bytes) -> bytes:
    """Return what the file holds; ``fresh`` is written to it if there is none. Raises ``StoreError``."""
    try:
        if not path.exists():
            _write(path, fresh)
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            raise StoreError(f"{path} can be read by others (mode {mode:03o}): chmod 600 {path}")
        return path.read_bytes()
    except OSError as error:
        raise StoreError(f"cannot use {path}: {error.strerror}") from None


def _write(path: Path, secret: bytes) -> None:
    """Write under another name first, so that a crash leaves either no file or a whole one."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
