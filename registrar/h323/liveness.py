"""Which endpoints have outlived their time to live and must be asked whether they are still there.

An endpoint refreshes between half its time to live and a little after its end, so at the end it is asked (IRQ), and
only when the grace is over as well it is taken for gone (``registrar.core.expiry``).
"""

from collections.abc import Callable
from typing import Final

from registrar.model.binding import Binding

AT_ONCE: Final = 500
"""Bindings found at a time, some 50 ms' work with what they are asked: after a start all may be due."""

_Key = tuple[str, str, str]


class Liveness:
    """The bindings' times to live, in buckets of a second.

    A refresh costs nothing: a binding is looked at when it was once due, and then put where it is due now.
    """

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._due: dict[_Key, int] = {}
        self._buckets: dict[int, dict[_Key, None]] = {}

    def __len__(self) -> int:
        return len(self._due)

    def watch(self, binding: Binding) -> None:
        """Look after a binding that was put in place, or refreshed."""
        key = binding.key
        if key not in self._due:
            self._watch(key, binding.expires_at - self._grace)

    def forget(self, binding: Binding) -> None:
        """Look no more after a binding that was removed."""
        second = self._due.pop(binding.key, None)
        if second is not None:
            bucket = self._buckets[second]
            del bucket[binding.key]
            if not bucket:
                del self._buckets[second]

    def take(self, now: float, find: Callable[[_Key], Binding | None]) -> list[Binding]:
        """Return bindings whose time to live is over, ``AT_ONCE`` at most; each again half the grace later."""
        found: list[Binding] = []
        for second in sorted(second for second in self._buckets if second <= now):
            bucket = self._buckets[second]
            while bucket:
                if len(found) == AT_ONCE:
                    return found
                key, _ = bucket.popitem()
                del self._due[key]
                binding = find(key)
                if binding is None:
                    continue
                end = binding.expires_at - self._grace
                if end <= now:
                    if now < binding.expires_at:
                        found.append(binding)
                    end = now + max(1.0, self._grace / 2)
                self._watch(key, end)
            del self._buckets[second]
        return found

    def _watch(self, key: _Key, due: float) -> None:
        second = self._due[key] = int(due) + 1
        self._buckets.setdefault(second, {})[key] = None
