"""A handshake in memory: what a phone that trusts the authorities would say of the server's certificate."""

import ssl
from typing import Final

from registrar.tls.errors import CertificateError

NO_CHECK_TIME: Final = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL: dates are checked before, against the clock that is passed in."""
_FLIGHTS: Final = 10
"""A handshake takes three."""


def rehearse(context: ssl.SSLContext, authorities: str, name: str) -> None:
    """Shake hands with a server of this context as a peer that trusts ``authorities`` (PEM) and asks for ``name``.

    Raises ``CertificateError`` with what OpenSSL says.
    """
    peer = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    peer.load_verify_locations(cadata=authorities)
    peer.verify_flags |= NO_CHECK_TIME
    to_server, to_peer = ssl.MemoryBIO(), ssl.MemoryBIO()
    server_end = context.wrap_bio(to_server, to_peer, server_side=True)
    peer_end = peer.wrap_bio(to_peer, to_server, server_hostname=name)
    waiting = {peer_end, server_end}
    try:
        for _ in range(_FLIGHTS):
            for end in (peer_end, server_end):
                try:
                    end.do_handshake()
                    waiting.discard(end)
                except ssl.SSLWantReadError:
                    continue
            if not waiting:
                return
    except ssl.SSLCertVerificationError as error:
        raise _refused(error.verify_message) from None
    except ssl.SSLError as error:
        raise _refused((error.reason or str(error)).lower().replace("_", " ")) from None
    raise _refused("the handshake does not end")


def _refused(words: str) -> CertificateError:
    return CertificateError(
        f"A terminal that trusts the CA would refuse it: {words}.", "CERTIFICATE WOULD BE REFUSED BY TERMINALS"
    )
