"""Subscriptions to registration state: the notifier of RFC 6665 for the ``reg`` package (RFC 3680).

What changes while a NOTIFY is under way goes into the next one, so a slow watcher costs no more than a quick one.

A watcher at an address that has proven nothing (over UDP, of a number without a PIN) is sent one NOTIFY for its
SUBSCRIBE, never repeated, and with it no more than thrice what it sent: where the document does not fit, one without,
whose state is ``pending``. Once it has answered it is told everything.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from registrar.model.attempt import Action, Attempt
from registrar.model.binding import Binding
from registrar.model.events import BindingEvent, Cause, EventType
from registrar.model.flow import Flow
from registrar.model.outcome import Outcome
from registrar.sip.aor import address_of_record, number_in, own_contact
from registrar.sip.dialog import Dialog, DialogId, dialog_id
from registrar.sip.digest import proof_of
from registrar.sip.errors import SipError
from registrar.sip.headers import accepted_types, contacts, event, expires
from registrar.sip.message import Request
from registrar.sip.nonces import Nonces
from registrar.sip.notify import Notifications
from registrar.sip.reg_event import CONTENT_TYPE, EVENT, Gone, document
from registrar.sip.registration import terminal
from registrar.sip.responses import refusal, respond, to_tag
from registrar.sip.uri import scheme_of

DEFAULT_SECONDS: Final = 3761
"""RFC 3680 section 4.4: a little more than a registration's usual hour."""
LIMIT: Final = 10_000
"""Subscriptions in all; about 3 kB each, so 30 MB; 100 MB whatever anybody sends."""
LIMIT_PER_NUMBER: Final = 20
FACTOR: Final = 3
"""Octets sent to a watcher that has proven nothing for each that it sent (RFC 9000 section 8)."""
MAX_DIALOG: Final = 4096
"""Characters of From, To, Contact, Event and Record-Route of a SUBSCRIBE, which are kept; watchers send some 300."""
GONE_KEPT: Final = 64
"""Contacts that may go away between two documents and still be told of."""

_ACCEPTABLE: Final = frozenset((CONTENT_TYPE, "application/*", "*/*"))


class _Subscription:
    __slots__ = (
        *("aor", "changed", "dialog", "event", "expires_at", "flow", "gone", "number"),
        *("proven", "under_way", "version"),
    )

    def __init__(self, dialog: Dialog, number: str, aor: str, event: str, flow: Flow) -> None:
        self.dialog = dialog
        self.number = number
        self.aor = aor
        self.event = event
        """The Event header, its ``id`` included."""
        self.flow = flow
        """Where the watcher is: the one place that a NOTIFY goes to."""
        self.proven = False
        """The watcher gave the number's PIN, answered there or has a connection, so its address is no lie."""
        self.expires_at = 0.0
        self.version = 0
        self.changed = False
        """Something happened that no document has told of."""
        self.under_way = 0
        """NOTIFY requests over the flow that have not been answered yet."""
        self.gone: dict[tuple[str, str, str], Gone] = {}


