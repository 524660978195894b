"""What happened at a phone, to be read: what it sent, what it heard, what its display said. No PIN is ever in it."""

import re
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Final, NamedTuple

from registrar.model.policy import Protocol

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
    phone: str
    """The number of the phone it happened at."""
    summary: str
    """One line."""
    over: str = ""
    """For messages: the transport and the server's port, e.g. ``TLS 5061``."""
    text: str = ""
    """For messages: the whole message in readable form, secrets masked."""


class Transcript:
    """The entries of one phone. ``listen`` is called with each as it happens."""

    def __init__(self, phone: str, protocol: Protocol, listen: Callable[[Entry], None] | None = None) -> None:
        self.phone = phone
        self.entries: list[Entry] = []
        self._protocol = protocol
        self._listen = listen

    def message(self, kind: Kind, data: bytes, over: str, now: float) -> None:
        """Take down a message."""
        summary, text = describe_sip(data)
        self._add(Entry(now, kind, self.phone, summary, over, text))

    def shown(self, text: str, now: float) -> None:
        """Take down what the display says."""
        self._add(Entry(now, Kind.SHOWN, self.phone, text))

    def note(self, text: str, now: float) -> None:
        """Take down something else, e.g. a TLS handshake."""
        self._add(Entry(now, Kind.NOTED, self.phone, text))

    def _add(self, entry: Entry) -> None:
        if len(self.entries) >= MAX_ENTRIES:
            del self.entries[0]
        self.entries.append(entry)
        if self._listen is not None:
            self._listen(entry)


def line(entry: Entry, whole: bool = False) -> str:
    """Return the entry as it is printed; ``whole`` adds the message below it."""
    moment = datetime.fromtimestamp(entry.time)
    head = f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}  {entry.phone}  {entry.kind.value} {entry.summary}"
    if entry.over:
        head += f"   ({entry.over})"
    if whole and entry.text:
        head += "\n" + "\n".join(f"      {each}" for each in entry.text.splitlines())
    return head


_RESPONSE: Final = re.compile(r'(\bresponse=)"[^"]*"')


def describe_sip(data: bytes) -> tuple[str, str]:
    """Return a SIP message's first line, and its text with the digest response masked."""
    text = _RESPONSE.sub(r'\1"…"', data.decode("utf-8", "backslashreplace"))
    first = text.partition("\r\n")[0]
    return first.removesuffix(" SIP/2.0").removeprefix("SIP/2.0 "), text.strip("\r\n")
