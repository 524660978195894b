"""Memory and store change together, and nothing is told that is not stored.

What is changed holds at once, is stored with the next commit, and taken back if it cannot be.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from registrar.core.expiry import Expiry
from registrar.core.flows import Flows
from registrar.core.lockout import Lockout
from registrar.core.state import Leaving, State
from registrar.model.binding import Binding, BindingKey
from registrar.model.changes import Change, SetBinding, SetLock, SetPatterns, Setting
from registrar.model.events import BindingEvent, Cause, CommandEvent, EventType, Subject
from registrar.model.policy import Protocol
from registrar.policy.classify import Classifier
from registrar.store.commit import Done, GroupCommit
from registrar.store.errors import StoreError
from registrar.store.prepared import Prepared
from registrar.telling import Telling


class Together(NamedTuple):
    """What one line changes, from one moment on however much it is."""

    settings: tuple[Setting, ...]
    draft: State | None
    """Has them already, where they are very many: it is exchanged for the state's."""
    leaving: Leaving
    """What is told of the bindings that go; it is emptied as they are let go of."""
    departures: int
    """How many bindings go."""
    unlocked: list[SetLock]
    event: CommandEvent
    stored: list[Change]
    """What the store is told of it, behind what was prepared."""
    prepared: Prepared | None


