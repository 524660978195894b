"""What the gatekeeper sends of its own accord: IRQ to endpoints that fell silent, URQ to those it unregistered."""

from collections.abc import Callable
from typing import Final

from registrar.h323.h235.signing import Signer
from registrar.h323.liveness import Liveness
from registrar.h323.messages import (
    REREGISTRATION,
    TTL_EXPIRED,
    Message,
    Reason,
    info_request,
    unregistration_request,
)
from registrar.h323.outgoing import Outgoing
from registrar.h323.settings import RasSettings
from registrar.model.binding import Binding, Endpoint
from registrar.model.events import BindingEvent, Cause, Event, EventType
from registrar.model.flow import Flow
from registrar.model.policy import Protocol
from registrar.servers.proven import Proven
from registrar.system import System

_UNREGISTERED: Final = {
    Cause.OPERATOR: REREGISTRATION,
    Cause.ERASED: REREGISTRATION,
    Cause.EXPIRED: TTL_EXPIRED,
}
"""Why an endpoint is told that it is registered no more.

Not where another took its place, or the two would drive each other out for ever: it learns it when it refreshes.
"""


class RasEvents:
    """Requests of the gatekeeper's own, put on the wire through ``send``."""

    def __init__(
        self,
        system: System,
        settings: RasSettings,
        encode: Callable[[Message, Signer | None, float], bytes],
        send: Callable[[Flow, bytes], None],
        proven: Proven,
    ) -> None:
        self._system = system
        self._settings = settings
        self._encode = encode
        self._send = send
        self._proven = proven
        self._liveness = Liveness(settings.grace)
        self._outgoing = Outgoing()
        h323 = Protocol.H323.value
        for (protocol, _), bindings in system.state.bindings.items():
            if protocol == h323:
                for binding in bindings.values():
                    self._liveness.watch(binding)
        system.bus.subscribe(self._heard)

    def __len__(self) -> int:
        """How many requests wait for an answer."""
        return len(self._outgoing)

    def __bool__(self) -> bool:
        return bool(self._outgoing)

    def answered(self, flow: Flow, sequence: int) -> None:
        """Take the answer to a request."""
        self._outgoing.answered(flow, sequence)

    def delayed(self, flow: Flow, sequence: int, seconds: float, now: float) -> None:
        """Take a request to wait (RIP)."""
        self._outgoing.delayed(flow, sequence, seconds, now)

    def forget(self, flow: Flow) -> None:
        """Ask nothing more of an endpoint that registered, or of one whose connection is gone."""
        self._outgoing.forget(flow)

    def signer(self, binding: Binding) -> Signer | None:
        """Return who signs what goes to the endpoint, ``None`` where nothing is signed."""
        contact = binding.contact
        rac = self._system.state.racs.get(binding.number)
        if rac is None or contact.endpoint is None or not contact.endpoint.signed:
            return None
        return Signer(rac.pin, contact.endpoint.gatekeeper or self._settings.gatekeeper, contact.key)

    def tick(self, now: float) -> None:
        """Ask those whose time to live is over, and send what is due."""
        for binding in self._liveness.take(now, self._system.binding):
            self._poll(binding, now)
        for flow, octets in self._outgoing.tick(now):
            self._send(flow, octets)

    def _heard(self, event: Event) -> None:
        happened = event.subject
        if not isinstance(happened, BindingEvent) or happened.binding.decision.protocol is not Protocol.H323:
            return
        binding = happened.binding
        if happened.type is not EventType.UNREGISTERED:
            self._liveness.watch(binding)
            return
        self._liveness.forget(binding)
        endpoint = binding.contact.endpoint
        if happened.cause in _UNREGISTERED and endpoint is not None:
            self._urge(binding, endpoint, _UNREGISTERED[happened.cause], event.time)

    def _poll(self, binding: Binding, now: float) -> None:
        """Send an IRQ, once; not where so little may be sent that nothing would be left for the URQ."""
        flow, signer, proven, endpoint = binding.flow, self.signer(binding), self._proven, binding.contact.endpoint
        if endpoint is None:
            return
        spare = 0 if endpoint.shown else len(self._farewell(binding, endpoint, TTL_EXPIRED, now)(1))
        self._outgoing.send(
            flow,
            lambda number: self._encode(info_request(number), signer, now),
            lambda octets: endpoint.shown or proven.spend(flow, octets, spare),
            0,
            now,
        )

    def _urge(self, binding: Binding, endpoint: Endpoint, why: Reason, now: float) -> None:
        """Send a URQ until it is confirmed or the number registered again, for as long as a registration would last.

        By then the endpoint has come to refresh what is no more, or it is not there.
        """
        flow, proven, bindings_of = binding.flow, self._proven, self._system.state.bindings_of
        time_to_live = binding.expires_at - binding.refreshed_at - self._settings.grace

        def allowed(octets: int) -> bool:
            if bindings_of(Protocol.H323, binding.number):
                return False
            return endpoint.shown or proven.spend(flow, octets)

        self._outgoing.send(flow, self._farewell(binding, endpoint, why, now), allowed, time_to_live, now)

    def _farewell(self, binding: Binding, endpoint: Endpoint, why: Reason, now: float) -> Callable[[int], bytes]:
        """Return what makes the URQ for a number: of the whole endpoint, or of what it has with this number."""
        signer, identifier = self.signer(binding), binding.contact.key
        gatekeeper = endpoint.gatekeeper or self._settings.gatekeeper
        rest = [each for each in self._system.state.endpoint(identifier) if each.number != binding.number]
        leaving = endpoint.aliases if rest else ()

        def build(sequence: int) -> bytes:
            address = endpoint.signal_address
            message = unregistration_request(sequence, gatekeeper, identifier, address, why, leaving)
            return self._encode(message, signer, now)

        return build
