"""What a port hands its octets to."""

from typing import Protocol

from registrar.model.flow import Address, Flow, Listener


class Connection(Protocol):
    """One stream connection, TCP or TLS."""

    @property
    def flow(self) -> Flow:
        """Whose peer, over which port; with the TLS session once there is one."""
        ...

    def send(self, data: bytes) -> None:
        """Send, or drop when the connection is gone."""
        ...

    def close(self) -> None:
        """Send what waits, then close."""
        ...


class Datagrams(Protocol):
    """A UDP port, to answer from."""

    def send(self, data: bytes, address: Address) -> None:
        """Send a datagram, or drop it when too many wait."""
        ...


class Receiver(Protocol):
    """One protocol's road; called on the event loop, must not block."""

    def datagram(self, listener: Listener, data: bytes, address: Address) -> None:
        """Take a datagram."""
        ...

    def connected(self, connection: Connection) -> None:
        """Greet a connection that is ready: after the handshake for TLS."""
        ...

    def received(self, connection: Connection, data: bytes) -> None:
        """Take octets, decrypted ones for TLS."""
        ...

    def closed(self, connection: Connection) -> None:
        """Let go of a connection that was ``connected``."""
        ...

    def broken(self, connection: Connection, reason: str) -> None:
        """Tell of a TLS session that its peer broke; ``closed`` follows."""
        ...

    def handshake_refused(self, listener: Listener, address: Address, reason: str) -> None:
        """Tell of a TLS handshake that failed."""
        ...
