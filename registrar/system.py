"""The service node: its state, its store, its events. Every registration and every command goes through here."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, groupby
from typing import cast

from registrar.bus import Bus
from registrar.changing import Changing
from registrar.commands.effects import NoSurroundings, Surroundings
from registrar.commands.node import Execution, Node
from registrar.core.endpoints import held_alias
from registrar.core.limits import Limits
from registrar.core.lockout import Lockout
from registrar.core.logon import Logon
from registrar.core.piecewise import Piecewise
from registrar.core.register import register
from registrar.core.repeats import Repeats
from registrar.core.state import State
from registrar.executing import Executing
from registrar.lapsing import Lapsing
from registrar.metrics import REFUSED, Tally
from registrar.model.attempt import Action, Attempt
from registrar.model.binding import Binding, BindingKey
from registrar.model.changes import Change, SetBinding, SetFailures, SetLock
from registrar.model.events import (
    EventType,
    LockEvent,
    RefusalEvent,
    StoreEvent,
    WarningEvent,
    WireEvent,
)
from registrar.model.extension import Rac
from registrar.model.flow import Address, Flow, Listener
from registrar.model.lock import UNPROVEN, Lock
from registrar.model.outcome import Outcome
from registrar.model.policy import Protocol
from registrar.model.reason import Reason
from registrar.policy.classify import Classifier
from registrar.slices import Slices
from registrar.store.commit import GroupCommit
from registrar.store.errors import StoreError
from registrar.telling import Telling
from registrar.trace.recorder import RECORDS, Kind, Trace


class System:
    """One service node. Not thread-safe: it lives on one event loop."""

    def __init__(
        self,
        loaded: Iterable[Change],
        commit: GroupCommit,
        *,
        token: Callable[[], str],
        limits: Limits = Limits(),  # noqa: B008 - immutable
        durable: bool = True,
        surroundings: Surroundings | None = None,
        trace: int = RECORDS,
    ) -> None:
        """Start from what the store held.

        ``token`` gives unguessable text; with ``durable`` false bindings live in memory alone. ``trace`` is how many
        records of the wire are kept.
        """
        self.limits = limits
        self.bus = Bus()
        self.tally = Tally()
        self.trace = Trace(trace)
        """The servers record here what comes in and goes out; decisions and handshakes refused are recorded here."""
        self.slices = Slices(hurry=lambda: commit.writing)
        """Whatever takes long is done here."""
        self.surroundings: Surroundings = surroundings or NoSurroundings()
        self._lockout = Lockout(limits)
        self._stored_locks: set[tuple[str, str]] = set()
        settings, bindings = self._sorted(loaded)
        self.state = State(chain(settings, bindings if durable else ()))
        self._commit = commit
        self._token = token
        self._logon = Logon(self.state, limits, self._lockout, Rac("", token()))
        self._repeats = Repeats(self.bus.publish)
        telling = Telling(self.bus, self.slices)
        self._changing = Changing(
            self.state, self._lockout, commit, telling, durable=durable, failed=self._store_failed
        )
        self._lapsing = Lapsing(self._changing, self.slices)
        if durable:
            self._lapsing.watch(bindings)
        self._executing = Executing(self, self._changing, commit, self.slices, telling)

    def _sorted(self, loaded: Iterable[Change]) -> tuple[list[Change], list[SetBinding]]:
        """Return what was set and what was bound; locks and what counts towards them are taken in."""
        settings: list[Change] = []
        bindings: list[SetBinding] = []
        for kind, changes in groupby(loaded, type):  # a start waits for it, and they come kind by kind
            if kind is SetBinding:
                bindings += cast("Iterator[SetBinding]", changes)
            elif kind is SetLock or kind is SetFailures:
                self._take_in(changes)
            else:
                settings += changes
        return settings, bindings

    def _take_in(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if isinstance(change, SetLock):
                self._lockout.apply(change)
                self._stored_locks.add(change.key)
            elif isinstance(change, SetFailures):
                self._lockout.load(change)

    def set_limits(self, limits: Limits) -> None:
        """Go by other limits from now on; what exists is left alone."""
        self.limits = self._lockout.limits = self._logon.limits = limits

    # -- registrations ------------------------------------------------------------------------------------------

    def register(self, attempt: Attempt, now: float) -> Outcome:
        """Decide the attempt and apply what it changes.

        When the outcome is not yet ``stored``, a success must be sent only from ``after_commit``.
        """
        terminal = self._changing.classifier.classify(attempt.terminal, attempt.flow.listener.protocol)
        logon = self._logon.decide(attempt, terminal, now)
        if not logon.accepted:
            return self._refused(attempt, logon, now)
        if self._changing.full:
            return self._refused(attempt, logon._replace(accepted=False, reason=Reason.OVERLOADED), now)
        bindings = self.state.bindings_of(logon.decision.protocol, attempt.number)
        if attempt.action is Action.AUTHORIZE:
            self.trace.decided(attempt, logon, now)
            return Outcome(True, logon.decision, logon.terminal, None, tuple(bindings.values()), self._changing.stored)
        if logon.decision.protocol is Protocol.H323:
            held = held_alias(attempt, bindings, self.state.endpoints, self.limits.replace_duplicates, now)
            if held:
                refusal = logon._replace(accepted=False, reason=Reason.DUPLICATE_ALIAS, held=held)
                return self._refused(attempt, refusal, now)
        gruu = self._token() if attempt.wants_gruu else ""
        registration = register(attempt, logon, bindings, self.limits, gruu, now)
        outcome = registration.outcome
        if not outcome.accepted:
            return self._refused(attempt, outcome, now)
        if registration.changes:
            self._changing.change(registration.changes, registration.events, now)
        self.tally.accepted(outcome)
        self.trace.decided(attempt, outcome, now)
        if self._changing.stored:
            return outcome
        return Outcome(True, outcome.decision, outcome.terminal, None, outcome.bindings, stored=False)

    def not_stored(self, attempt: Attempt, outcome: Outcome, now: float) -> Outcome:
        """Return what to answer in the place of an accepted outcome that could not be stored."""
        return self._refused(attempt, outcome._replace(accepted=False, reason=Reason.STORE_FAILED, bindings=()), now)

    def after_commit(self, done: Callable[[StoreError | None], None]) -> None:
        """Call back once everything submitted so far is stored, or with the error that kept it from being stored."""
        self._commit.submit((), done)

    def flow_closed(self, flow: Flow, now: float) -> None:
        """Remove the outbound bindings of a connection that is gone: they can be reached no more (RFC 5626)."""
        self._lapsing.flow_closed(flow, now)

    def tick(self, now: float) -> None:
        """Remove what has expired and tell of refusals counted meanwhile; call about once a second."""
        self._lapsing.tick(now)
        if self._stored_locks:
            self._forget_locks(now)
        self._save_failures(now)
        self._repeats.tell(now)

    def lapsed(self, now: float) -> Piecewise[int]:
        """Count the bindings that have expired and are still there, until the next tick."""
        return self._lapsing.lapsed(now)

    def refusals(self) -> list[RefusalEvent]:
        """The refusals in memory, identical ones counted together, the one heard last at the end."""
        return self._repeats.refusals()

    def locks(self, now: float) -> list[Lock]:
        """The locks in force, those of numbers first."""
        return self._lockout.locks(now)

    def doubts(self, number: str, now: float) -> bool:
        """Return whether a PIN for the number, or any, is looked at only from addresses that are no lies."""
        return self._lockout.doubts(number, now)

    def handshake(self, flow: Flow, now: float) -> None:
        """Tell of a TLS handshake that led to the flow's session."""
        if flow.tls is not None:
            self.tally.handshake(flow.listener.protocol.value, flow.tls.version)
            self.trace.handshake(flow, now)

    def wire_event(self, kind: EventType, listener: Listener, address: Address, detail: str, now: float) -> None:
        """Tell of something that never became an attempt: a refused handshake, a malformed message."""
        self.tally.wire(kind)
        if kind is EventType.HANDSHAKE_REFUSED:
            self.tally.handshake(listener.protocol.value, REFUSED)
        self.trace.wire(Kind(kind.value), listener, address, detail, now)
        self._repeats.happened(WireEvent(kind, listener, address, detail, 1, now, now))

    def warn(self, detail: str, now: float) -> None:
        """Tell of something that ends soon or has ended."""
        self.bus.publish(WarningEvent(EventType.WARNING, detail), now)

    # -- commands -----------------------------------------------------------------------------------------------

    async def execute(self, line: str, now: float) -> Execution:
        """Carry out an operator's line; what it changed is stored when this returns."""
        return await self._executing.execute(line, now)

    def node(self, now: float) -> Node:
        """What a command sees of the system."""
        system, issuer = self.surroundings.licensing()
        return Node(
            state=self.state,
            classifier=self.classifier,
            port_check=self.limits.port_check,
            certificate_problem=self.surroundings.certificate_problem(now),
            refusals=tuple(self.refusals()),
            locks=tuple(self.locks(now)),
            waits=tuple(self._lockout.waits(now)),
            certificates=self.surroundings.certificates(),
            system=system,
            issuer=issuer,
        )

    @property
    def classifier(self) -> Classifier:
        """What tells secure terminals from others."""
        return self._changing.classifier

    def binding(self, key: BindingKey) -> Binding | None:
        """Return the binding with this key (``Binding.key``), if it is there."""
        return self._changing.binding(key)

    def _store_failed(self, error: StoreError, now: float) -> None:
        self.tally.store_failed()
        self._repeats.happened(StoreEvent(EventType.STORE_FAILED, str(error), 1, now, now))

    def _refused(self, attempt: Attempt, outcome: Outcome, now: float) -> Outcome:
        self.tally.refused(outcome)
        self.trace.decided(attempt, outcome, now)
        reason = outcome.reason
        if reason is Reason.PIN_REQUIRED or reason is Reason.STALE_NONCE:  # of every ordinary logon: counted, no event
            return outcome
        asked = attempt._replace(proof=None, contacts=(), path=())
        self._repeats.happened(RefusalEvent(EventType.REFUSED, asked, outcome, 1, now, now))
        if outcome.locked_until:
            source = attempt.flow.address[0] if attempt.proof is None or attempt.proof.shown else UNPROVEN
            self.bus.publish(LockEvent(EventType.LOCKED, attempt.number, source, outcome.locked_until), now)
            self._store_locks([SetLock(lock.key, lock) for lock in self._lockout.locks_of(attempt.number, source, now)])
        return outcome

    # -- locks --------------------------------------------------------------------------------------------------

    def _forget_locks(self, now: float) -> None:
        """Take out of the store what is locked no more."""
        in_force = {lock.key for lock in self._lockout.locks(now)}
        self._store_locks([SetLock(key, None) for key in self._stored_locks - in_force])

    def _save_failures(self, now: float) -> None:
        """Store what was counted since the last second; nobody waits for it: it counts already, stored or not."""
        if not self._commit.full:
            changes = self._lockout.unsaved(now)
            if changes:
                self._commit.submit(changes, self._unacknowledged)

    def _store_locks(self, changes: list[SetLock]) -> None:
        """Store locks, or their end; nobody waits for it: they are in force already, stored or not."""
        if not changes or self._commit.full:
            return
        for key, lock in changes:
            (self._stored_locks.discard if lock is None else self._stored_locks.add)(key)
        self._commit.submit(changes, self._unacknowledged)

    def _unacknowledged(self, error: StoreError | None) -> None:
        if error is not None:
            self.tally.store_failed()
