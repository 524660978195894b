"""TLS records as they come in, before there is a session (RFC 8446 section 5.1)."""

from typing import Final

_HANDSHAKE: Final = 22
_HEADER: Final = 5


def first_length(octets: bytes) -> int:
    """Return how long the first record is with its header, as far as the octets tell; 1 where they begin no handshake.

    More than there are octets: more of it is to come.
    """
    if octets[:1] != b"\x16":
        return 1
    if len(octets) < _HEADER:
        return _HEADER
    return _HEADER + int.from_bytes(octets[3:_HEADER])
