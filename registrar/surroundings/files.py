"""Files that an operator names."""

import os
import stat
from pathlib import Path

LARGEST = 1 << 20
"""Octets; a licence has some hundred, a certificate chain some thousand."""


def read(path: str, largest: int = LARGEST) -> bytes:
    """Return what a regular file holds. Raises ``OSError`` with words for people in ``strerror``.

    A pipe or device is never opened: it could hold up the reader for ever.
    """
    file = Path(path)
    if not stat.S_ISREG(file.stat().st_mode):
        raise OSError(0, "It is no regular file", path)
    with file.open("rb") as opened:
        data = opened.read(largest + 1)
    if len(data) > largest:
        raise OSError(0, f"It has more than {largest:,} octets", path)
    return data


def words(error: OSError) -> str:
    """Return what is wrong as a sentence."""
    return f"{error.strerror or (os.strerror(error.errno) if error.errno else 'It cannot be read')}."
