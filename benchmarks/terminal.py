"""What a terminal sends in a measurement: REGISTER, and REGISTER again with the digest (RFC 2617, MD5)."""

import re
import time
from hashlib import md5

REALM = "registrar"
PIN = "4711"
CONTACT = "127.0.0.1:5999"
"""The same every time, so that registering again is a refresh and not one more contact; nothing is sent there."""

_NONCE = re.compile(rb'nonce="([^"]+)"')


class Terminal:
    """One number that registers over and over, each time in a new transaction: CSeq goes on where the last one was."""

    __slots__ = ("_ha1", "_ha2", "_host", "_sent_by", "_transport", "cseq", "number")

    def __init__(self, number: str, host: str, sent_by: str, transport: str) -> None:
        """``sent_by`` is its host and port, ``transport`` is as Via names it."""
        self.number = number
        self.cseq = int(time.time() * 1000) & 0x7FFFFFFF
        self._host = host
        self._sent_by = sent_by
        self._transport = transport
        self._ha1 = md5(f"{number}:{REALM}:{PIN}".encode()).hexdigest()
        self._ha2 = md5(f"REGISTER:sip:{host}".encode()).hexdigest()

    def register(self, authorization: str = "") -> bytes:
        """Return the next REGISTER."""
        self.cseq += 1
        number, host = self.number, self._host
        return (
            f"REGISTER sip:{host} SIP/2.0\r\n"
            f"Via: SIP/2.0/{self._transport} {self._sent_by};branch=z9hG4bK-{number}-{self.cseq};rport\r\n"
            "Max-Forwards: 70\r\n"
            f"From: <sip:{number}@{host}>;tag=f{number}\r\n"
            f"To: <sip:{number}@{host}>\r\n"
            f"Call-ID: {number}@benchmark\r\n"
            f"CSeq: {self.cseq} REGISTER\r\n"
            f"Contact: <sip:{number}@{CONTACT};transport={self._transport.lower()}>\r\n"
            "Expires: 3600\r\n"
            "User-Agent: benchmark 1.0\r\n"
            f"{authorization}"
            "Content-Length: 0\r\n\r\n"
        ).encode()

    def answer(self, challenge: bytes) -> bytes:
        """Return the REGISTER that answers a 401."""
        match = _NONCE.search(challenge)
        if match is None:
            raise ValueError(f"no challenge: {challenge[:80]!r}")
        nonce = match[1].decode()
        digest = md5(f"{self._ha1}:{nonce}:00000001:c{self.cseq}:auth:{self._ha2}".encode()).hexdigest()
        return self.register(
            f'Authorization: Digest username="{self.number}", realm="{REALM}", nonce="{nonce}",'
            f' uri="sip:{self._host}", qop=auth, nc=00000001, cnonce="c{self.cseq}", response="{digest}",'
            " algorithm=MD5\r\n"
        )
