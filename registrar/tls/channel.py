"""A TLS connection without its socket: octets in, octets out, and the reason when a handshake is refused.

An ``SSLObject`` over two memory buffers works the same on every event loop and keeps OpenSSL's own reason, which
asyncio's TLS drops.
"""

import contextlib
import ssl
from functools import lru_cache
from typing import Final

from registrar.model.flow import TlsSession
from registrar.tls.reasons import explain, explain_end

_CHUNK: Final = 65536


class HandshakeRefused(Exception):  # noqa: N818 - the protocol's own word
    """The handshake failed; the alert to send is still in ``outgoing``."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        """OpenSSL's name, e.g. ``WRONG_VERSION_NUMBER``."""
        self.reason = reason
        """One line for people."""


class TlsClosed(Exception):  # noqa: N818 - the protocol's own word
    """The peer ended the session, or broke it."""

    def __init__(self, code: str, records: list[bytes], reason: str = "") -> None:
        super().__init__(code)
        self.records = records
        """The plaintext that came before the end in the same octets, record by record."""
        self.reason = reason
        """One line for people; empty when the peer said goodbye."""


class TlsChannel:
    """The server's end. After every ``receive`` and ``send``, write what ``outgoing`` gives to the peer."""

    __slots__ = ("_incoming", "_outgoing", "_tls", "_tried", "session")

    def __init__(self, context: ssl.SSLContext, *, server_name: str | None = None) -> None:
        """``server_name`` is given at the client's end: the name that the server's certificate must cover."""
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server_name is None, server_hostname=server_name
        )
        self._tried = b""
        self.session: TlsSession | None = None
        """What was agreed, once the handshake is done."""

    def receive(self, data: bytes) -> bytes:
        """Take octets from the peer and return the plaintext they complete.

        Raises ``HandshakeRefused`` while there is no session yet, ``TlsClosed`` afterwards, which has what came before.
        """
        return b"".join(self.receive_records(data))

    def receive_records(self, data: bytes) -> list[bytes]:
        """Do as ``receive`` does and return the plaintext of each TLS record."""
        incoming = self._incoming
        incoming.write(data)
        if self.session is None and not self._handshake(data):
            return []
        records: list[bytes] = []
        try:
            # OpenSSL takes no octet more than the record it reads: where none are left, no record is
            while incoming.pending:
                record = self._tls.read(_CHUNK)
                if not record:
                    raise TlsClosed("close_notify", records)
                records.append(record)
        except ssl.SSLWantReadError:
            return records
        except ssl.SSLError as error:
            if isinstance(error, ssl.SSLZeroReturnError):
                raise TlsClosed("close_notify", records) from None
            code = error.reason or "closed"
            raise TlsClosed(code, records, explain_end(code)) from None
        return records

    def send(self, plaintext: bytes) -> None:
        """Encrypt for the peer."""
        self._tls.write(plaintext)

    def close(self) -> None:
        """Say goodbye (close_notify) without waiting for the peer's."""
        with contextlib.suppress(ssl.SSLError, ValueError):
            self._tls.unwrap()

    @property
    def unsent(self) -> int:
        """How many octets ``outgoing`` has."""
        return self._outgoing.pending

    def outgoing(self) -> bytes:
        """Return the octets that must now be written to the peer, and forget them."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def _handshake(self, data: bytes) -> bool:
        self._tried = (self._tried + data)[:16]
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            raise self._refused(error) from None
        tls = self._tls
        cipher = tls.cipher()
        requested = getattr(tls, "requested_name", "")
        self.session = _agreed(tls.version() or "", cipher[0] if cipher else "", requested, _peer_subject(tls))
        return True

    def _refused(self, error: ssl.SSLError) -> HandshakeRefused:
        code = error.reason or type(error).__name__
        return HandshakeRefused(code, explain(code, self._tried))


@lru_cache(maxsize=256)
def _agreed(version: str, cipher: str, server_name: str, peer_subject: str) -> TlsSession:
    """Return the session's facts, one object for all that have the same."""
    return TlsSession(version, cipher, server_name, peer_subject)


def _peer_subject(tls: ssl.SSLObject) -> str:
    """The subject of the certificate the peer showed and that was verified, as ``CN=...``; empty when none."""
    subject = (tls.getpeercert() or {}).get("subject", ())
    return ", ".join(f"{key}={value}" for part in subject for key, value in part)  # type: ignore[str-unpack]
