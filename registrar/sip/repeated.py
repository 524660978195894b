"""What a terminal repeats: a request's head but for its topmost Via, the number in its CSeq, and its credentials.

A phone that answers a challenge or refreshes says everything else again, word for word, so that is understood once.
What is not written as nearly every phone writes it is not taken apart here, and is parsed anew each time.
"""

import re
from typing import Generic, TypeVar

from registrar.sip.abnf import TOKEN
from registrar.sip.via import USUAL as USUAL_VIA

MAX_HEAD = 4096
"""Characters of a head that is looked at; phones send a quarter of it."""
KEPT = 8192
"""Heads remembered, each in some 4 kB: a lab's whole fleet."""
KEPT_CHARACTERS = 8 * 1024 * 1024
"""Of all of them together, so that long ones take no more than 64 MB with what is parsed of them."""

_END = r"(?=\r\n[^ \t]|\Z)"
"""A line ends here and is not folded."""
_VIA = re.compile(rf"\r\nVia: ({USUAL_VIA}){_END}")
_CSEQ = re.compile(rf"\r\nCSeq: ([0-9]{{1,10}}) ({TOKEN}){_END}")
_AUTHORIZATION = "\r\nAuthorization: "

_FOLD = frozenset((" ", "\t"))

T = TypeVar("T")


def take_apart(head: str) -> tuple[str, "re.Match[str]", "re.Match[str]", str | None] | None:
    """Return what the terminal repeats, and Via, CSeq and Authorization; ``None`` where a head is not a usual one.

    The value of the topmost Via is in its group 1, its parts (``via.USUAL``) in those that follow; the number in CSeq
    in group 1, the method in group 2.
    """
    if len(head) > MAX_HEAD:
        return None
    via = _VIA.search(head)
    if via is None:
        return None
    via_at, via_end = via.span(1)
    cseq = _CSEQ.search(head, via_end)
    if cseq is None:
        return None
    number_at, number_end = cseq.span(1)
    at = head.find(_AUTHORIZATION, via_end)
    if at < 0:
        return head[:via_at] + head[via_end:number_at] + head[number_end:], via, cseq, None
    end = head.find("\r\n", at + 2)
    if end < 0:
        end = len(head)
    value = head[at + len(_AUTHORIZATION) : end]
    if head[end + 2 : end + 3] in _FOLD or "\r" in value or "\n" in value or "\0" in value:
        return None
    if at > number_at:
        repeated = head[:via_at] + head[via_end:number_at] + head[number_end:at] + head[end:]
    else:
        repeated = head[:via_at] + head[via_end:at] + head[end:number_at] + head[number_end:]
    return repeated, via, cseq, value.strip(" \t")


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
