"""When bindings lapse: one bucket of keys for every second, so that a tick costs what lapses and nothing else."""

from collections.abc import Iterable

from registrar.model.binding import BindingKey
from registrar.model.changes import SetBinding


class Expiry:
    """The keys of bindings by the second after they expire."""

    def __init__(self) -> None:
        self._buckets: dict[int, dict[BindingKey, None]] = {}
        self._due = 0
        """Every bucket below this second has been taken."""

    def add(self, key: BindingKey, expires_at: float) -> None:
        """Watch a binding that was put in place."""
        second = max(int(expires_at) + 1, self._due)
        bucket = self._buckets.get(second)
        if bucket is None:
            bucket = self._buckets[second] = {}
        bucket[key] = None

    def fill(self, changes: Iterable[SetBinding]) -> None:
        """Watch very many bindings that were put in place."""
        buckets = self._buckets
        for key, binding in changes:
            if binding is not None:
                second = max(int(binding.expires_at) + 1, self._due)
                bucket = buckets.get(second)
                if bucket is None:
                    bucket = buckets[second] = {}
                bucket[key] = None

    def remove(self, key: BindingKey, expires_at: float) -> None:
        """Forget a binding that was replaced or removed."""
        second = int(expires_at) + 1
        bucket = self._buckets.get(second)
        if bucket is not None:
            bucket.pop(key, None)
            if not bucket:
                del self._buckets[second]

    def ending(self, now: float) -> list[BindingKey]:
        """Return the keys that have lapsed and are not taken yet, with others that lapse within this second."""
        seconds = [second for second in self._buckets if second <= int(now) + 1]
        return [key for second in seconds for key in self._buckets[second]]

    def take(self, now: float, most: int) -> list[BindingKey]:
        """Return keys whose second has come, ``most`` at once, and forget them."""
        second = int(now)
        due: Iterable[int]
        if len(self._buckets) > second - self._due:
            due = range(self._due, second + 1)
        else:
            due = sorted(bucket for bucket in self._buckets if bucket <= second)
        keys: list[BindingKey] = []
        for at in due:
            bucket = self._buckets.get(at, {})
            room = most - len(keys)
            if len(bucket) > room:
                keys += [bucket.popitem()[0] for _ in range(room)]
                self._due = max(self._due, at)
                return keys
            keys += bucket
            self._buckets.pop(at, None)
        self._due = max(self._due, second + 1)
        return keys