class Subscriptions:
    """Who watches which number. ``bindings_of`` gives a number's SIP bindings; a number may cease to exist."""

    def __init__(
        self,
        notifications: Notifications,
        nonces: Nonces,
        key: bytes,
        bindings_of: Callable[[str], Iterable[Binding]],
        exists: Callable[[str], bool],
        reaches: Callable[[Flow], bool],
        limit: int = LIMIT,
        limit_per_number: int = LIMIT_PER_NUMBER,
    ) -> None:
        """``key`` is the secret that To tags are made with; ``reaches`` tells of flows that lead where they say."""
        self._notifications = notifications
        self._settings = notifications.settings
        self._nonces = nonces
        self._key = key
        self._bindings_of = bindings_of
        self._exists = exists
        self._reaches = reaches
        self._limit = limit
        self._limit_per_number = limit_per_number
        self._dialogs: dict[DialogId, _Subscription] = {}
        self._numbers: dict[str, dict[DialogId, _Subscription]] = {}
        self._changed: dict[DialogId, _Subscription] = {}
        self._connections: dict[int, dict[DialogId, _Subscription]] = {}
        """Those whose watcher is reached over a connection."""

    def __len__(self) -> int:
        return len(self._dialogs)

    def attempt(self, request: Request, flow: Flow) -> Attempt:
        """Return what an inspected SUBSCRIBE must be authorised for.

        Raises ``SipError`` with the answer: 400 malformed, 404 no number of ours, 406 and 489 for a watcher of other
        things, 423 too brief, 481 for a dialog unknown here, 500 out of order.
        """
        try:
            self._check(request)
            known = self._known(request)
            if known is None:
                number = number_in(_resource(request), "To", flow, self._settings)
            elif request.cseq <= known.dialog.remote_cseq:
                raise SipError(500, "CSeq Out Of Order")
            else:
                number = known.number
            settings = self._settings
            source = flow.address[0]
            proof = proof_of(request, source, settings.realm, self._nonces, settings.algorithms_of(number))
        except SipError as error:
            error.request = error.request or request
            raise
        call_id, cseq = request.call_id, request.cseq
        return Attempt(number, terminal(request), flow, proof, action=Action.AUTHORIZE, call_id=call_id, cseq=cseq)

    def answer(self, request: Request, attempt: Attempt, outcome: Outcome, now: float) -> bytes:
        """Return the answer to a SUBSCRIBE; after it goes what ``Notifications.outgoing`` holds."""
        settings, flow = self._settings, attempt.flow
        if not outcome.accepted:
            return refusal(request, attempt, outcome, settings, self._nonces, self._key, now)
        seconds = expires(request)
        seconds = DEFAULT_SECONDS if seconds is None else min(seconds, settings.max_subscription)
        subscription = self._known(request)
        if subscription is None:
            full = self._full(attempt.number)
            if full is not None and seconds:
                retry = [("Retry-After", str(settings.retry_after))]
                return respond(request, *full, flow, settings, self._key, retry)
            subscription = self._new(request, attempt)
        else:
            subscription.dialog.refresh(request)
        if subscription.flow != flow:
            self._leave(subscription)
            subscription.flow, subscription.proven, subscription.under_way = flow, False, 0
        subscription.proven = subscription.proven or outcome.decision.rac or self._reaches(flow)
        subscription.expires_at = now + seconds
        if seconds:
            self._keep(subscription)
        else:
            self._forget(subscription)
        headers = [("Record-Route", route) for route in subscription.dialog.routes]
        headers += [
            ("Contact", f"<{own_contact(attempt.number, flow, settings)}>"),
            ("Expires", str(seconds)),
        ]
        answer = respond(request, 200, "OK", flow, settings, self._key, headers)
        self._notify(subscription, now, FACTOR * request.octets - len(answer))
        return answer

    def record(self, happened: BindingEvent) -> None:
        """Note what happened to a SIP binding; ``flush`` tells the watchers."""
        binding = happened.binding
        watching = self._numbers.get(binding.number, {})
        for subscription in watching.values():
            gone = subscription.gone
            gone.pop(binding.key, None)
            if happened.type is EventType.UNREGISTERED:
                gone[binding.key] = (binding, happened.cause or Cause.TERMINAL)
                if len(gone) > GONE_KEPT:
                    del gone[next(iter(gone))]
            subscription.changed = True
        self._changed.update(watching)

    def flush(self, now: float) -> None:
        """Put a NOTIFY for each subscription whose number changed into ``Notifications.outgoing``."""
        changed, self._changed = self._changed, {}
        for subscription in changed.values():
            if subscription.changed and not subscription.under_way:
                self._notify(subscription, now)

    def tick(self, now: float) -> None:
        """End the subscriptions that have expired; call about once a second."""
        for subscription in [each for each in self._dialogs.values() if each.expires_at <= now]:
            self._forget(subscription)
            self._notify(subscription, now)

    def erased(self, now: float) -> None:
        """End the subscriptions to numbers that exist no more."""
        for number in [number for number in self._numbers if not self._exists(number)]:
            for subscription in tuple(self._numbers[number].values()):
                self._notify(subscription, now)

    def flow_closed(self, flow: Flow) -> None:
        """Forget whom we could reach over a connection that is gone."""
        for subscription in tuple(self._connections.get(flow.connection, {}).values()):
            if subscription.flow == flow:
                self._forget(subscription)

    def _check(self, request: Request) -> None:
        package = event(request)
        if package is None or package.package != EVENT:
            raise SipError(489, "Bad Event", request, (("Allow-Events", EVENT),))
        accepted = accepted_types(request)
        if accepted is not None and _ACCEPTABLE.isdisjoint(accepted):
            raise SipError(406, "Not Acceptable", request, (("Accept", CONTENT_TYPE),))
        watcher = contacts(request)
        if len(watcher) != 1 or scheme_of(watcher[0].uri) not in ("sip", "sips"):
            raise SipError(400, "Bad Contact" if watcher else "Missing Contact")
        if not request.from_.tag:
            raise SipError(400, "Missing From Tag")
        seconds = expires(request)
        least = self._settings.min_subscription
        if seconds is not None and 0 < seconds < min(least, 3600):
            raise SipError(423, "Interval Too Brief", request, (("Min-Expires", str(least)),))
        kept = ("from", "to", "contact", "event", "record-route")
        if sum([len(value) for name in kept for value in request.all(name)]) > MAX_DIALOG:
            raise SipError(513, "Message Too Large")
        known = self._known(request)
        if request.to.tag and (known is None or known.event != _event_of(request)):
            raise SipError(481, "Subscription Does Not Exist")

    def _known(self, request: Request) -> _Subscription | None:
        return self._dialogs.get(dialog_id(request, to_tag(request, self._key)))

    def _full(self, number: str) -> tuple[int, str] | None:
        if len(self._numbers.get(number, ())) >= self._limit_per_number:
            return 403, "Too Many Subscriptions"
        return (503, "Too Many Subscriptions") if len(self._dialogs) >= self._limit else None

    def _new(self, request: Request, attempt: Attempt) -> _Subscription:
        dialog = Dialog(request, to_tag(request, self._key))
        aor = address_of_record(_resource(request))
        return _Subscription(dialog, attempt.number, aor, _event_of(request), attempt.flow)

    def _keep(self, subscription: _Subscription) -> None:
        self._dialogs[subscription.dialog.id] = subscription
        self._numbers.setdefault(subscription.number, {})[subscription.dialog.id] = subscription
        connection = subscription.flow.connection
        if connection:
            self._connections.setdefault(connection, {})[subscription.dialog.id] = subscription

    def _leave(self, subscription: _Subscription) -> None:
        """Forget by which connection the watcher was reached."""
        connection = subscription.flow.connection
        watching = self._connections.get(connection)
        if watching is not None and watching.pop(subscription.dialog.id, None) is not None and not watching:
            del self._connections[connection]

    def _forget(self, subscription: _Subscription) -> None:
        name = subscription.dialog.id
        watching = self._numbers.get(subscription.number)
        if watching is None or watching.pop(name, None) is None:
            return
        del self._dialogs[name]
        self._leave(subscription)
        if not watching:
            del self._numbers[subscription.number]

    def _notify(self, subscription: _Subscription, now: float, room: int = 0) -> None:
        """Tell how things stand; whoever has proven nothing only when asked, in as many octets as there is room for."""
        gone = list(subscription.gone.values())
        exists = self._exists(subscription.number)
        if not exists:
            self._forget(subscription)
        state = f"terminated;reason={'timeout' if exists else 'noresource'}"
        kept = subscription.dialog.id in self._dialogs
        if kept:
            state = f"active;expires={max(0, int(subscription.expires_at - now + 0.5))}"
        current = [binding for binding in self._bindings_of(subscription.number) if binding.expires_at > now]
        body = document(subscription.aor, current, gone, subscription.version, now)
        headers = [
            *subscription.dialog.headers("NOTIFY"),
            ("Contact", f"<{own_contact(subscription.number, subscription.flow, self._settings)}>"),
            ("Event", subscription.event),
            ("Subscription-State", state),
            ("Content-Type", CONTENT_TYPE),
        ]
        done = partial(self._done, subscription, subscription.flow)
        send = partial(self._notifications.send, subscription.flow, subscription.dialog.target, now=now, done=done)
        sent = send(headers, body, room=None if subscription.proven else room)
        if not sent and not subscription.proven:
            headers[-2:] = [("Subscription-State", state.replace("active", "pending"))]
            if send(headers, b"", room=room):
                subscription.changed = True
                subscription.under_way += 1
            else:
                self._forget(subscription)
            return
        subscription.version += 1
        subscription.changed = False
        subscription.gone = {}
        subscription.under_way += sent

    def _done(self, subscription: _Subscription, flow: Flow, status: int, now: float) -> None:
        if subscription.flow is not flow:  # the watcher has moved since
            return
        subscription.under_way -= 1
        if status >= 300:  # RFC 6665 section 4.2.2: a watcher that fails to answer is one no longer
            self._forget(subscription)
            return
        subscription.proven = True
        if subscription.changed and not subscription.under_way and subscription.dialog.id in self._dialogs:
            self._notify(subscription, now)


def _resource(request: Request) -> str:
    """The URI that names the number: the Request-URI, or To where that names the domain only."""
    return request.uri if request.target.user else request.to.uri


def _event_of(request: Request) -> str:
    package = event(request)
    return f"{EVENT};id={package.id}" if package is not None and package.id else EVENT
