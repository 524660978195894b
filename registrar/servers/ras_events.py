"""What the gatekeeper sends of its own accord: IRQ to endpoints that fell silent, URQ to those it unregistered."""

from collections.abc import Callable
from typing import Final

from registrar.h323.h235.signing import Signer
from registrar.h323.liveness import Liveness
from registrar.h323.messages import REREGISTRATION, TTL_EXPIRED, Message, info_request, unregistration_request
from registrar.h323.outgoing import Outgoing
from registrar.h323.settings import RasSettings
from registrar.model.binding import Binding
from registrar.model.events import BindingEvent, Cause, Event, EventType
from registrar.model.flow import Flow
from registrar.model.policy import Protocol
from registrar.servers.proven import Proven
from registrar.system import System

_UNREGISTERED: Final = {
    Cause.OPERATOR: (REREGISTRATION, 10),
    Cause.ERASED: (REREGISTRATION, 10),
    Cause.EXPIRED: (TTL_EXPIRED, 3),
}
"""Why an endpoint is told that it is registered no more, and how often until it confirms.

Not where another took its place, or the two would drive each other out for ever: it learns it when it refreshes. Where
it fell silent fewer copies are sent, for it may never have been there.
"""

_UNPROVEN_TRIES: Final = 1
"""Where nobody has shown over UDP that he has that address: whoever has it may never have heard of this, and is to be
sent little in his name. A terminal that misses it learns it when it refreshes."""
_PIN_TRIES: Final = 3
"""The same where a PIN was proved, whose RRQ is longer by its token: with the RCF no more than thrice its length. What
is signed has a token in each URQ as well."""


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
            self._ask(binding, info_request, 1, now)
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
        if happened.cause in _UNREGISTERED and binding.contact.endpoint is not None:
            why, tries = _UNREGISTERED[happened.cause]
            endpoint = binding.contact.endpoint
            if not self._proven.reaches(binding.flow):
                short = binding.decision.rac and not endpoint.signed
                tries = min(tries, _PIN_TRIES if short else _UNPROVEN_TRIES)
            gatekeeper = endpoint.gatekeeper or self._settings.gatekeeper
            still = self._system.state.endpoint(binding.contact.key)
            leaving = endpoint.aliases if still else ()

            def request(sequence: int) -> Message:
                return unregistration_request(
                    sequence, gatekeeper, binding.contact.key, endpoint.signal_address, why, leaving
                )

            self._ask(binding, request, tries, event.time)

    def _ask(self, binding: Binding, request: Callable[[int], Message], tries: int, now: float) -> None:
        signer = self.signer(binding)
        self._outgoing.send(binding.flow, lambda number: self._encode(request(number), signer, now), tries, now)
