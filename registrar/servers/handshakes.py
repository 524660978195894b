"""TLS handshakes under way: so many at a time, and so many of a source, since each holds some 50 KiB of OpenSSL's.

Others of a source wait until one of its own ends. Where there is room for no more at all, a source that has fewer than
another takes the place of the other's oldest: who leaves handshakes open keeps nobody else out.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Handshakes(Generic[T]):
    """Things that shake hands, by source and number."""

    def __init__(self, break_off: Callable[[T], None]) -> None:
        """``break_off`` ends one whose place another one takes."""
        self._break_off = break_off
        self._under_way: dict[str, OrderedDict[int, T]] = {}
        """Of each source, the oldest first: a plain dictionary that has lost many takes long to find its first."""
        self._waiting: dict[str, OrderedDict[int, T]] = {}
        self._stranded: dict[str, None] = {}
        """Sources that lost their last place while others of theirs waited for it."""
        self._count = 0

    def __len__(self) -> int:
        """How many are under way."""
        return self._count

    def begin(self, source: str, number: int, thing: T, limit: int, limit_of_source: int) -> bool:
        """Return whether its handshake may begin now; else it waits, and ``end`` returns it when it may."""
        own = self._under_way.get(source)
        have = 0 if own is None else len(own)
        if have >= limit_of_source or (self._count >= limit and not self._made_room(have)):
            self._waiting.setdefault(source, OrderedDict())[number] = thing
            return False
        if own is None:
            own = self._under_way.setdefault(source, OrderedDict())
            self._stranded.pop(source, None)
        own[number] = thing
        self._count += 1
        return True

    def end(self, source: str, number: int) -> T | None:
        """Forget one that is done, or has given up; return one that may begin now, as a rule of its source."""
        own, waiting = self._under_way.get(source), self._waiting.get(source)
        if own is None or own.pop(number, None) is None:
            if waiting is not None and waiting.pop(number, None) is not None and not waiting:
                del self._waiting[source]
                self._stranded.pop(source, None)
            return None
        if waiting is not None:
            following, thing = waiting.popitem(last=False)
            own[following] = thing
            if not waiting:
                del self._waiting[source]
            return thing
        self._count -= 1
        if not own:
            del self._under_way[source]
        return self._one_stranded()

    def _one_stranded(self) -> T | None:
        """Let one begin of a source that has others waiting and none under way whose end they wait for."""
        source = next(iter(self._stranded), None)
        if source is None:
            return None
        del self._stranded[source]
        waiting = self._waiting[source]
        number, thing = waiting.popitem(last=False)
        if not waiting:
            del self._waiting[source]
        self._under_way[source] = OrderedDict({number: thing})
        self._count += 1
        return thing

    def _made_room(self, have: int) -> bool:
        """Break off the oldest of whoever has most, if that is more than ``have``."""
        source = max(self._under_way, key=lambda each: len(self._under_way[each]))
        most = self._under_way[source]
        if len(most) <= have:
            return False
        _, thing = most.popitem(last=False)
        self._count -= 1
        if not most:
            del self._under_way[source]
            if source in self._waiting:
                self._stranded[source] = None
        self._break_off(thing)
        return True
