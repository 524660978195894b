"""Terminal types: what a terminal says it is, and whether such a terminal is secure (the requirement, section 2).

A claim, not a proof: any softphone may say that it is a Mitel 6930. The class never depends on the port used.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Final

from registrar.model.policy import Protocol, TerminalClass
from registrar.model.terminal import Terminal, TerminalPattern
from registrar.policy.patterns import FLAGS, MAX_TEXT

THIRD_PARTY: Final = "third party"
CACHED: Final = 4096
"""Texts remembered for each protocol; with 256 characters each, about 2 MB."""


def load_shipped() -> tuple[TerminalPattern, ...]:
    """Return the patterns of the project's own data file, in the order they are tried."""
    data = tomllib.loads(files("registrar.policy").joinpath("terminals.toml").read_text("utf-8"))
    return tuple(
        TerminalPattern(
            entry["pattern"],
            TerminalClass(entry["class"]),
            entry["family"],
            Protocol(entry["protocol"]) if "protocol" in entry else None,
            shipped=True,
        )
        for entry in data["terminal"]
    )


_H323: Final = Protocol.H323
SHIPPED: Final = load_shipped()


class Classifier:
    """Classes terminals by the operator's patterns, then by the shipped ones; the first match wins.

    The operator's patterns must have passed ``registrar.policy.patterns.problem``.
    """

    def __init__(self, operator_patterns: Sequence[TerminalPattern] = ()) -> None:
        self.patterns: tuple[TerminalPattern, ...] = (*operator_patterns, *SHIPPED)
        self._sip = _Cached(pattern for pattern in self.patterns if pattern.protocol is not Protocol.H323)
        self._h323 = _Cached(pattern for pattern in self.patterns if pattern.protocol is not Protocol.SIP)

    def classify(self, text: str, protocol: Protocol) -> Terminal:
        """Class what a terminal says; trailing NULs (H.323 product strings) and outer spaces do not count."""
        return (self._h323 if protocol is _H323 else self._sip).classify(text)


class _Cached:
    """Remembers terminals by their text; phones say the same thing at every refresh."""

    def __init__(self, patterns: Iterable[TerminalPattern]) -> None:
        self._rules = [(re.compile(pattern.pattern, FLAGS).search, pattern) for pattern in patterns]
        self._known: dict[str, Terminal] = {}

    def classify(self, text: str) -> Terminal:
        if len(text) > MAX_TEXT:
            text = text[:MAX_TEXT]
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= CACHED:
                self._known.clear()
            known = self._known[text] = self._match(text.replace("\0", "").strip())
        return known

    def _match(self, text: str) -> Terminal:
        for search, pattern in self._rules:
            if search(text) is not None:
                return Terminal(text, pattern.terminal_class, pattern.family or "operator's own", pattern.pattern)
        return Terminal(text, TerminalClass.INSECURE, THIRD_PARTY, "")
