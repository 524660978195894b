"""Transport addresses and aliases (H.225.0 section 7.6)."""

from __future__ import annotations

from registrar.h323.schema.notation import (
    NULL,
    OPTIONAL,
    BMPString,
    Choice,
    IA5String,
    Integer,
    OctetString,
    Sequence,
    SequenceOf,
    Type,
)

DIALLED = "0123456789#*,"
TBCD = "0123456789#*abc"
ISUP = "0123456789ABCDE"

TYPES: dict[str, Type] = {
    "TransportAddress": Choice(
        (
            "ipAddress",
            Sequence(
                ("ip", OctetString(4)),
                ("port", Integer(0, 65535)),
            ),
        ),
        (
            "ipSourceRoute",
            Sequence(
                ("ip", OctetString(4)),
                ("port", Integer(0, 65535)),
                ("route", SequenceOf(OctetString(4))),
                (
                    "routing",
                    Choice(
                        ("strict", NULL),
                        ("loose", NULL),
                        ...,
                    ),
                ),
                ...,
            ),
        ),
        (
            "ipxAddress",
            Sequence(
                ("node", OctetString(6)),
                ("netnum", OctetString(4)),
                ("port", OctetString(2)),
            ),
        ),
        (
            "ip6Address",
            Sequence(
                ("ip", OctetString(16)),
                ("port", Integer(0, 65535)),
                ...,
            ),
        ),
        ("netBios", OctetString(16)),
        ("nsap", OctetString(1, 20)),
        ("nonStandardAddress", "NonStandardParameter"),
        ...,
    ),
    "AlternateTransportAddresses": Sequence(
        ("annexE", SequenceOf("TransportAddress"), OPTIONAL),
        ...,
        ("sctp", SequenceOf("TransportAddress"), OPTIONAL),
    ),
    "UseSpecifiedTransport": Choice(
        ("tcp", NULL),
        ("annexE", NULL),
        ...,
        ("sctp", NULL),
    ),
    "AliasAddress": Choice(
        ("dialledDigits", IA5String(1, 128, alphabet=DIALLED)),
        ("h323-ID", BMPString(1, 256)),
        ...,
        ("url-ID", IA5String(1, 512)),
        ("transportID", "TransportAddress"),
        ("email-ID", IA5String(1, 512)),
        ("partyNumber", "PartyNumber"),
        ("mobileUIM", "MobileUIM"),
        ("isupNumber", "IsupNumber"),
    ),
    "AddressPattern": Choice(
        ("wildcard", "AliasAddress"),
        (
            "range",
            Sequence(
                ("startOfRange", "PartyNumber"),
                ("endOfRange", "PartyNumber"),
            ),
        ),
        ...,
    ),
    "PartyNumber": Choice(
        ("e164Number", "PublicPartyNumber"),
        ("dataPartyNumber", "NumberDigits"),
        ("telexPartyNumber", "NumberDigits"),
        ("privateNumber", "PrivatePartyNumber"),
        ("nationalStandardPartyNumber", "NumberDigits"),
        ...,
    ),
    "PublicPartyNumber": Sequence(
        ("publicTypeOfNumber", "PublicTypeOfNumber"),
        ("publicNumberDigits", "NumberDigits"),
    ),
    "PrivatePartyNumber": Sequence(
        ("privateTypeOfNumber", "PrivateTypeOfNumber"),
        ("privateNumberDigits", "NumberDigits"),
    ),
    "NumberDigits": IA5String(1, 128, alphabet=DIALLED),
    "DisplayName": Sequence(
        ("language", IA5String(), OPTIONAL),
        ("name", BMPString(1, 80)),
    ),
    "PublicTypeOfNumber": Choice(
        ("unknown", NULL),
        ("internationalNumber", NULL),
        ("nationalNumber", NULL),
        ("networkSpecificNumber", NULL),
        ("subscriberNumber", NULL),
        ("abbreviatedNumber", NULL),
        ...,
    ),
    "PrivateTypeOfNumber": Choice(
        ("unknown", NULL),
        ("level2RegionalNumber", NULL),
        ("level1RegionalNumber", NULL),
        ("pISNSpecificNumber", NULL),
        ("localNumber", NULL),
        ("abbreviatedNumber", NULL),
        ...,
    ),
    "MobileUIM": Choice(
        ("ansi-41-uim", "ANSI-41-UIM"),
        ("gsm-uim", "GSM-UIM"),
        ...,
    ),
    "ANSI-41-UIM": Sequence(
        ("imsi", IA5String(3, 16, alphabet=TBCD), OPTIONAL),
        ("min", IA5String(3, 16, alphabet=TBCD), OPTIONAL),
        ("mdn", IA5String(3, 16, alphabet=TBCD), OPTIONAL),
        ("msisdn", IA5String(3, 16, alphabet=TBCD), OPTIONAL),
        ("esn", IA5String(16, alphabet=TBCD), OPTIONAL),
        ("mscid", IA5String(3, 16, alphabet=TBCD), OPTIONAL),
        (
            "system-id",
            Choice(
                ("sid", IA5String(1, 4, alphabet=TBCD)),
                ("mid", IA5String(1, 4, alphabet=TBCD)),
                ...,
            ),
        ),
        ("systemMyTypeCode", OctetString(1), OPTIONAL),
        ("systemAccessType", OctetString(1), OPTIONAL),
        ("qualificationInformationCode", OctetString(1), OPTIONAL),
        ("sesn", IA5String(16, alphabet=TBCD), OPTIONAL),
        ("soc", IA5String(3, 16, alphabet=TBCD), OPTIONAL),
        ...,
    ),
    "GSM-UIM": Sequence(
        ("imsi", IA5String(3, 16, alphabet=TBCD), OPTIONAL),
        ("tmsi", OctetString(1, 4), OPTIONAL),
        ("msisdn", IA5String(3, 16, alphabet=TBCD), OPTIONAL),
        ("imei", IA5String(15, 16, alphabet=TBCD), OPTIONAL),
        ("hplmn", IA5String(1, 4, alphabet=TBCD), OPTIONAL),
        ("vplmn", IA5String(1, 4, alphabet=TBCD), OPTIONAL),
        ...,
    ),
    "IsupNumber": Choice(
        ("e164Number", "IsupPublicPartyNumber"),
        ("dataPartyNumber", "IsupDigits"),
        ("telexPartyNumber", "IsupDigits"),
        ("privateNumber", "IsupPrivatePartyNumber"),
        ("nationalStandardPartyNumber", "IsupDigits"),
        ...,
    ),
    "IsupPublicPartyNumber": Sequence(
        ("natureOfAddress", "NatureOfAddress"),
        ("address", "IsupDigits"),
        ...,
    ),
    "IsupPrivatePartyNumber": Sequence(
        ("privateTypeOfNumber", "PrivateTypeOfNumber"),
        ("address", "IsupDigits"),
        ...,
    ),
    "NatureOfAddress": Choice(
        ("unknown", NULL),
        ("subscriberNumber", NULL),
        ("nationalNumber", NULL),
        ("internationalNumber", NULL),
        ("networkSpecificNumber", NULL),
        ("routingNumberNationalFormat", NULL),
        ("routingNumberNetworkSpecificFormat", NULL),
        ("routingNumberWithCalledDirectoryNumber", NULL),
        ...,
    ),
    "IsupDigits": IA5String(1, 128, alphabet=ISUP),
    "ExtendedAliasAddress": Sequence(
        ("address", "AliasAddress"),
        ("presentationIndicator", "PresentationIndicator", OPTIONAL),
        ("screeningIndicator", "ScreeningIndicator", OPTIONAL),
        ...,
    ),
}
