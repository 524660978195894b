"""Object identifiers of RAS, and their names."""

from __future__ import annotations

H225_VERSION = "0.0.8.2250.0."
"""Before the version of H.225.0, as in protocolIdentifier."""

PROTOCOL_IDENTIFIER = H225_VERSION + "7"

H2351 = ("0.0.8.235.0.1.", "0.0.8.235.0.2.")
"""Before an identifier of H.235.1, of its first and its second version."""

H2351_WHOLE_MESSAGE = "0.0.8.235.0.2.1"
H2351_BASELINE = "0.0.8.235.0.2.5"
H2351_HMAC_SHA1_96 = "0.0.8.235.0.2.6"
MD5 = "1.2.840.113549.2.5"
CAT = "1.2.840.113548.10.1.2.1"
NONE = "0.0"
"""What stands for no identifier where one must be (H.235.0, ClearToken)."""
WORDS = "1.3.6.1.4.1.32473.1"
"""Words for people in non-standard data, under the number for examples (RFC 5612): this project has none of its own."""


def versions(oid: str) -> frozenset[str]:
    """An identifier of H.235.1 in each of its versions: an endpoint may use either."""
    return frozenset(prefix + oid.rpartition(".")[2] for prefix in H2351)


H2351_NAMES = {
    "1": 'H.235.1 "A", authentication and integrity',
    "2": 'H.235.1 "B", authentication only',
    "5": 'H.235.1 "T", baseline ClearToken',
    "6": 'H.235.1 "U", HMAC-SHA1-96',
}

NAMES = {
    NONE: "none",
    MD5: "MD5",
    CAT: "Cisco access token",
    "0.0.8.235.0.3.43": "H.235.6 DH-1024",
    "0.0.8.235.0.3.44": "H.235.6 DH-1536",
    "0.0.8.235.0.3.45": "H.235.6 DH-2048",
    "0.0.8.235.0.4.79": "H.235 TSS",
}


def name(oid: str) -> str | None:
    """What ``oid`` is called, or None where that is not known."""
    if oid.startswith(H225_VERSION) and oid.count(".") == 5:
        return f"H.225.0 version {oid[len(H225_VERSION) :]}"
    if oid.startswith(H2351) and oid.count(".") == 6:
        return H2351_NAMES.get(oid.rpartition(".")[2])
    return NAMES.get(oid)
