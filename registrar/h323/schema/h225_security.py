"""Security capabilities and errors, integrity, and the crypto tokens of RAS (H.225.0 section 7.6, H.235.0)."""

from __future__ import annotations

from registrar.h323.schema.notation import NULL, OBJECT_IDENTIFIER, OPTIONAL, BitString, Choice, Sequence, Type

TYPES: dict[str, Type] = {
    "SecurityServiceMode": Choice(
        ("nonStandard", "NonStandardParameter"),
        ("none", NULL),
        ("default", NULL),
        ...,
    ),
    "SecurityCapabilities": Sequence(
        ("nonStandard", "NonStandardParameter", OPTIONAL),
        ("encryption", "SecurityServiceMode"),
        ("authenticaton", "SecurityServiceMode"),
        ("integrity", "SecurityServiceMode"),
        ...,
    ),
    "SecurityErrors": Choice(
        ("securityWrongSyncTime", NULL),
        ("securityReplay", NULL),
        ("securityWrongGeneralID", NULL),
        ("securityWrongSendersID", NULL),
        ("securityIntegrityFailed", NULL),
        ("securityWrongOID", NULL),
        ("securityDHmismatch", NULL),
        ("securityCertificateExpired", NULL),
        ("securityCertificateDateInvalid", NULL),
        ("securityCertificateRevoked", NULL),
        ("securityCertificateNotReadable", NULL),
        ("securityCertificateSignatureInvalid", NULL),
        ("securityCertificateMissing", NULL),
        ("securityCertificateIncomplete", NULL),
        ("securityUnsupportedCertificateAlgOID", NULL),
        ("securityUnknownCA", NULL),
        ...,
    ),
    "SecurityErrors2": Choice(
        ("securityWrongSyncTime", NULL),
        ("securityReplay", NULL),
        ("securityWrongGeneralID", NULL),
        ("securityWrongSendersID", NULL),
        ("securityIntegrityFailed", NULL),
        ("securityWrongOID", NULL),
        ...,
    ),
    "H245Security": Choice(
        ("nonStandard", "NonStandardParameter"),
        ("noSecurity", NULL),
        ("tls", "SecurityCapabilities"),
        ("ipsec", "SecurityCapabilities"),
        ...,
    ),
    "EncryptIntAlg": Choice(
        ("nonStandard", "NonStandardParameter"),
        ("isoAlgorithm", OBJECT_IDENTIFIER),
        ...,
    ),
    "NonIsoIntegrityMechanism": Choice(
        ("hMAC-MD5", NULL),
        ("hMAC-iso10118-2-s", "EncryptIntAlg"),
        ("hMAC-iso10118-2-l", "EncryptIntAlg"),
        ("hMAC-iso10118-3", OBJECT_IDENTIFIER),
        ...,
    ),
    "IntegrityMechanism": Choice(
        ("nonStandard", "NonStandardParameter"),
        ("digSig", NULL),
        ("iso9797", OBJECT_IDENTIFIER),
        ("nonIsoIM", "NonIsoIntegrityMechanism"),
        ...,
    ),
    "ICV": Sequence(
        ("algorithmOID", OBJECT_IDENTIFIER),
        ("icv", BitString()),
    ),
    "CryptoH323Token": Choice(
        (
            "cryptoEPPwdHash",
            Sequence(
                ("alias", "AliasAddress"),
                ("timeStamp", "TimeStamp"),
                ("token", "HASHED"),
            ),
        ),
        (
            "cryptoGKPwdHash",
            Sequence(
                ("gatekeeperId", "GatekeeperIdentifier"),
                ("timeStamp", "TimeStamp"),
                ("token", "HASHED"),
            ),
        ),
        ("cryptoEPPwdEncr", "ENCRYPTED"),
        ("cryptoGKPwdEncr", "ENCRYPTED"),
        ("cryptoEPCert", "SIGNED"),
        ("cryptoGKCert", "SIGNED"),
        ("cryptoFastStart", "SIGNED"),
        ("nestedcryptoToken", "CryptoToken"),
        ...,
    ),
}
