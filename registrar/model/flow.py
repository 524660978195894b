"""Where a message came in: the listener, the peer, and the TLS session if there is one."""

from enum import Enum
from typing import NamedTuple

from registrar.model.policy import Protocol

Address = tuple[str, int]


class Transport(Enum):
    """Transports by their SIP Via name (RFC 3261 section 20.42)."""

    UDP = "UDP"
    TCP = "TCP"
    TLS = "TLS"


class Listener(NamedTuple):
    """One listening port."""

    protocol: Protocol
    transport: Transport
    host: str
    port: int

    @property
    def secure(self) -> bool:
        """True for SIP over TLS (5061) and RAS over TLS (3727)."""
        return self.transport is Transport.TLS


class TlsSession(NamedTuple):
    """What a TLS handshake agreed."""

    version: str
    """As OpenSSL names it, e.g. ``TLSv1.3``."""
    cipher: str
    server_name: str = ""
    peer_subject: str = ""
    """The subject of the client's certificate, empty when it showed none."""


class Flow(NamedTuple):
    """A bidirectional path to a peer (RFC 5626 section 3): for UDP an address pair, else one connection."""

    listener: Listener
    address: Address
    """The peer's address as seen here."""
    connection: int = 0
    """The number of the connection in this process; 0 for datagrams."""
    tls: TlsSession | None = None
