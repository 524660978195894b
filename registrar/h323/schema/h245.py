"""MULTIMEDIA-SYSTEM-CONTROL (H.245 version 15): the few types that H.225.0 imports."""

from __future__ import annotations

from registrar.h323.schema.notation import (
    BOOLEAN,
    NULL,
    OBJECT_IDENTIFIER,
    OPTIONAL,
    Choice,
    Integer,
    OctetString,
    Sequence,
    Type,
)

TYPES: dict[str, Type] = {
    "NonStandardParameter": Sequence(
        ("nonStandardIdentifier", "NonStandardIdentifier"),
        ("data", OctetString()),
    ),
    "NonStandardIdentifier": Choice(
        ("object", OBJECT_IDENTIFIER),
        (
            "h221NonStandard",
            Sequence(
                ("t35CountryCode", Integer(0, 255)),
                ("t35Extension", Integer(0, 255)),
                ("manufacturerCode", Integer(0, 65535)),
            ),
        ),
    ),
    "RSVPParameters": Sequence(
        ("qosMode", "QOSMode", OPTIONAL),
        ("tokenRate", Integer(1, 4_294_967_295), OPTIONAL),
        ("bucketSize", Integer(1, 4_294_967_295), OPTIONAL),
        ("peakRate", Integer(1, 4_294_967_295), OPTIONAL),
        ("minPoliced", Integer(1, 4_294_967_295), OPTIONAL),
        ("maxPktSize", Integer(1, 4_294_967_295), OPTIONAL),
        ...,
    ),
    "QOSMode": Choice(
        ("guaranteedQOS", NULL),
        ("controlledLoad", NULL),
        ...,
    ),
    "ATMParameters": Sequence(
        ("maxNTUSize", Integer(0, 65535)),
        ("atmUBR", BOOLEAN),
        ("atmrtVBR", BOOLEAN),
        ("atmnrtVBR", BOOLEAN),
        ("atmABR", BOOLEAN),
        ("atmCBR", BOOLEAN),
        ...,
    ),
    "ServicePriorityValue": Sequence(
        ("nonStandardParameter", "NonStandardParameter", OPTIONAL),
        ...,
        ("value", Integer(0, 255)),
    ),
    "ServicePriority": Sequence(
        ("nonStandardData", "NonStandardParameter", OPTIONAL),
        ("servicePrioritySignalled", BOOLEAN),
        ("servicePriorityValue", "ServicePriorityValue", OPTIONAL),
        ...,
        ("serviceClass", Integer(0, 4095), OPTIONAL),
        ("serviceSubclass", Integer(0, 255), OPTIONAL),
    ),
    "AuthorizationParameters": Sequence(
        ("nonStandardData", "NonStandardParameter", OPTIONAL),
        ...,
    ),
    "QOSType": Choice(
        ("desired", NULL),
        ("required", NULL),
        ...,
    ),
    "QOSClass": Choice(
        ("class0", NULL),
        ("class1", NULL),
        ("class2", NULL),
        ("class3", NULL),
        ("class4", NULL),
        ("class5", NULL),
        ...,
    ),
    "QOSDescriptor": Sequence(
        ("nonStandardData", "NonStandardParameter", OPTIONAL),
        ("qosType", "QOSType"),
        ("qosClass", "QOSClass"),
        ...,
    ),
    "GenericTransportParameters": Sequence(
        ("nonStandardData", "NonStandardParameter", OPTIONAL),
        ("averageRate", Integer(1, 4_294_967_295), OPTIONAL),
        ("burst", Integer(1, 4_294_967_295), OPTIONAL),
        ("peakRate", Integer(1, 4_294_967_295), OPTIONAL),
        ("maxPktSize", Integer(1, 4_294_967_295), OPTIONAL),
        ...,
    ),
    "QOSCapability": Sequence(
        ("nonStandardData", "NonStandardParameter", OPTIONAL),
        ("rsvpParameters", "RSVPParameters", OPTIONAL),
        ("atmParameters", "ATMParameters", OPTIONAL),
        ...,
        ("localQoS", BOOLEAN, OPTIONAL),
        ("genericTransportParameters", "GenericTransportParameters", OPTIONAL),
        ("servicePriority", "ServicePriority", OPTIONAL),
        ("authorizationParameter", "AuthorizationParameters", OPTIONAL),
        ("qosDescriptor", "QOSDescriptor", OPTIONAL),
        ("dscpValue", Integer(0, 63), OPTIONAL),
    ),
    "DataProtocolCapability": Choice(
        ("nonStandard", "NonStandardParameter"),
        ("v14buffered", NULL),
        ("v42lapm", NULL),
        ("hdlcFrameTunnelling", NULL),
        ("h310SeparateVCStack", NULL),
        ("h310SingleVCStack", NULL),
        ("transparent", NULL),
        ...,
        ("segmentationAndReassembly", NULL),
        ("hdlcFrameTunnelingwSAR", NULL),
        ("v120", NULL),
        ("separateLANStack", NULL),
        (
            "v76wCompression",
            Choice(
                ("transmitCompression", "CompressionType"),
                ("receiveCompression", "CompressionType"),
                ("transmitAndReceiveCompression", "CompressionType"),
                ...,
            ),
        ),
        ("tcp", NULL),
        ("udp", NULL),
    ),
    "CompressionType": Choice(
        ("v42bis", "V42bis"),
        ...,
    ),
    "V42bis": Sequence(
        ("numberOfCodewords", Integer(1, 65536)),
        ("maximumStringLength", Integer(1, 256)),
        ...,
    ),
    "T38FaxProfile": Sequence(
        ("fillBitRemoval", BOOLEAN),
        ("transcodingJBIG", BOOLEAN),
        ("transcodingMMR", BOOLEAN),
        ...,
        ("version", Integer(0, 255)),
        ("t38FaxRateManagement", "T38FaxRateManagement"),
        ("t38FaxUdpOptions", "T38FaxUdpOptions", OPTIONAL),
        ("t38FaxTcpOptions", "T38FaxTcpOptions", OPTIONAL),
    ),
    "T38FaxRateManagement": Choice(
        ("localTCF", NULL),
        ("transferredTCF", NULL),
        ...,
    ),
    "T38FaxUdpOptions": Sequence(
        ("t38FaxMaxBuffer", Integer(), OPTIONAL),
        ("t38FaxMaxDatagram", Integer(), OPTIONAL),
        (
            "t38FaxUdpEC",
            Choice(
                ("t38UDPFEC", NULL),
                ("t38UDPRedundancy", NULL),
                ...,
            ),
        ),
    ),
    "T38FaxTcpOptions": Sequence(
        ("t38TCPBidirectionalMode", BOOLEAN),
        ...,
    ),
}
