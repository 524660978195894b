"""What may be a terminal pattern: a regular expression that compiles and cannot take long on any terminal's text.

Python's matcher backtracks; a pattern such as ``(a+)+$`` would stop the whole service node at the first hostile
User-Agent. So the ways in which a pattern may match from one place are counted, generously, and limited.
"""

import re
import warnings
from typing import Final

MAX_PATTERN: Final = 200
"""Characters."""
MAX_TEXT: Final = 256
"""Characters of what a terminal says that are looked at; an H.323 productId has at most 256 octets."""
MAX_WAYS: Final = 300_000
"""Ways to match from one place: two unbounded repeats, 257 x 257 = 66,049, with four alternatives are allowed; three
repeats are not. The worst that passes takes about a quarter of a second on the worst text."""
FLAGS: Final = re.IGNORECASE | re.ASCII
"""ASCII: otherwise ``s`` would also match the long s, and ``[0-9]``'s cousin ``\\d`` any script's digits."""

_SIGNS: Final = {"*": (0, MAX_TEXT), "+": (1, MAX_TEXT), "?": (0, 1)}
_QUANTIFIER: Final = re.compile(r"(?:([*+?])|\{(\d*)(?:(,)(\d*))?\})[?+]?")
_GROUP: Final = re.compile(r"\(\?(?:P<\w+>|P=\w+\)|[a-zA-Z-]+[:)]|:|=|!|<=|<!|>|#[^)]*\)|\(\w+\))|\(")


def problem(pattern: str) -> str | None:
    """Return what is wrong with the pattern, in words for the operator, or ``None`` when it may be used."""
    if not pattern:
        return "The pattern is empty: it would match every terminal."
    if len(pattern) > MAX_PATTERN:
        return f"The pattern has {len(pattern)} characters; at most {MAX_PATTERN} are allowed."
    if not pattern.isprintable():
        return "The pattern holds characters that cannot be printed."
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(pattern, FLAGS)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        return f"The pattern is not a regular expression: {error}."
    if compiled.search("") is not None:
        return "The pattern also matches an empty text, so it would match every terminal."
    if _Ways(pattern).count() > MAX_WAYS:
        return "The pattern repeats too much: use at most two of * and +, and none inside a repeated group."
    return None


class _Ways:
    """Counts, as an upper bound, the ways in which a valid pattern can match from one place."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def count(self) -> int:
        return self._alternatives()

    def _alternatives(self) -> int:
        ways = self._sequence()
        while self._take("|"):
            ways += self._sequence()
        return ways

    def _sequence(self) -> int:
        ways = 1
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            ways = min(ways * self._repeated(self._atom()), MAX_WAYS + 1)
        return ways

    def _atom(self) -> int:
        group = _GROUP.match(self._pattern, self._at)
        if group is not None:
            self._at = group.end()
            if group[0].endswith(")") and not group[0].startswith("(?("):
                return 1
            ways = self._alternatives()
            self._take(")")
            return ways
        if self._take("["):
            self._set()
        else:
            self._at += 2 if self._pattern[self._at] == "\\" else 1
        return 1

    def _set(self) -> None:
        self._take("^")
        self._take("]")
        while self._at < len(self._pattern) and not self._take("]"):
            self._at += 2 if self._pattern[self._at] == "\\" else 1

    def _repeated(self, ways: int) -> int:
        found = _QUANTIFIER.match(self._pattern, self._at)
        if found is None or found[0][:2] == "{}":
            return ways
        self._at = found.end()
        sign, least, comma, most = found.groups()
        if sign:
            low, high = _SIGNS[sign]
        else:
            low = int(least or 0)
            high = low if comma is None else int(most or MAX_TEXT)
        if max(low, high) > MAX_TEXT:
            return MAX_WAYS + 1
        total = 0
        for times in range(low, high + 1):
            total += ways**times
            if total > MAX_WAYS:
                break
        return total

    def _take(self, character: str) -> bool:
        taken = self._pattern.startswith(character, self._at)
        self._at += taken
        return taken
