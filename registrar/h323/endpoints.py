"""What the gatekeeper asks of the registrations that exist."""

from typing import Protocol as Interface

from registrar.h323.identifiers import Identifiers
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
    identifiers: Identifiers,
) -> str:
    """Return the endpointIdentifier for a full registration.

    An endpoint keeps its own: when it names one that was issued for the number, or when it comes from the same address
    as the one that is registered and takes calls at the same. What an endpoint thinks up itself does not count.
    """
    if proposed is not None and identifiers.issued(proposed, number):
        return proposed
    binding = holder(endpoints, number)
    if (
        binding is not None
        and binding.contact.endpoint is not None
        and binding.contact.endpoint.signal_address == signal_address
        and binding.flow.address[0] == flow.address[0]
    ):
        return binding.contact.key
    return identifiers.issue(number, flow.address[0])
