"""RAS over a stream: TPKT frames (RFC 1006 section 6), or messages without frames, one in each TLS record.

How the DBC 42x frames RAS inside TLS was never published, so both ways are there.
"""

from typing import Final

VERSION: Final = 3
HEADER: Final = 4


class FramingError(Exception):
    """Octets that are no TPKT; where the next one would begin is not known."""

    def __init__(self, fault: str, messages: list[bytes]) -> None:
        super().__init__(fault)
        self.messages = messages
        """Those that were complete before it."""


class TpktParser:
    """Cuts a stream into messages. Holds less than one frame, 64 KiB."""

    def __init__(self) -> None:
        self._octets = bytearray()

    @property
    def waiting(self) -> bool:
        """True when a frame has begun and is not complete."""
        return bool(self._octets)

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that the octets complete; an empty one is a keep-alive.

        Raises ``FramingError``, after which nothing more may be fed.
        """
        octets = self._octets
        octets += data
        messages: list[bytes] = []
        start = 0
        while len(octets) - start >= HEADER:
            if octets[start] != VERSION:
                raise FramingError(f"no TPKT: it begins with {bytes(octets[start : start + HEADER]).hex()}", messages)
            length = int.from_bytes(octets[start + 2 : start + HEADER], "big")
            if length < HEADER:
                raise FramingError(f"a TPKT of {length} octets", messages)
            if len(octets) - start < length:
                break
            messages.append(bytes(octets[start + HEADER : start + length]))
            start += length
        del octets[:start]
        return messages


def tpkt(message: bytes) -> bytes:
    """Return the message in its frame."""
    return bytes((VERSION, 0)) + (len(message) + HEADER).to_bytes(2, "big") + message
