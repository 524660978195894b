"""Where a peer reaches this host: what the gatekeeper tells of itself must be an address, never a wildcard."""

import socket
from functools import lru_cache

from registrar.hosts import WILDCARDS


def reached_at(host: str, peer: str) -> str:
    """Return the address that the peer reaches a port on ``host`` at; of a wildcard, the one that answers it."""
    return _towards(peer) if host in WILDCARDS else host


@lru_cache(4096)
def _towards(peer: str) -> str:
    """Ask the kernel which address it would send from; nothing is sent."""
    family = socket.AF_INET6 if ":" in peer else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((peer, 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
