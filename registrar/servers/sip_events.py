"""What the registrar sends of its own accord: NOTIFY to watchers of a number, and to phones that should come back."""

from collections.abc import Callable, Iterable

from registrar.model.attempt import Attempt
from registrar.model.binding import Binding
from registrar.model.events import BindingEvent, Cause, CommandEvent, Event, EventType
from registrar.model.flow import Flow
from registrar.model.outcome import Outcome
from registrar.model.policy import Protocol
from registrar.servers.proven import Proven
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
        proven: Proven,
    ) -> None:
        self._system = system
        self._send = send
        self._proven = proven
        self._asked: set[str] = set()
        """Unproven addresses that were asked to come back on account of the present command."""
        self._notifications = Notifications(settings, token)

        def exists(number: str) -> bool:
            return number in system.state.extensions

        self._subscriptions = Subscriptions(self._notifications, nonces, key, self._bindings_of, exists, proven.reaches)
        system.bus.subscribe(self._heard)

    def attempt(self, request: Request, flow: Flow) -> Attempt:
        """Return what a SUBSCRIBE must be authorised for. Raises ``SipError``."""
        return self._subscriptions.attempt(request, flow)

    def answer(self, request: Request, attempt: Attempt, outcome: Outcome, now: float) -> bytes:
        """Return the answer to a SUBSCRIBE; when it is sent, call ``flush``."""
        return self._subscriptions.answer(request, attempt, outcome, now)

    def response(self, response: Response, now: float) -> None:
        """Take the answer to a NOTIFY: whoever knows what to answer is where it was sent to."""
        reached = self._notifications.receive(response, now)
        if reached is not None:
            self._proven.add(reached.address[0])
        self.flush()

    def flow_closed(self, flow: Flow, now: float) -> None:
        """Forget whoever was reached over a connection that is gone."""
        if len(self._notifications):
            self._notifications.flow_closed(flow, now)
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
        if isinstance(happened, CommandEvent):
            self._asked.clear()
            self._subscriptions.erased(event.time)
            self.flush()
            return
        if not isinstance(happened, BindingEvent) or happened.binding.decision.protocol is not Protocol.SIP:
            return
        if happened.type is EventType.UNREGISTERED and happened.cause is Cause.OPERATOR:
            self._ask_back(happened.binding, event.time)
        if len(self._subscriptions):
            self._subscriptions.record(happened)
            self._subscriptions.flush(event.time)
        self.flush()

    def _ask_back(self, binding: Binding, now: float) -> None:
        """Ask a phone to come back; an address that has proven nothing once, whatever registered in its name."""
        source = binding.flow.address[0]
        known = binding.decision.rac or self._proven.reaches(binding.flow)
        if known or source not in self._asked:
            check_sync(binding, self._notifications, now, once=not known)
            if not known:
                self._asked.add(source)

    def _bindings_of(self, number: str) -> Iterable[Binding]:
        return self._system.state.bindings_of(Protocol.SIP, number).values()
