"""What is told of certificates. Times are POSIX seconds."""

from datetime import UTC, datetime
from typing import Final, NamedTuple

WARNING_DAYS: Final = 30
"""From so many days before its end a certificate is warned of."""
_DAY: Final = 86400


class Certificate(NamedTuple):
    """One certificate (X.509)."""

    subject: str
    """The common name, else the organization, else the whole name."""
    issuer: str
    names: tuple[str, ...]
    """Subject alternative names: DNS names, then addresses."""
    not_before: float
    not_after: float
    key: str
    """Kind and size, e.g. ``EC secp256r1`` or ``RSA 2048``."""
    serial: str
    """Hexadecimal."""
    fingerprint: str
    """SHA-256, hexadecimal."""

    def problem(self, now: float) -> str | None:
        """Return why the certificate is not valid at ``now``, ``None`` when it is."""
        if now < self.not_before:
            return f"the server certificate is not valid before {day(self.not_before)}"
        if now >= self.not_after:
            return f"the server certificate expired on {day(self.not_after)}"
        return None

    def days_left(self, now: float) -> int:
        """Whole days until its end, negative after it."""
        return int((self.not_after - now) // _DAY)

    def warning(self, now: float) -> str | None:
        """Return what to say when the end is near or past, ``None`` before that."""
        problem = self.problem(now)
        if problem is not None or self.days_left(now) >= WARNING_DAYS:
            return problem
        left = self.days_left(now)
        return f"the server certificate expires on {day(self.not_after)}, in {left} day{'' if left == 1 else 's'}"


class Certificates(NamedTuple):
    """The server's certificate and what stands around it."""

    server: Certificate
    chain: tuple[Certificate, ...] = ()
    """The intermediate ones that are sent with it, from its issuer upwards."""
    trusted: tuple[Certificate, ...] = ()
    """The authorities: the one that the chain ends at first."""
    renewable: bool = False
    """The lab authority's key is here: it can issue another one."""
    requested: str = ""
    """The name in a request that waits for its certificate."""


def day(moment: float) -> str:
    """Write the day of a moment."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"
