"""Every client there is a configuration for, and the way to disk."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from registrar.errors import StartError
from registrar.provision import baresip, dialog, linphone, mitel, pjsua, sipp, sipsak
from registrar.provision.account import Account, Configuration

Configure = Callable[[Sequence[Account], str], Configuration]
"""From accounts of one server, one at least, and the folder the files will be in, to the configuration.

Raises ``StartError`` when the client cannot do what the accounts ask.
"""

CLIENTS: Final[dict[str, Configure]] = {
    "baresip": baresip.configure,
    "d4": dialog.d4,
    "d5": dialog.d5,
    "linphone": linphone.configure,
    "mitel": mitel.configure,
    "pjsua": pjsua.configure,
    "sipp": sipp.configure,
    "sipsak": sipsak.configure,
}
"""By the name that ``registrar provision --for`` takes."""


def write(folder: Path, configuration: Configuration, *, replace: bool = False) -> None:
    """Write the files, which hold PINs, so that their owner alone can read them; existing ones only to ``replace``.

    Raises ``StartError`` and then has written none of them, unless the disk failed halfway.
    """
    for name in configuration.files:
        if not replace and (folder / name).exists():
            raise StartError(f"{folder / name} exists already: choose another folder, or remove it")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, text in configuration.files.items():
            file = folder / name
            file.touch(mode=0o600)
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StartError(f"cannot write {error.filename or folder}: {error.strerror}") from None
