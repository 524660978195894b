"""What a terminal repeats: a request without its branch, the number in its CSeq, and its credentials.

A phone that answers a challenge or refreshes says everything else again, word for word, so that is understood once.
What is not written as nearly every phone writes it is not taken apart here, and is parsed anew each time.
"""

import re
from typing import Final, Generic, TypeVar

from registrar.sip.abnf import TOKEN

MAX_HEAD: Final = 4096
"""Characters of a head that is looked at; phones send a quarter of it."""
KEPT: Final = 8192
"""Heads remembered, each in some 4 kB: a lab's whole fleet."""
KEPT_CHARACTERS: Final = 8 * 1024 * 1024
"""Of all of them together, so that long ones take no more than 64 MB with what is parsed of them."""

_VIA: Final = "\r\nVia: "
_BRANCH: Final = ";branch="
_CSEQ: Final = "\r\nCSeq: "
_AUTHORIZATION: Final = "\r\nAuthorization: "
_TOKEN: Final = re.compile(TOKEN)
_FOLD: Final = frozenset((" ", "\t"))

T = TypeVar("T")


def take_apart(head: str) -> tuple[str, str, str, str | None] | None:
    """Return what the terminal repeats, then branch, number in CSeq, and Authorization, which is ``None`` if not there.

    ``None`` where a head is not a usual one. What is cut out is a token, a number, and a value without line ends; what
    it was cut out of is in what is left, for whoever parses a head for the first time to judge.
    """
    if len(head) > MAX_HEAD:
        return None
    via_at = head.find(_VIA)
    via_end = head.find("\r\n", via_at + len(_VIA))
    branch_at = head.find(_BRANCH, via_at, via_end) + len(_BRANCH)
    number_at = head.find(_CSEQ, via_end) + len(_CSEQ)
    if via_at < 0 or via_end < 0 or branch_at < via_at or number_at < via_end:
        return None
    branch_end = head.find(";", branch_at, via_end)
    if branch_end < 0:
        branch_end = via_end
    number_end = head.find(" ", number_at)
    branch, number = head[branch_at:branch_end], head[number_at:number_end]
    if not (number.isdigit() and number.isascii()) or len(number) > 10:
        return None
    if not (branch.isalnum() and branch.isascii()) and _TOKEN.fullmatch(branch) is None:
        return None
    at = head.find(_AUTHORIZATION, via_end)
    if at < 0:
        return head[:branch_at] + head[branch_end:number_at] + head[number_end:], branch, number, None
    end = head.find("\r\n", at + 2)
    if end < 0:
        end = len(head)
    value = head[at + len(_AUTHORIZATION) : end]
    if head[end + 2 : end + 3] in _FOLD or "\r" in value or "\n" in value or "\0" in value:
        return None
    if at > number_at:
        repeated = head[:branch_at] + head[branch_end:number_at] + head[number_end:at] + head[end:]
    else:
        repeated = head[:branch_at] + head[branch_end:at] + head[end:number_at] + head[number_end:]
    return repeated, branch, number, value.strip(" \t")


class Remembered(Generic[T]):
    """What was made of texts, in two generations: those not met while a whole generation came are forgotten."""

    def __init__(self, kept: int = KEPT, characters: int = KEPT_CHARACTERS) -> None:
        self._kept = kept // 2
        self._characters = characters // 2
        self._taken = 0
        self._young: dict[str, T] = {}
        self._old: dict[str, T] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, text: str) -> T | None:
        """Return what was made of the text."""
        found = self._young.get(text)
        if found is None:
            found = self._old.pop(text, None)
            if found is not None:
                self.put(text, found)
        return found

    def put(self, text: str, made: T) -> None:
        """Remember it."""
        if len(self._young) >= self._kept or self._taken >= self._characters:
            self._old, self._young, self._taken = self._young, {}, 0
        self._young[text] = made
        self._taken += len(text)
