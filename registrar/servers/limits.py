"""What a stream port lets its peers have."""

from typing import NamedTuple


class StreamLimits(NamedTuple):
    """Limits of one stream port. Times are seconds."""

    connections: int = 20_000
    """Open at once; at some 30 KiB for an idle TLS connection, 600 MB."""
    connections_per_source: int = 10_000
    """From one address: a lab's whole fleet may come from one."""
    handshake_seconds: float = 10.0
    idle_seconds: float = 3900.0
    """Without an octet received: a little more than an hour's registration, which is refreshed before its end."""
    unsent_octets: int = 1 << 20
    """Octets that wait for a peer that does not read; beyond them it is cut off."""
    unsent_octets_in_all: int = 1 << 28
    """The same for all such peers together: whoever adds to them beyond that is cut off."""
    handshakes: int = 1_000
    """TLS handshakes under way at a time; at some 50 KiB each, 50 MB."""
    handshakes_per_source: int = 500
    """Of one address; a fleet's others wait, and cost no TLS meanwhile."""
