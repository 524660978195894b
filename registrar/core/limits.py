"""What the registration core may be set to; every limit has a name and a default."""

from typing import Final, final

from mypy_extensions import mypyc_attr

from registrar.model.policy import PortCheck
from registrar.model.record import Record


@mypyc_attr(acyclic=True)
@final
class Limits(Record):
    """Limits and choices of the registration core. Times are seconds."""

    __slots__ = (
        "burst_digests",
        "burst_seconds",
        "default_expires",
        "lockout_delay",
        "lockout_entries",
        "lockout_failures",
        "lockout_seconds",
        "lockout_source_failures",
        "lockout_window",
        "max_contacts",
        "max_expires",
        "min_expires",
        "port_check",
        "replace_duplicates",
        "reveal_unknown",
    )

    def __init__(
        self,
        min_expires: int = 60,
        default_expires: int = 3600,
        max_expires: int = 86400,
        max_contacts: int = 10,
        replace_duplicates: bool = False,
        port_check: PortCheck = PortCheck.STANDARD,
        reveal_unknown: bool = False,
        lockout_failures: int = 5,
        lockout_source_failures: int = 50,
        lockout_delay: float = 1.0,
        lockout_window: float = 300.0,
        lockout_seconds: float = 300.0,
        burst_seconds: float = 10.0,
        burst_digests: int = 20,
        lockout_entries: int = 10_000,
    ) -> None:
        self.min_expires: Final = min_expires
        """Below it a request is told 423 (RFC 3261 section 10.3 step 7)."""
        self.default_expires: Final = default_expires
        self.max_expires: Final = max_expires
        """Longer wishes are shortened to it."""
        self.max_contacts: Final = max_contacts
        """Contacts a number may hold in one protocol."""
        self.replace_duplicates: Final = replace_duplicates
        """A second H.323 endpoint for a number takes the place of the first, instead of being refused."""
        self.port_check: Final = port_check
        self.reveal_unknown: Final = reveal_unknown
        """Answer an unknown number as unknown at once, instead of like a wrong PIN."""
        self.lockout_failures: Final = lockout_failures
        """Wrong PINs (bursts, not digests) for one number within the window that lock it."""
        self.lockout_source_failures: Final = lockout_source_failures
        """The same for one source address: ten numbers' worth, a floor of phones behind one NAT may mistype."""
        self.lockout_delay: Final = lockout_delay
        """The wait after four fifths of the wrong PINs that lock, longer after each further one; 0 for none."""
        self.lockout_window: Final = lockout_window
        self.lockout_seconds: Final = lockout_seconds
        self.burst_seconds: Final = burst_seconds
        """Wrong PINs of one Call-ID, number and source within this time are one failure: a single typing error makes
        some phones send 16 digests in a second."""
        self.burst_digests: Final = burst_digests
        """Wrong PINs that a burst may have; those beyond it are another failure, or a burst would be a dictionary's."""
        self.lockout_entries: Final = lockout_entries
        """Numbers and sources with wrong PINs, numbers and sources that are locked, numbers again for the unproven, and
        bursts: so many of each are remembered, about 250 bytes an entry, so 18 MB in all. The oldest go first, but
        nothing pushes out what is locked except another lock, and nothing what the unproven guessed at."""