class Changing:
    """The state, what follows from it, and the store behind it."""

    def __init__(
        self,
        state: State,
        lockout: Lockout,
        commit: GroupCommit,
        telling: Telling,
        *,
        durable: bool,
        failed: Callable[[StoreError, float], None],
    ) -> None:
        """With ``durable`` false bindings are not stored. ``failed`` is told what kept a change from being stored."""
        self.state = state
        self.classifier = Classifier(state.patterns)
        self.expiry = Expiry()
        self.flows = Flows()
        self.touched: set[str] | None = None
        """The numbers whose bindings changed, since somebody wants to know."""
        self._lockout = lockout
        self._commit = commit
        self._telling = telling
        self._durable = durable
        self._failed = failed
        self.undecided = False
        """Whether bindings that left together may have to return: what is due meanwhile waits until that is known."""
        self._gone: list[Leaving] = []
        """What was let go of meanwhile for bindings in memory alone, which nothing takes back."""

    @property
    def stored(self) -> bool:
        """Whether everything that the bindings now say is stored."""
        return not (self._durable and self._commit.pending)

    @property
    def durable(self) -> bool:
        """Whether bindings are stored."""
        return self._durable

    async def prepare(self, changes: Sequence[Change]) -> Prepared:
        """Write down very many changes before they are in force. Raises ``StoreError``."""
        return await self._commit.prepare(changes)

    def not_stored(self, error: StoreError, now: float) -> None:
        """Tell that a change was not stored, and is not in force."""
        self._failed(error, now)

    @property
    def full(self) -> bool:
        """Whether no binding can be stored now: too much waits for it."""
        return self._durable and self._commit.full

    def binding(self, key: BindingKey) -> Binding | None:
        """Return the binding with this key (``Binding.key``), if it is there."""
        protocol, number, identity = key
        return self.state.bindings_of(Protocol(protocol), number).get(identity)

    def change(self, changes: Sequence[Change], events: Sequence[Subject], now: float) -> None:
        """Apply at once, store with the next commit, then tell; take back what could not be stored."""
        lasting = changes if self._durable else [change for change in changes if not isinstance(change, SetBinding)]
        if not lasting:
            if self.undecided:
                self._gone.append(self._taken_out(changes))
            for change in changes:
                if isinstance(change, SetBinding):  # as all of them: there is nothing to take back
                    self._set_binding(change.key, change.binding)
            self._telling.tell(events, now)
            return
        left = self._taken_out(changes) if self.undecided else None
        inverses = [self._apply(change) for change in changes]

        def committed(error: StoreError | None) -> None:
            if error is None:
                self._telling.tell(events, now)
            else:
                for inverse in reversed(inverses):
                    self._apply(inverse)
                if left:
                    self._put_back(left)
                self._failed(error, now)

        self._commit.submit(lasting, committed)

    def change_together(self, much: Together, now: float, done: Done) -> None:
        """The same for what a line changes, with bindings let go of as it is told of them; then call ``done``."""
        small: tuple[Change, ...] = much.settings if much.draft is None else ()
        inverses = [self._apply(change) for change in (*small, *much.unlocked)]
        if much.draft is not None:
            self._exchange(much.draft)
        self.state.leaving, self.undecided = much.leaving, bool(much.leaving)

        def committed(error: StoreError | None) -> None:
            self.undecided = False
            if error is None:
                self._gone.clear()
                events = self._departures(list(much.leaving.values()), much.event)
                self._telling.tell_some(events, much.departures + 1, now)
            else:
                for left in self._gone:
                    self._put_back(left)
                self._gone.clear()
                self.state.leaving = {}  # all are in their places: whoever came instead of them was taken back before
                if much.draft is not None:
                    self._exchange(much.draft)
                for inverse in reversed(inverses):
                    self._apply(inverse)
                self._failed(error, now)
            done(error)

        self._commit.submit(much.stored, committed, much.prepared)

    def remove(self, bindings: list[Binding], cause: Cause, now: float) -> None:
        """Remove bindings and tell why."""
        if bindings:
            events = [BindingEvent(EventType.UNREGISTERED, binding, cause) for binding in bindings]
            self.change([SetBinding(binding.key, None) for binding in bindings], events, now)

    def _apply(self, change: Change) -> Change:
        if isinstance(change, SetBinding):
            return SetBinding(change.key, self._set_binding(change.key, change.binding))
        if isinstance(change, SetLock):
            return self._lockout.apply(change)
        if isinstance(change, SetPatterns):
            self.classifier = Classifier(change.patterns)
        return self.state.apply(change)

    def _set_binding(self, key: BindingKey, binding: Binding | None) -> Binding | None:
        """Put the binding in place, or none; return the one that was there."""
        leaving, number = self.state.leaving, key[1]
        if leaving and number in leaving:
            self._let_go(number)
        before = self.state.set_binding(key, binding)
        if self.touched is not None:
            self.touched.add(number)
        if before is not None:
            self.expiry.remove(key, before.expires_at)
            self.flows.remove(before)
        if binding is not None:
            self.expiry.add(key, binding.expires_at)
            self.flows.add(binding)
        return before

    def _exchange(self, draft: State) -> None:
        self.state.exchange(draft)
        if self.state.patterns != draft.patterns:
            self.classifier = Classifier(self.state.patterns)

    def _departures(self, leaving: list[list[BindingEvent]], event: CommandEvent) -> Iterator[Subject]:
        """Let go of what left, number by number, and yield what is to be told of it."""
        leaving.reverse()
        while leaving:
            events = leaving.pop()
            number = events[0].binding.number
            if number in self.state.leaving:
                self._let_go(number)
            yield from events
        yield event

    def _let_go(self, number: str) -> None:
        """Remove what left already of a number."""
        for event in self.state.leaving.pop(number):
            self._set_binding(event.binding.key, None)

    def _taken_out(self, changes: Sequence[Change]) -> Leaving:
        """Let go of what left of the numbers that are bound anew, and return it: it may have to return."""
        leaving = self.state.leaving
        numbers = {change.key[1] for change in changes if isinstance(change, SetBinding)}
        left = {number: leaving[number] for number in numbers if number in leaving}
        for number in left:
            self._let_go(number)
        return left

    def _put_back(self, left: Leaving) -> None:
        """Take back that what left was let go of."""
        for number, events in left.items():
            for binding in [event.binding for event in events]:
                if self.binding(binding.key) is None:
                    self._set_binding(binding.key, binding)
            self.state.leaving[number] = events
