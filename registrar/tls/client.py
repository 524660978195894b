"""The client's end of TLS: what a terminal trusts and speaks, and why it refuses a server, in words."""

import ssl
import warnings
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from registrar.tls.channel import HandshakeRefused, TlsChannel

VERSIONS: Final = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
_OLD: Final = ("1.0", "1.1")
_OLD_CIPHERS: Final = "AES128-SHA:AES256-SHA:HIGH:!aNULL:@SECLEVEL=0"
"""TLS_RSA_WITH_AES_128_CBC_SHA first: the one published for the DBC 42x; OpenSSL 3 has it at security level 0 only."""


@lru_cache(64)
def client_context(ca: Path | None, versions: Sequence[str] = ("1.2", "1.3"), verify: bool = True) -> ssl.SSLContext:
    """Return a client's settings: it trusts the CAs in the file ``ca`` and speaks these versions.

    Without ``verify`` any certificate will do. Raises ``OSError`` or ``ssl.SSLError`` when the file is no use.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ordered = [name for name in VERSIONS if name in versions]
    if any(name in _OLD for name in ordered):
        context.set_ciphers(_OLD_CIPHERS)
    with warnings.catch_warnings():
        # terminals as old as that exist
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = VERSIONS[ordered[0]]
        context.maximum_version = VERSIONS[ordered[-1]]
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca is not None:
        context.load_verify_locations(ca)
    return context


class ClientChannel(TlsChannel):
    """The client's end of a session: begins with ``start``, then as ``TlsChannel`` says."""

    __slots__ = ()

    def __init__(self, context: ssl.SSLContext, server_name: str) -> None:
        super().__init__(context, server_name=server_name)

    def start(self) -> None:
        """Begin the handshake: the hello is in ``outgoing``. Raises ``HandshakeRefused``."""
        self._handshake(b"")

    def _refused(self, error: ssl.SSLError) -> HandshakeRefused:
        code = error.reason or type(error).__name__
        if isinstance(error, ssl.SSLCertVerificationError):
            return HandshakeRefused(code, _certificate_words(error))
        return HandshakeRefused(code, _REASONS.get(code, f"OpenSSL says {code.lower().replace('_', ' ')}"))


_REASONS: Final = {
    "WRONG_VERSION_NUMBER": "the server does not speak TLS on this port",
    "UNSUPPORTED_PROTOCOL": "the server's version of TLS is too old or too new for this terminal",
    "TLSV1_ALERT_PROTOCOL_VERSION": "the server refuses the versions of TLS that this terminal speaks",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "the server finds no cipher or version in common",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the server requires a certificate of the terminal's own",
    "NO_PROTOCOLS_AVAILABLE": "this terminal has no version of TLS that its OpenSSL still speaks",
    "UNEXPECTED_EOF_WHILE_READING": "the server closed the connection during the handshake",
}

_EXPIRED, _NOT_YET_VALID, _SELF_SIGNED, _SELF_SIGNED_CHAIN, _NO_ISSUER, _NO_SIGNER = 10, 9, 18, 19, 20, 21
_WRONG_NAME, _WRONG_ADDRESS = 62, 64
_VERIFY_WORDS: Final = {
    _EXPIRED: "the server's certificate has expired",
    _NOT_YET_VALID: "the server's certificate is not valid yet: check the clocks",
    _SELF_SIGNED: "the server's certificate is signed by itself: this terminal does not trust it",
    _SELF_SIGNED_CHAIN: "the server's certificate is signed by a CA that this terminal does not trust",
    _NO_ISSUER: "the server's certificate is signed by a CA that this terminal does not trust",
    _NO_SIGNER: "the server's certificate is signed by a CA that this terminal does not trust",
    _WRONG_NAME: "the server's certificate is for another name than the one this terminal connects to",
    _WRONG_ADDRESS: "the server's certificate is for another address than the one this terminal connects to",
}
"""By OpenSSL's X509_V_ERR numbers."""


def _certificate_words(error: ssl.SSLCertVerificationError) -> str:
    return _VERIFY_WORDS.get(error.verify_code, f"the server's certificate is refused: {error.verify_message}")
