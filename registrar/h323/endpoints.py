"""What the gatekeeper asks of the registrations that exist."""

from collections.abc import Callable
from typing import Protocol as Interface

from registrar.model.binding import Binding, Bindings
from registrar.model.flow import Address, Flow
from registrar.model.policy import Protocol


class Endpoints(Interface):
    """The registrations of endpoints; the system's state is such."""

    def endpoint(self, identifier: str) -> tuple[Binding, ...]:
        """Return the bindings of the endpoint, of the number it registered first in front."""
        ...

    def called(self, alias: str) -> Binding | None:
        """Return the binding that a number or name leads to."""
        ...

    def bindings_of(self, protocol: Protocol, number: str) -> Bindings:
        """Return the number's bindings in the protocol."""
        ...


def holder(endpoints: Endpoints, number: str) -> Binding | None:
    """Return the binding of the number's endpoint."""
    return next(iter(endpoints.bindings_of(Protocol.H323, number).values()), None)


def identifier_for(
    number: str,
    proposed: str | None,
    signal_address: Address,
    flow: Flow,
    endpoints: Endpoints,
    token: Callable[[], str],
) -> str:
    """Return the endpointIdentifier for a full registration: the number's endpoint keeps its own, others get a new one.

    It is the same endpoint when it knows its identifier, or comes from the same address and takes calls at the same.
    What an endpoint proposes otherwise does not count.
    """
    binding = holder(endpoints, number)
    if binding is not None and binding.contact.endpoint is not None:
        same_place = binding.flow.address[0] == flow.address[0]
        if proposed == binding.contact.key or (
            same_place and binding.contact.endpoint.signal_address == signal_address
        ):
            return binding.contact.key
    return token()
