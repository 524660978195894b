"""Where a message came in: the listener, the peer, and the TLS session if there is one."""

from enum import Enum
from typing import Final, NamedTuple, final

from mypy_extensions import mypyc_attr

from registrar.model.policy import Protocol
from registrar.model.record import Record

Address = tuple[str, int]


class Transport(Enum):
    """Transports by their SIP Via name (RFC 3261 section 20.42)."""

    UDP = "UDP"
    TCP = "TCP"
    TLS = "TLS"


@mypyc_attr(acyclic=True)
@final
class Listener(Record):
    """One listening port."""

    __slots__ = (
        "host",
        "port",
        "protocol",
        "transport",
    )

    def __init__(self, protocol: Protocol, transport: Transport, host: str, port: int) -> None:
        self.protocol: Final = protocol
        self.transport: Final = transport
        self.host: Final = host
        self.port: Final = port

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


@mypyc_attr(acyclic=True)
@final
class Flow(Record):
    """A bidirectional path to a peer (RFC 5626 section 3): for UDP an address pair, else one connection."""

    __slots__ = (
        "address",
        "connection",
        "listener",
        "tls",
    )

    def __init__(
        self, listener: Listener, address: Address, connection: int = 0, tls: TlsSession | None = None
    ) -> None:
        self.listener: Final = listener
        self.address: Final = address
        """The peer's address as seen here."""
        self.connection: Final = connection
        """The number of the connection in this process; 0 for datagrams."""
        self.tls: Final = tls
