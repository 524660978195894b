"""What the registration core may be set to; every limit has a name and a default."""

from typing import NamedTuple

from registrar.model.policy import PortCheck


class Limits(NamedTuple):
    """Limits and choices of the registration core. Times are seconds."""

    min_expires: int = 60
    """Below it a request is told 423 (RFC 3261 section 10.3 step 7)."""
    default_expires: int = 3600
    max_expires: int = 86400
    """Longer wishes are shortened to it."""
    max_contacts: int = 10
    """Contacts a number may hold in one protocol."""
    replace_duplicates: bool = False
    """A second H.323 endpoint for a number takes the place of the first, instead of being refused."""
    port_check: PortCheck = PortCheck.STANDARD
    reveal_unknown: bool = False
    """Answer an unknown number as unknown at once, instead of like a wrong PIN."""
    lockout_failures: int = 5
    """Wrong PINs (bursts, not digests) for one number within the window that lock it."""
    lockout_source_failures: int = 50
    """The same for one source address: ten numbers' worth, a floor of phones behind one NAT may mistype."""
    lockout_delay: float = 1.0
    """The wait after four fifths of the wrong PINs that lock, longer after each further one; 0 for none."""
    lockout_window: float = 300.0
    lockout_seconds: float = 300.0
    burst_seconds: float = 10.0
    """Wrong PINs of one Call-ID, number and source within this time are one failure: a single typing error makes
    some phones send 16 digests in a second."""
    burst_digests: int = 20
    """Wrong PINs that a burst may have; those beyond it are another failure, or a burst would be a dictionary's."""
    lockout_entries: int = 10_000
    """Numbers and sources with wrong PINs, numbers and sources that are locked, numbers again for the unproven, and
    bursts: so many of each are remembered, about 250 bytes an entry, so 18 MB in all. The oldest go first, but nothing
    pushes out what is locked except another lock, and nothing what the unproven guessed at."""
