"""Why a TLS handshake was refused, in words: OpenSSL's codes mean little to somebody with a phone in the hand."""

_REASONS = {
    "HTTP_REQUEST": "the peer speaks HTTP, not TLS",
    "WRONG_VERSION_NUMBER": "the peer does not speak TLS here: plain text on a TLS port, or a broken hello",
    "UNSUPPORTED_PROTOCOL": "the peer offers only versions older than TLS 1.2",
    "VERSION_TOO_LOW": "the peer offers only versions older than TLS 1.2",
    "NO_SHARED_CIPHER": "the peer offers no cipher that this server and its certificate can use",
    **dict.fromkeys(
        ("NO_SHARED_GROUP", "NO_SUITABLE_KEY_SHARE"), "the peer offers no key exchange group that this server can use"
    ),
    "NO_SUITABLE_SIGNATURE_ALGORITHM": "the peer offers no signature algorithm that the server's certificate can use",
    "CALLBACK_FAILED": "the peer asks for a server name that is none",
    "TLSV1_ALERT_UNKNOWN_CA": "the peer does not trust the certificate authority: give it the CA file",
    "SSLV3_ALERT_BAD_CERTIFICATE": "the peer finds the server's certificate bad: name or chain do not suit it",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the peer finds the server's certificate expired: check the clocks, renew it",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the peer refuses the server's certificate: CA file or server name do not fit",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "the peer finds no parameters in common",
    "TLSV1_ALERT_PROTOCOL_VERSION": "the peer refuses the version of TLS that this server speaks",
    "TLSV1_ALERT_ACCESS_DENIED": "the peer refuses the server's certificate",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "the peer shows no certificate and this port requires one",
    "CERTIFICATE_VERIFY_FAILED": "the peer's certificate does not verify",
    "UNEXPECTED_EOF_WHILE_READING": "the peer closed the connection during the handshake",
    "UNKNOWN_PROTOCOL": "the peer speaks SSL 2.0, or something that looks like it",
    "TOO_MANY_WARN_ALERTS": "the peer sends alerts in place of a handshake",
    **dict.fromkeys(
        (
            *("UNEXPECTED_MESSAGE", "UNEXPECTED_RECORD", "BAD_RECORD_TYPE", "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"),
            *("BAD_CHANGE_CIPHER_SPEC", "CCS_RECEIVED_EARLY", "INVALID_CCS_MESSAGE", "INVALID_ALERT"),
        ),
        "the peer breaks the handshake with a record that has no place there",
    ),
    **dict.fromkeys(
        (
            *("PACKET_LENGTH_TOO_LONG", "DATA_LENGTH_TOO_LONG", "ENCRYPTED_LENGTH_TOO_LONG", "RECORD_TOO_SMALL"),
            *("EXCESSIVE_MESSAGE_SIZE", "LENGTH_MISMATCH"),
        ),
        "the peer breaks the handshake with a record or a message of no possible size",
    ),
    **dict.fromkeys(
        (
            *("BAD_EXTENSION", "BAD_KEY_SHARE", "BAD_ECPOINT", "ERROR_IN_RECEIVED_CIPHER_LIST"),
            *("NO_COMPRESSION_SPECIFIED", "MISSING_SIGALGS_EXTENSION", "MISSING_SUPPORTED_GROUPS_EXTENSION"),
            *("POST_HANDSHAKE_AUTH_ENCODING_ERR", "DIGEST_CHECK_FAILED"),
        ),
        "the peer breaks the handshake with a message that says what none may say",
    ),
}

_SIP_STARTS = (b"REGISTER", b"OPTIONS", b"INVITE", b"SUBSCRIBE", b"NOTIFY", b"SIP/2.0")
_TPKT_START = b"\x03\x00"
_HTTP_STARTS = (b"GET ", b"POST ", b"PUT ", b"HEAD ")
_ALERT = "_ALERT_"

_ENDS = {
    "DECRYPTION_FAILED_OR_BAD_RECORD_MAC": "it holds a record that was not encrypted in it",
    "WRONG_VERSION_NUMBER": "octets that are no TLS follow its handshake",
    **dict.fromkeys(
        ("UNEXPECTED_RECORD", "UNEXPECTED_MESSAGE", "BAD_RECORD_TYPE"),
        "it holds a record of a kind that has no place there",
    ),
    **dict.fromkeys(
        ("PACKET_LENGTH_TOO_LONG", "ENCRYPTED_LENGTH_TOO_LONG", "DATA_LENGTH_TOO_LONG"),
        "it holds a record that is longer than TLS has them",
    ),
}


def explain_end(code: str) -> str:
    """Return one line for OpenSSL's ``code`` at the end of a session that no goodbye ended."""
    if _ALERT in code:
        return f"the peer gave up the TLS session: {_words(code.partition(_ALERT)[2])}"
    return f"the TLS session broke: {_ENDS.get(code, f'OpenSSL says {_words(code)}')}"


def _words(code: str) -> str:
    return code.lower().replace("_", " ")


def explain(code: str, first: bytes) -> str:
    """Return one line for OpenSSL's ``code``, given the first octets the peer sent."""
    if first.startswith(_SIP_STARTS):
        return "the peer sends plain SIP to the TLS port: set its transport to TLS"
    if first.startswith(_TPKT_START) and code == "WRONG_VERSION_NUMBER":
        return "the peer sends plain RAS to the TLS port: it must begin with a TLS handshake"
    if first.startswith(_HTTP_STARTS):
        return _REASONS["HTTP_REQUEST"]
    if code in _REASONS:
        return _REASONS[code]
    if _ALERT in code:
        return f"the peer gave up the handshake: {_words(code.partition(_ALERT)[2])}"
    return f"OpenSSL says {_words(code)}"
