"""What an accepted attempt does to the number's bindings (RFC 3261 section 10.3 steps 6 to 8), all or nothing."""

from typing import Final, final

from mypy_extensions import mypyc_attr

from registrar.core.limits import Limits
from registrar.model.attempt import Action, Attempt
from registrar.model.binding import Binding, Bindings, Contact, binding_identity
from registrar.model.changes import SetBinding
from registrar.model.events import BindingEvent, Cause, EventType
from registrar.model.outcome import Outcome
from registrar.model.reason import Reason
from registrar.model.record import Record


@mypyc_attr(acyclic=True)
@final
class Registration(Record):
    """The answer, and what must be changed and told for it to be true."""

    __slots__ = ("changes", "events", "outcome")

    def __init__(
        self, outcome: Outcome, changes: tuple[SetBinding, ...] = (), events: tuple[BindingEvent, ...] = ()
    ) -> None:
        self.outcome: Final = outcome
        self.changes: Final = changes
        self.events: Final = events


def register(
    attempt: Attempt, logon: Outcome, bindings: Bindings, limits: Limits, gruu: str, now: float
) -> Registration:
    """Return what the attempt leads to, given that its logon was accepted and the number's present bindings.

    ``gruu`` is the temporary GRUU's opaque part for new bindings, empty when the attempt wants none.
    """
    if not attempt.contacts and attempt.action is not Action.REMOVE_ALL:
        return Registration(_accepted(logon, bindings, now))
    after = dict(bindings)
    events: list[BindingEvent] = []
    if attempt.action is Action.REMOVE_ALL:
        for identity, binding in bindings.items():
            if _out_of_order(attempt, binding):
                return _refuse(logon, Reason.OUT_OF_ORDER)
            del after[identity]
            events.append(BindingEvent(EventType.UNREGISTERED, binding, Cause.TERMINAL))
    for contact in attempt.contacts:
        wanted = contact.expires if contact.expires is not None else attempt.expires
        expires = limits.default_expires if wanted is None else min(wanted, limits.max_expires)
        if 0 < expires < limits.min_expires and expires < 3600:
            refusal = logon._replace(accepted=False, reason=Reason.INTERVAL_TOO_BRIEF, min_expires=limits.min_expires)
            return Registration(refusal)
        identity = binding_identity(contact)
        before = bindings.get(identity)
        if before is not None and _out_of_order(attempt, before):
            return _refuse(logon, Reason.OUT_OF_ORDER)
        known = after.get(identity)  # not the one before when the attempt names it twice
        if expires == 0:
            if known is not None:
                del after[identity]
                events.append(BindingEvent(EventType.UNREGISTERED, known, Cause.TERMINAL))
            continue
        if known is not None and known.expires_at <= now:
            known = None
        binding = _bind(attempt, contact, logon, known, gruu, expires, now)
        after[identity] = binding
        events.append(BindingEvent(EventType.REGISTERED if known is None else EventType.REFRESHED, binding))
        _make_way(binding, after, events, now)
    if len(after) > limits.max_contacts and not _make_room(after, events, limits.max_contacts, now):
        return _refuse(logon, Reason.TOO_MANY_CONTACTS)
    return Registration(_accepted(logon, after, now), _changes(bindings, after), tuple(events))


def _refuse(logon: Outcome, reason: Reason) -> Registration:
    return Registration(logon._replace(accepted=False, reason=reason))


def _accepted(logon: Outcome, bindings: Bindings, now: float) -> Outcome:
    current = tuple([binding for binding in bindings.values() if binding.expires_at > now])
    return Outcome(True, logon.decision, logon.terminal, None, current)


def _out_of_order(attempt: Attempt, binding: Binding) -> bool:
    return attempt.call_id == binding.call_id != "" and attempt.cseq <= binding.cseq


def _bind(
    attempt: Attempt, contact: Contact, logon: Outcome, known: Binding | None, gruu: str, expires: int, now: float
) -> Binding:
    return Binding(
        attempt.number,
        contact,
        attempt.call_id,
        attempt.cseq,
        attempt.flow,
        logon.terminal,
        logon.decision,
        now if known is None else known.registered_at,
        now,
        now + expires,
        attempt.path,
        gruu,
    )


def _make_way(fresh: Binding, after: Bindings, events: list[BindingEvent], now: float) -> None:
    """Leave an H.323 number to the one endpoint that was registered now."""
    if fresh.contact.endpoint is None:
        return
    for identity, binding in list(after.items()):
        if binding is not fresh:
            del after[identity]
            cause = Cause.REPLACED if binding.expires_at > now else Cause.EXPIRED
            events.append(BindingEvent(EventType.UNREGISTERED, binding, cause))


def _make_room(after: Bindings, events: list[BindingEvent], limit: int, now: float) -> bool:
    """Drop lapsed contacts, then the oldest ones of the instances that this attempt registered."""
    fresh = {event.binding.key for event in events if event.type is not EventType.UNREGISTERED}
    instances = {event.binding.contact.instance for event in events} - {""}
    for lapsed in (True, False):
        for identity, binding in list(after.items()):
            if len(after) <= limit:
                return True
            if binding.key in fresh:
                continue
            if binding.expires_at <= now if lapsed else binding.contact.instance in instances:
                del after[identity]
                cause = Cause.EXPIRED if lapsed else Cause.REPLACED
                events.append(BindingEvent(EventType.UNREGISTERED, binding, cause))
    return len(after) <= limit


def _changes(before: Bindings, after: Bindings) -> tuple[SetBinding, ...]:
    changes = [SetBinding(binding.key, None) for identity, binding in before.items() if identity not in after]
    for identity, binding in after.items():
        if before.get(identity) is not binding:
            changes.append(SetBinding(binding.key, binding))
    return tuple(changes)
