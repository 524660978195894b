"""The server's TLS settings: TLS 1.2 and 1.3, no session tickets, client certificates as asked.

On the port of RAS alone TLS 1.0 may be admitted, and nowhere else.
"""

import contextlib
import os
import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path

from registrar.tls.errors import CertificateError

CLIENT_CERTIFICATES = {"off": ssl.CERT_NONE, "request": ssl.CERT_OPTIONAL, "require": ssl.CERT_REQUIRED}


class ServerObject(ssl.SSLObject):
    """The server's end of a session, which remembers the name that the peer asked for (RFC 6066 section 3)."""

    requested_name = ""


def _requested(tls: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
    if isinstance(tls, ServerObject):
        tls.requested_name = name or ""


def server_context(
    certificate: Path, key: Path, ca: Path | None, *, client_certificates: str = "off", key_log: Path | None = None
) -> ssl.SSLContext:
    """Return a context with the certificate chain and key of the files.

    ``num_tickets`` is 0: some SIP clients fail on the tickets that TLS 1.3 sends after its handshake. ``ca`` verifies
    the peers' certificates where they are asked for. ``key_log`` is a file for the sessions' secrets, which only its
    owner can read. Raises ``CertificateError``.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.num_tickets = 0
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
    context.sslobject_class = ServerObject
    context.sni_callback = _requested
    context.verify_mode = CLIENT_CERTIFICATES[client_certificates]
    with _words(certificate):
        context.load_cert_chain(certificate, key, password=_no_password)
        if ca is not None and context.verify_mode is not ssl.CERT_NONE:
            context.load_verify_locations(ca)
    if key_log is not None:
        _log_keys(context, key_log)
    return context


def admit_d4(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Let the context also take TLS 1.0 with TLS_RSA_WITH_AES_128_CBC_SHA, under the RSA certificate and key.

    What DBC 42x 02 telephones were published to speak. No other weak cipher is added, so that newer peers keep to
    theirs. Raises ``CertificateError``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20:AES128-SHA:@SECLEVEL=0")
    with _words(certificate):
        context.load_cert_chain(certificate, key, password=_no_password)


@contextlib.contextmanager
def _words(certificate: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # ssl.SSLError is one
        words = getattr(error, "reason", None) or error.strerror or error
        raise CertificateError(f"OpenSSL does not take {certificate}: {str(words).lower().replace('_', ' ')}") from None


def _log_keys(context: ssl.SSLContext, file: Path) -> None:
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
        context.keylog_filename = str(file)
    except OSError as error:
        raise CertificateError(f"cannot write the TLS key log {file}: {error.strerror}") from None


def _no_password() -> str:
    """Never ask at the terminal: an encrypted key is refused."""
    return ""
