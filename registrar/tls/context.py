"""The server's TLS settings: TLS 1.2 and 1.3, no session tickets, client certificates as asked."""

import ssl
from pathlib import Path

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
    the peers' certificates where they are asked for. Raises ``ssl.SSLError`` or ``OSError``.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.num_tickets = 0
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
    context.sslobject_class = ServerObject
    context.sni_callback = _requested
    context.load_cert_chain(certificate, key, password=_no_password)
    context.verify_mode = CLIENT_CERTIFICATES[client_certificates]
    if ca is not None and context.verify_mode is not ssl.CERT_NONE:
        context.load_verify_locations(ca)
    if key_log is not None:
        context.keylog_filename = str(key_log)
    return context


def _no_password() -> str:
    """Never ask at the terminal: an encrypted key is refused."""
    return ""
