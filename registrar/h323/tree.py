"""A decoded message as indented lines, for people: traces, pages, failed tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from registrar.h323 import oids
from registrar.h323.per.values import Extended

INDENT = "  "
SHOWN_OCTETS = 64
"""Of a longer octet string, only these first ones are shown."""

SECRETS = frozenset({
    "password", "challenge", "hash", "icv", "signature", "encryptedData", "toBeSigned",
    "secureChannel", "encryptedSessionKey", "encryptedSaltingKey", "clearSaltingKey", "genericKeyMaterial",
})  # fmt: skip
"""Components that are a PIN or a key, or from which a short PIN can be found by trying."""

TEXTS = frozenset({"productId", "versionId"})
"""OCTET STRINGs that hold text."""


def lines(message: tuple[str, Any], *, masked: bool = True) -> Iterator[str]:
    """The message's lines, ``masked`` without what could give away a PIN or a key. Long messages have many lines."""
    name, value = message
    return _part(name, value, 0, SECRETS if masked else frozenset())


def _part(name: str, value: Any, depth: int, secrets: frozenset[str]) -> Iterator[str]:
    """A component and what it holds. The alternative of a CHOICE stands behind the component's name."""
    head = INDENT * depth + name
    while isinstance(value, tuple) and isinstance(value[0], str) and name not in secrets:
        name, value = value
        head += f" {name}"
    if name in secrets:
        yield f"{head} ***"
    elif isinstance(value, dict) and value.keys() == {"ip", "port"}:
        yield f"{head} {_address(value['ip'], value['port'])}"
    elif isinstance(value, dict):
        yield head
        for part in value:
            yield from _part(part, value[part], depth + 1, secrets)
        for part, octets in value.raw.items() if isinstance(value, Extended) else ():
            if part not in value:
                yield f"{INDENT * (depth + 1)}{part} {_octets(octets)}"
    elif isinstance(value, list):
        yield head
        for index, element in enumerate(value):
            yield from _part(str(index), element, depth + 1, secrets)
    elif value is None:
        yield head
    else:
        yield f"{head} {_scalar(name, value)}"


def _address(octets: bytes, port: int) -> str:
    host = ip_address(octets)
    return f"{host}:{port}" if host.version == 4 else f"[{host}]:{port}"


def _scalar(name: str, value: Any) -> str:
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case int() if name == "timeStamp":
            return f"{value} ({datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC)"
        case bytes() if name in TEXTS:
            return _quoted(value.decode("latin-1"))
        case bytes():
            return _octets(value)
        case (bytes() as octets, count):
            return f"{_octets(octets)} ({count} bits)"
        case str():
            return _text(value)
        case _:
            return str(value)


def _octets(value: bytes) -> str:
    shown = value[:SHOWN_OCTETS].hex() or "(empty)"
    return shown if len(value) <= SHOWN_OCTETS else f"{shown}… ({len(value)} octets)"


def _text(value: str) -> str:
    name = oids.name(value)
    return f"{value} ({name})" if name else _quoted(value)


def _quoted(value: str) -> str:
    """``value`` between quotes, with escapes for whatever would not show as itself."""
    return f'"{"".join(map(_shown, value))}"'


def _shown(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
