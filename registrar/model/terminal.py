"""A terminal as it names itself, and the pattern that classed it."""

from typing import Final, NamedTuple, final

from mypy_extensions import mypyc_attr

from registrar.model.policy import Protocol, TerminalClass
from registrar.model.record import Record


class TerminalPattern(NamedTuple):
    """One rule of classification: what the terminal says is searched for ``pattern``; the first match wins."""

    pattern: str
    """A regular expression (case-insensitive) searched in the SIP User-Agent or the H.323 productId."""
    terminal_class: TerminalClass
    family: str = ""
    protocol: Protocol | None = None
    """The protocol it is tried for; ``None`` means both."""
    shipped: bool = False
    """True for the project's own data file, False for an operator's pattern."""


@mypyc_attr(acyclic=True)
@final
class Terminal(Record):
    """What a terminal said it is (a claim, not a proof) and how it was classed."""

    __slots__ = (
        "family",
        "pattern",
        "terminal_class",
        "text",
    )

    def __init__(self, text: str, terminal_class: TerminalClass, family: str, pattern: str) -> None:
        self.text: Final = text
        self.terminal_class: Final = terminal_class
        self.family: Final = family
        """The pattern's family, or ``third party`` when none matched."""
        self.pattern: Final = pattern
        """The pattern that matched; empty when none did."""
