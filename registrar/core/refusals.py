"""A phone repeats its refused REGISTER for hours; identical refusals are one event with a count and the last time."""

from collections.abc import Callable

from registrar.model.events import Event, RefusalEvent, Subject

_Key = tuple[str, str, str, str, str]
"""Number, source address, terminal, reason, row."""


class Refusals:
    """Counts identical refusals together.

    The same number, source, terminal, reason and row within ``memory`` seconds is the same refusal; it is published
    at once the first time and then at most once a second.
    """

    def __init__(self, publish: Callable[[Subject, float, int], Event], memory: float = 900.0, entries: int = 4096):
        self._publish = publish
        self._memory = memory
        self._entries = entries
        self._known: dict[_Key, tuple[RefusalEvent, int]] = {}
        """By identity: the refusal as last counted, and the id of the event that last told of it."""
        self._untold: set[_Key] = set()

    def refuse(self, refusal: RefusalEvent) -> None:
        """Count a refusal (with ``times`` 1) and publish it unless the same one was told less than a second ago."""
        attempt, outcome = refusal.attempt, refusal.outcome
        key = (
            attempt.number,
            attempt.flow.address[0],
            outcome.terminal.text,
            outcome.reason.value if outcome.reason else "",
            outcome.decision.row.id,
        )
        now = refusal.last_at
        known = self._known.pop(key, None)
        told = 0
        if known is not None and now - known[0].last_at <= self._memory:
            told = known[1]
            refusal = refusal._replace(times=known[0].times + 1, first_at=known[0].first_at)
        quiet = told and now - known[0].last_at < 1.0 if known is not None else False
        if quiet:
            self._untold.add(key)
        else:
            told = self._publish(refusal, now, told).id
            self._untold.discard(key)
        if len(self._known) >= self._entries:
            oldest = next(iter(self._known))
            del self._known[oldest]
            self._untold.discard(oldest)
        self._known[key] = (refusal, told)

    def tell(self, now: float) -> None:
        """Publish the counts that were kept back; called about once a second."""
        for key in self._untold:
            refusal, told = self._known[key]
            self._known[key] = (refusal, self._publish(refusal, now, told).id)
        self._untold.clear()

    def recent(self) -> list[RefusalEvent]:
        """The refusals in memory, the one heard last at the end."""
        return [refusal for refusal, _ in self._known.values()]
