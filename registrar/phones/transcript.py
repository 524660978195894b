"""What happened at a phone, to be read: what it sent, what it heard, what its display said.

Messages are kept as they were and shown masked: no PIN, and nothing a PIN could be guessed from.
"""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Final, NamedTuple

from registrar.h323 import ras, tree
from registrar.h323.errors import PerError
from registrar.model.policy import Protocol
from registrar.policy.explain import printable
from registrar.trace.mask import masked
from registrar.trace.words import message_words, text

MAX_ENTRIES: Final = 2000
"""Entries kept; the oldest go first."""


class Kind(Enum):
    """What an entry is."""

    SENT = "→"
    RECEIVED = "←"
    SHOWN = "▢"
    NOTED = "·"


class Entry(NamedTuple):
    """One thing that happened."""

    time: float
    """POSIX seconds."""
    kind: Kind
    who: str
    """The phone it happened at, or ``registrar``."""
    words: str
    """What was shown or noted; empty for messages."""
    over: str = ""
    """Of a message: the transport and the server's port, e.g. ``TLS 5061``."""
    octets: bytes = b""
    """Of a message, as it was: show it by ``summary`` and ``lines`` only."""
    protocol: Protocol = Protocol.SIP

    @property
    def summary(self) -> str:
        """One line."""
        return printable(message_words(self.octets, self.protocol) if self.octets else self.words)

    def lines(self) -> list[str]:
        """The whole message, a line each; none when the entry is no message."""
        if not self.octets:
            return []
        if self.protocol is Protocol.SIP:
            shown = text(masked(self.octets, self.protocol)).strip("\r\n")
            return [printable(each) for each in shown.replace("\r\n", "\n").split("\n")]
        try:
            return list(tree.lines(ras.decode(self.octets)))
        except PerError:
            return [masked(self.octets, self.protocol).hex()]

    def printed(self, whole: bool = False) -> str:
        """The entry as a terminal shows it; ``whole`` adds the message below it."""
        moment = datetime.fromtimestamp(self.time)
        head = f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}  {self.who}  {self.kind.value} {self.summary}"
        if self.over:
            head += f"   ({self.over})"
        return "\n".join([head, *[f"      {each}" for each in self.lines()]]) if whole else head


class Transcript:
    """The entries of one phone. ``listen`` is called with each as it happens."""

    def __init__(self, who: str, protocol: Protocol, listen: Callable[[Entry], None] | None = None) -> None:
        self.entries: list[Entry] = []
        self._who = who
        self._protocol = protocol
        self._listen = listen

    def message(self, kind: Kind, octets: bytes, over: str, now: float) -> None:
        """Take down a message."""
        self._add(Entry(now, kind, self._who, "", over, octets, self._protocol))

    def shown(self, words: str, now: float) -> None:
        """Take down what the display says."""
        self._add(Entry(now, Kind.SHOWN, self._who, words))

    def note(self, words: str, now: float) -> None:
        """Take down something else, e.g. a TLS handshake."""
        self._add(Entry(now, Kind.NOTED, self._who, words))

    def _add(self, entry: Entry) -> None:
        if len(self.entries) >= MAX_ENTRIES:
            del self.entries[0]
        self.entries.append(entry)
        if self._listen is not None:
            self._listen(entry)
