"""What media encryption (SRTP) is set for, each on its own (the requirement, section 6.4)."""

from enum import Enum


class Media(Enum):
    """The types of ``media_encryption_enable -type``."""

    EXTENSION = "extension"
    """IP extensions (6.4.1)."""
    ROUTE = "route"
    """IP routes: trunks and tie lines (6.4.2)."""
    INTERMGW = "intermgw"
    """Connections between media gateways (6.4.3)."""
