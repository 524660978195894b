"""An operator's line as words, and the line as it may be shown: a PIN in it is masked."""

import re
from difflib import get_close_matches
from typing import Final, NamedTuple

from registrar.commands.catalogue import COMMANDS, SECRETS
from registrar.commands.catalogue.extensions import AUTH_CODE

MASK: Final = "****"
"""Stands for a PIN whatever its length."""
MAX_LINE: Final = 100_000
"""Characters."""


class Word(NamedTuple):
    """One word of a line."""

    text: str
    """Without its quotes."""
    start: int
    """Where it begins in the line, quotes included."""
    end: int
    quoted: bool
    """A word with quotes is never a switch."""
    closed: bool = True
    """False when a quote in it is not closed."""


def split(line: str) -> list[Word]:
    """Split a line at spaces; ``'...'`` and ``"..."`` hold what stands in them, backslashes have no meaning."""
    words: list[Word] = []
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
            continue
        start, text, quoted, closed = at, "", False, True
        while at < len(line) and not line[at].isspace():
            if line[at] not in "'\"":
                text += line[at]
                at += 1
                continue
            quoted = True
            end = line.find(line[at], at + 1)
            closed = end >= 0
            end = end if closed else len(line)
            text += line[at + 1 : end]
            at = end + 1
        words.append(Word(text, start, min(at, len(line)), quoted, closed))
    return words


def masked(line: str) -> str:
    """Return the line as logs, events and printouts may show it."""
    return shown(line, split(line))[0]


def shown(line: str, words: list[Word]) -> tuple[str, list[int]]:
    """Return the masked line, and where each of its words begins in it."""
    text = ""
    starts: list[int] = []
    end = 0
    for word, secret in zip(words, _secrets(words), strict=True):
        text += line[end : word.start]
        starts.append(len(text))
        text += MASK if secret else line[word.start : word.end]
        end = word.end
    return "".join(c if c.isprintable() else "?" if not c.isspace() else " " for c in text + line[end:]), starts


def _secrets(words: list[Word]) -> list[bool]:
    """Mark the words that are a PIN, or could be one in a line that went wrong.

    In a line about authorization codes only the command, switches and the arguments of harmless switches are shown; in
    any line, what follows a switch that sounds like a code is not.
    """
    careful = _about_codes(words)
    secrets: list[bool] = []
    before = ""
    for number, word in enumerate(words):
        text = word.text.lower()
        if number == 0:
            secret = careful and not _COMMAND.fullmatch(text)
        elif before in SECRETS or (number > 1 and _CODE.match(before)):
            secret = True
        elif _SWITCH.fullmatch(text) and not word.quoted:
            secret = False
        else:
            secret = (careful and before not in _HARMLESS) or _CODE_WITH_VALUE.match(text) is not None
        secrets.append(secret)
        before = "" if secret or word.quoted else text
    return secrets


def _about_codes(words: list[Word]) -> bool:
    if not words:
        return False
    command = words[0].text.lower()
    if command in COMMANDS:
        return command == AUTH_CODE.name
    likely = get_close_matches(command, [*COMMANDS], 1) == [AUTH_CODE.name]
    return likely or any(_CODE.match(word.text.lower()) for word in words)


_COMMAND: Final = re.compile("[a-z_]+")
_SWITCH: Final = re.compile("-[a-z?-]+")
_CODE: Final = re.compile("-+(auth|code|pin|rac)|auth")
_CODE_WITH_VALUE: Final = re.compile("-+(auth|code|pin|rac).*=")
_HARMLESS: Final = frozenset({"-d", "--dir", "--customer"})
