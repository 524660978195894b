"""Backups: everything an operator has set, in one file that is taken whole or not at all.

Three lines: a heading (JSON: which version, whose, when, under which key), the settings (JSON), and a code over both
(HMAC-SHA256, RFC 2104). PINs stay sealed under the system's ``rac.key``, and the code comes from that key too: a
backup made with another key does not open, and nobody can change one without the key.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

from registrar.core.piecewise import in_pieces
from registrar.model.changes import (
    SetExtension,
    SetLicence,
    SetMediaEncryption,
    SetPatterns,
    SetPolicy,
    SetProfile,
    SetRac,
    SetRoute,
    Setting,
)
from registrar.model.extension import Extension, ExtensionProfile, Rac
from registrar.model.media import Media
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.terminal import TerminalPattern
from registrar.store.errors import StoreError
from registrar.store.rows import licence_of, licence_text, route_of, route_row
from registrar.store.vault import Vault

VERSION: Final = 1
"""Raised with every change of the form; a newer one is refused."""
_PIECE: Final = 1024
"""Settings that are put into words in one go: other threads have their turn between two."""
_SLICE: Final = 1 << 20
"""Octets that a code is made over in one go."""
_MARK: Final = "registrar backup"

_decode = json.JSONDecoder().raw_decode
_dumps = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


class BackupError(Exception):
    """A file that is not restored; nothing of it was."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """In capitals, as a printout shows it."""
        self.advice = advice


class Heading(NamedTuple):
    """What a backup says of itself."""

    version: int
    system: str
    made_at: float
    """POSIX seconds."""
    key: str
    """The name of the key (``Vault.name``) that its PINs are sealed with."""


def write_backup(settings: Iterable[Setting], system: str, vault: Vault, now: float) -> bytes:
    """Return the settings as a backup of the system."""
    held: dict[str, list[bytes]] = {}
    for piece in in_pieces(settings, _PIECE):
        rows: dict[str, list[str]] = {}
        for setting in piece:
            name = _NAMES[type(setting)]
            rows.setdefault(name, []).append(_dumps(_KINDS[name][1](setting, vault)))
        for name, some in rows.items():
            held.setdefault(name, []).append(",".join(some).encode())
    heading = {"file": _MARK, "version": VERSION, "system": system, "made_at": int(now), "key": vault.name}
    told = [f"{_dumps(heading)}\n{{".encode()]
    for place, (name, parts) in enumerate(held.items()):
        told.append(f"{',' if place else ''}{_dumps(name)}:[".encode())
        for number, part in enumerate(parts):
            told += (b",", part) if number else (part,)
        told.append(b"]")
    told.append(b"}\n")
    return b"".join([*told, vault.code(told).encode(), b"\n"])


def read_heading(data: bytes) -> Heading:
    """Return what the file says of itself. Raises ``BackupError`` when it is no backup, or a newer one."""
    try:
        heading = json.loads(data.partition(b"\n")[0])
        if heading["file"] != _MARK:
            raise ValueError
        read = Heading(int(heading["version"]), str(heading["system"]), float(heading["made_at"]), str(heading["key"]))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise BackupError("FILE IS NO BACKUP", "It was not written by data_backup.") from None
    if read.version > VERSION:
        raise BackupError(
            "BACKUP IS OF A NEWER VERSION",
            f"It is of version {read.version}, this program knows {VERSION}: use the newer program.",
        )
    return read


def read_backup(data: bytes, system: str, vault: Vault) -> tuple[Heading, list[Setting]]:
    """Return the heading and the settings. Raises ``BackupError`` for what is damaged, foreign or newer."""
    heading = read_heading(data)
    if heading.system != system:
        raise BackupError("BACKUP IS OF ANOTHER SYSTEM", f"It is of the system {heading.system}; this one is {system}.")
    if heading.key != vault.name:
        raise BackupError(
            "BACKUP WAS MADE WITH ANOTHER KEY",
            "Its PINs do not open: start the registrar with the rac.key of the system that made it.",
        )
    length = len(data) - data.endswith(b"\n")
    end = data.rfind(b"\n", 0, length) + 1
    whole = memoryview(data)
    if not vault.verify(_in_slices(whole[:end], _SLICE), data[end:length].decode("latin-1")):
        raise _damaged()
    try:
        rows = _rows(str(whole[data.find(b"\n") + 1 : end], "utf-8"))
        return heading, [_KINDS[name][2](row, vault) for name, row in rows]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, StoreError):
        raise _damaged() from None


def _in_slices(data: memoryview, size: int) -> Iterator[memoryview]:
    """Yield the data, so many octets at a time, none of them copied."""
    for at in range(0, len(data), size):
        yield data[at : at + size]


def _rows(text: str) -> Iterator[tuple[str, Any]]:
    """Yield the rows of an object of lists, each behind its name.

    They are read one by one, and written so: the whole at once would keep every other thread waiting.
    """
    at = 1
    while text[at] != "}":
        name, at = _decode(text, at)
        at += len(":[")
        while text[at] != "]":
            row, at = _decode(text, at)
            yield name, row
            at += text[at] == ","
        at += 1
        at += text[at] == ","


def _damaged() -> BackupError:
    return BackupError("BACKUP IS DAMAGED", "Its content is not what was written. Restore another one: data_backup -p")


_Kind = tuple[type, Callable[[Any, Vault], Any], Callable[[Any, Vault], Setting]]


def _rac_row(change: SetRac, vault: Vault) -> Any:
    rac = change.rac
    assert rac is not None
    return rac.number, rac.customer, b64encode(vault.seal(rac.number, rac.pin)).decode()


def _rac_of(row: Any, vault: Vault) -> SetRac:
    number, customer, sealed = row
    return SetRac(number, Rac(number, vault.open(number, b64decode(sealed)), customer))


def _patterns_row(change: SetPatterns, _vault: Vault) -> Any:
    return [
        (each.pattern, each.terminal_class.value, each.family, each.protocol.value if each.protocol else None)
        for each in change.patterns
    ]


def _patterns_of(rows: Any, _vault: Vault) -> SetPatterns:
    return SetPatterns(
        tuple(
            TerminalPattern(pattern, TerminalClass(class_), family, Protocol(protocol) if protocol else None)
            for pattern, class_, family, protocol in rows
        )
    )


_KINDS: Final[dict[str, _Kind]] = {
    "policy": (
        SetPolicy,
        lambda change, _: change.policy.value,
        lambda row, _: SetPolicy(Policy(row)),
    ),
    "licence": (
        SetLicence,
        lambda change, _: licence_text(change.licence) if change.licence is not None else None,
        lambda row, _: SetLicence(licence_of(row) if row is not None else None),
    ),
    "media_encryption": (
        SetMediaEncryption,
        lambda change, _: (change.media.value, change.enabled),
        lambda row, _: SetMediaEncryption(Media(row[0]), row[1]),
    ),
    "profiles": (
        SetProfile,
        lambda change, _: change.profile,
        lambda row, _: SetProfile(row[0], ExtensionProfile(*row)),
    ),
    "extensions": (
        SetExtension,
        lambda change, _: change.extension,
        lambda row, _: SetExtension(row[0], Extension(*row)),
    ),
    "racs": (SetRac, _rac_row, _rac_of),
    "routes": (
        SetRoute,
        lambda change, _: route_row(change.route),
        lambda row, _: SetRoute(row[0], route_of(row)),
    ),
    "patterns": (SetPatterns, _patterns_row, _patterns_of),
}
"""Each kind of setting: its change, as what JSON holds, and back."""
_NAMES: Final = {kind: name for name, (kind, _, _) in _KINDS.items()}
