"""Which endpoints have outlived their time to live and must be asked whether they are still there.

An endpoint refreshes between half its time to live and a little after its end, so at the end it is asked (IRQ), and
only when the grace is over as well it is taken for gone (``registrar.core.expiry``).
"""

from collections.abc import Callable
from heapq import heappop, heappush

from registrar.model.binding import Binding

_Key = tuple[str, str, str]


class Liveness:
    """The bindings' times to live. A refresh costs nothing: a binding is looked at when it was once due."""

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._due: list[tuple[float, _Key]] = []
        self._watched: set[_Key] = set()

    def __len__(self) -> int:
        return len(self._due)

    def watch(self, binding: Binding) -> None:
        """Look after a binding that was put in place."""
        if binding.key not in self._watched:
            self._watch(binding.key, binding.expires_at - self._grace)

    def take(self, now: float, find: Callable[[_Key], Binding | None]) -> list[Binding]:
        """Return the bindings whose time to live is over, again each time half the grace has gone by."""
        found = []
        while self._due and self._due[0][0] <= now:
            _, key = heappop(self._due)
            self._watched.discard(key)
            binding = find(key)
            if binding is None:
                continue
            end = binding.expires_at - self._grace
            if end <= now:
                if now < binding.expires_at:
                    found.append(binding)
                end = now + max(1.0, self._grace / 2)
            self._watch(key, end)
        return found

    def _watch(self, key: _Key, due: float) -> None:
        self._watched.add(key)
        heappush(self._due, (due, key))
