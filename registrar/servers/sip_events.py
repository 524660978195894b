"""What the registrar sends of its own accord: NOTIFY to watchers of a number, and to phones that should come back."""

from collections.abc import Callable, Iterable

from registrar.model.attempt import Attempt
from registrar.model.binding import Binding
from registrar.model.events import BindingEvent, Cause, Event, EventType
from registrar.model.flow import Flow
from registrar.model.outcome import Outcome
from registrar.model.policy import Protocol
from registrar.sip.check_sync import check_sync
from registrar.sip.message import Request, Response
from registrar.sip.nonces import Nonces
from registrar.sip.notify import Notifications
from registrar.sip.settings import SipSettings
from registrar.sip.subscription import Subscriptions
from registrar.system import System


class SipEvents:
    """Subscriptions and notifications of one system, put on the wire through ``send``."""

    def __init__(
        self,
        system: System,
        settings: SipSettings,
        nonces: Nonces,
        key: bytes,
        token: Callable[[], str],
        send: Callable[[Flow, bytes], None],
    ) -> None:
        self._system = system
        self._send = send
        self._notifications = Notifications(settings, token)
        self._subscriptions = Subscriptions(self._notifications, nonces, key, self._bindings_of)
        system.bus.subscribe(self._heard)

    def subscribe(self, request: Request, flow: Flow, now: float) -> tuple[bytes, Attempt, Outcome]:
        """Return the answer to a SUBSCRIBE; when it is sent, call ``flush``. Raises ``SipError``."""
        attempt = self._subscriptions.attempt(request, flow)
        outcome = self._system.register(attempt, now)
        return self._subscriptions.answer(request, attempt, outcome, now), attempt, outcome

    def response(self, response: Response, now: float) -> None:
        """Take the answer to a NOTIFY."""
        self._notifications.receive(response, now)
        self.flush()

    def flow_closed(self, flow: Flow) -> None:
        """Forget whoever was reached over a connection that is gone."""
        if len(self._notifications):
            self._notifications.flow_closed(flow)
        if len(self._subscriptions):
            self._subscriptions.flow_closed(flow)

    def tick(self, now: float) -> None:
        """Repeat what was not answered, end what expired."""
        self._subscriptions.tick(now)
        for flow, data in self._notifications.tick(now):
            self._send(flow, data)

    def flush(self) -> None:
        """Send what waits."""
        for flow, data in self._notifications.take():
            self._send(flow, data)

    def _heard(self, event: Event) -> None:
        happened = event.subject
        if not isinstance(happened, BindingEvent) or happened.binding.decision.protocol is not Protocol.SIP:
            return
        if happened.type is EventType.UNREGISTERED and happened.cause is Cause.OPERATOR:
            check_sync(happened.binding, self._notifications, event.time)
        if len(self._subscriptions):
            self._subscriptions.record(happened)
            self._subscriptions.flush(event.time)
        if self._notifications.outgoing:
            self.flush()

    def _bindings_of(self, number: str) -> Iterable[Binding]:
        return self._system.state.bindings_of(Protocol.SIP, number).values()
