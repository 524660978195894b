"""Why an attempt was refused, challenged or failed: stable codes, each with a page in docs/reasons.md."""

from enum import Enum


class Reason(Enum):
    """The code that events, listings, metrics and logs carry. Never renamed; new ones may be added."""

    PIN_REQUIRED = "PIN_REQUIRED"
    """A RAC is configured and the attempt brought no credentials: the terminal is asked for its PIN."""
    STALE_NONCE = "STALE_NONCE"
    """The PIN is right but the challenge is too old or was used before: asked again, silently."""
    WRONG_PIN = "WRONG_PIN"
    UNKNOWN_NUMBER = "UNKNOWN_NUMBER"
    """Shown to the operator only; the wire tells it from WRONG_PIN only under ``reveal_unknown``."""
    LOCKED_OUT = "LOCKED_OUT"
    TLS_REQUIRED = "TLS_REQUIRED"
    TERMINAL_NOT_ALLOWED = "TERMINAL_NOT_ALLOWED"
    EXCEPTION_NOT_ALLOWED = "EXCEPTION_NOT_ALLOWED"
    RAC_MANDATORY = "RAC_MANDATORY"
    """The policy demands a PIN of this number and none is configured."""
    NOT_OWNER = "NOT_OWNER"
    """The credentials are of another number than the one being registered."""
    INTERVAL_TOO_BRIEF = "INTERVAL_TOO_BRIEF"
    OUT_OF_ORDER = "OUT_OF_ORDER"
    """A CSeq not higher than the last one of the same Call-ID (RFC 3261 section 10.3 step 7)."""
    TOO_MANY_CONTACTS = "TOO_MANY_CONTACTS"
    STORE_FAILED = "STORE_FAILED"
    """The registration could not be stored, so it was not accepted."""
    OVERLOADED = "OVERLOADED"
