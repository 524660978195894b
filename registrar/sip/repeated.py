"""What a terminal repeats: a request without its topmost Via, the number in its CSeq, and its credentials.

A phone that answers a challenge or refreshes says everything else again, word for word, so that is understood once.
What is not written as nearly every phone writes it is not taken apart here, and is parsed anew each time.
"""

from typing import Final, Generic, TypeVar

MAX_HEAD: Final = 4096
"""Characters of a head that is looked at; phones send a quarter of it."""
KEPT: Final = 16_384
"""Heads remembered, each in 2 kB, 3 where its header fields are read again.

A fleet of half as many comes round without one of them being forgotten.
"""
KEPT_CHARACTERS: Final = 8 * 1024 * 1024
"""Of all of them together, so that long ones take no more than 64 MB with what is parsed of them."""

_VIA: Final = "\r\nVia: "
_CSEQ: Final = "\r\nCSeq: "
_AUTHORIZATION: Final = "\r\nAuthorization: "
_FOLD: Final = frozenset((" ", "\t"))

T = TypeVar("T")


def take_apart(head: str) -> tuple[str, str, str, str | None] | None:
    """Return what the terminal repeats, then Via, the number in CSeq, and Authorization, ``None`` if it is not there.

    ``None`` where a head is not a usual one. The number is one; Via is as it came, and a line of its own; there is no
    line end in Authorization. What these were cut out of is left for whoever parses such a head for the first time.
    """
    if len(head) > MAX_HEAD:
        return None
    via_at = head.find(_VIA) + len(_VIA)
    via_end = head.find("\r\n", via_at)
    number_at = head.find(_CSEQ, via_end) + len(_CSEQ)
    if via_at < len(_VIA) or via_end < 0 or number_at < via_end or head[via_end + 2 : via_end + 3] in _FOLD:
        return None
    number_end = head.find(" ", number_at)
    number = head[number_at:number_end]
    if not (number.isdigit() and number.isascii()) or len(number) > 10:
        return None
    via = head[via_at:via_end]
    at = head.find(_AUTHORIZATION, via_end)
    if at < 0:
        return head[:via_at] + head[via_end:number_at] + head[number_end:], via, number, None
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
    return repeated, via, number, value.strip(" \t")


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

    def forget(self) -> None:
        """Forget everything."""
        self._young, self._old, self._taken = {}, {}, 0

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
