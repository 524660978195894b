"""CPU of decoding and encoding RAS messages that endpoints and gatekeepers sent."""

from collections.abc import Callable, Iterator
from functools import partial
from time import process_time

from registrar.h323 import ras
from tests.h323.values import fresh
from tests.h323.vectors import CAPTURED

MEASURED = (
    ("RRQ with H.235.1", "auth_h2351-3-registrationRequest"),
    ("RRQ", "open_keepalive-3-registrationRequest"),
    ("RRQ, keep-alive", "open_keepalive-5-registrationRequest"),
    ("RCF", "open_keepalive-4-registrationConfirm"),
    ("RCF with H.235.1", "auth_h2351-4-registrationConfirm"),
)


def cost(call: Callable[[], object]) -> float:
    """Return the microseconds that a call takes when nothing disturbs it: the least of many short runs."""

    def run() -> float:
        start = process_time()
        for _ in range(50):
            call()
        return (process_time() - start) / 50 * 1e6

    return min(run() for _ in range(400))


def lines() -> Iterator[str]:
    """Yield a line for each message."""
    captured = {str(message): message.octets for message in CAPTURED}
    for name, key in MEASURED:
        octets = captured[key]
        message = ras.decode(octets)
        written = (message.name, fresh(message.value))
        decoded, encoded = cost(partial(ras.decode, octets)), cost(partial(ras.encode, written))
        yield f"RAS {name:<18} {len(octets):4} octets  decoded {decoded:6.1f} µs  encoded {encoded:6.1f} µs"
