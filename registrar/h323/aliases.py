"""Alias addresses (H.225.0 section 7.5): the number an endpoint registers, and its other names."""

from collections.abc import Iterable
from typing import Any, Final

from registrar.model.binding import Alias, is_number

DIALLED: Final = "dialledDigits"
H323_ID: Final = "h323-ID"
PARTY_NUMBER: Final = "partyNumber"
_TEXTS: Final = frozenset({DIALLED, H323_ID, "url-ID", "email-ID"})

MOST: Final = 20
"""Aliases of one endpoint: of a request those looked at, and all that it may have for a number. Real ones have two or
three."""
MOST_NUMBERS: Final = 100
"""Numbers that one endpoint may hold: each of its keep-alives refreshes them all, some milliseconds' work."""


def alias_of(address: tuple[str, Any]) -> Alias | None:
    """Return an AliasAddress as kind and text, NUL padding stripped; ``None`` for kinds that name no subscriber."""
    kind, value = address
    if kind == PARTY_NUMBER:
        _, number = value
        return (kind, number["publicNumberDigits"]) if isinstance(number, dict) and _public(number) else None
    if kind not in _TEXTS:
        return None
    text = value.rstrip("\0")
    return (kind, text) if text else None


def _public(number: dict[str, Any]) -> bool:
    return "publicNumberDigits" in number


def aliases_of(addresses: Iterable[tuple[str, Any]] | None) -> tuple[Alias, ...]:
    """Return the aliases in their order, each once; at most ``MOST``."""
    found: dict[Alias, None] = {}
    for address in addresses or ():
        alias = alias_of(address)
        if alias is not None:
            found[alias] = None
            if len(found) >= MOST:
                break
    return tuple(found)


def address_of_alias(alias: Alias) -> tuple[str, Any]:
    """Return the AliasAddress."""
    kind, text = alias
    if kind == PARTY_NUMBER:
        number = {"publicTypeOfNumber": ("unknown", None), "publicNumberDigits": text}
        return kind, ("e164Number", number)
    return alias


def number_among(aliases: Iterable[Alias]) -> str:
    """Return the directory number that an endpoint with these aliases asks for, empty when it has no alias.

    The order of aliases varies between vendors: digits to dial come before other numbers, and those before names.
    """
    candidates = sorted(aliases, key=lambda alias: (alias[0] != DIALLED, not is_number(alias)))
    return candidates[0][1] if candidates else ""


def names_with(number: str, aliases: Iterable[Alias]) -> tuple[Alias, ...]:
    """Return the aliases that may be registered with the number: it itself and names, but no other number."""
    return tuple([alias for alias in aliases if alias[1] == number or not is_number(alias)])
