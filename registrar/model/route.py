"""Routes: trunks and tie lines to other systems."""

from typing import NamedTuple

from registrar.model.flow import Transport
from registrar.model.policy import Protocol


class Route(NamedTuple):
    """One route, SIP or H.323; both share their numbers."""

    number: int
    protocol: Protocol
    host: str
    """A name or an address, without brackets."""
    port: int
    transport: Transport
    """H.323: TCP, or TLS where signalling is encrypted."""

    @property
    def secure(self) -> bool:
        """Signalling is encrypted."""
        return self.transport is Transport.TLS
