"""RIP to a request that was not looked at: come again soon (H.225.0 section 7.18).

An endpoint repeats an RRQ after 3 s and a GRQ after 5 (table 27). When it is told that its request is in progress it
waits for as long as it is told, and repeats it then if nothing was answered meanwhile. Nothing is decoded here: in the
time of a flood that must cost next to nothing.
"""

from typing import Final

from registrar.h323.ras import encode

DELAY: Final = 200
"""Milliseconds; long enough that a flood is told from somebody who comes again, and a second is not over."""
_SHORTEST: Final = 16
"""Octets of a request that is one; five are its number and what comes before it."""

_GATEKEEPER_REQUEST: Final = 0
_REGISTRATION_REQUEST: Final = 3
"""Their places among the alternatives."""

_FIRST, _SECOND = (encode(("requestInProgress", {"requestSeqNum": number, "delay": DELAY})) for number in (1, 65_535))
_PLACE: Final = next(place for place, octet in enumerate(_FIRST) if octet != _SECOND[place])
"""Of requestSeqNum in it; two octets, less by one."""
_BEFORE: Final = _FIRST[:_PLACE]
_AFTER: Final = _FIRST[_PLACE + 2 :]


def come_again(octets: bytes) -> bytes:
    """Return the RIP to a GRQ or RRQ, empty for anything else.

    Both begin alike (aligned PER): one octet says which alternative of RasMessage it is, in its upper six bits; a few
    bits more which components there are; then, from the third octet on, requestSeqNum.
    """
    if len(octets) < _SHORTEST or octets[0] >> 2 not in (_GATEKEEPER_REQUEST, _REGISTRATION_REQUEST):
        return b""
    return _BEFORE + octets[2:4] + _AFTER
