"""The trace as a capture file that Wireshark opens (pcapng, draft-ietf-opsawg-pcapng).

What came over UDP and TCP becomes IP packets again. What came inside TLS stands there as the registrar read it, as
Wireshark's own "exported PDUs": an address, ports, the name of the dissector, the message. Decisions and handshakes are
comments and messages of the same kind, so that they are read in their place. Credentials are masked.
"""

import struct
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import Final

from registrar.model.flow import Flow, Transport
from registrar.model.policy import Protocol
from registrar.trace.mask import masked
from registrar.trace.recorder import Kind, Record
from registrar.trace.words import summary

SECTION_HEADER, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
RAW_IP: Final = 101
"""LINKTYPE_RAW: the packet begins with its IPv4 or IPv6 header."""
UPPER_PDU: Final = 252
"""LINKTYPE_WIRESHARK_UPPER_PDU: tags, then the message."""
IF_NAME, IF_TSRESOL, COMMENT, APPLICATION = 2, 9, 1, 4
DISSECTOR, IPV4_SOURCE, IPV4_DESTINATION, IPV6_SOURCE, IPV6_DESTINATION = 12, 20, 21, 22, 23
PORT_TYPE, SOURCE_PORT, DESTINATION_PORT, PROTOCOL_TEXT = 24, 25, 26, 33
TCP_PORT: Final = 2
STANDARD_RAS: Final = 1719
UDP, TCP, PUSH_ACK = 17, 6, 0x18


def capture(records: Iterable[Record], application: str = "registrar") -> Iterator[bytes]:
    """Yield the file block by block."""
    header = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    yield _block(SECTION_HEADER, header + _options((APPLICATION, application.encode())))
    for link, name in ((RAW_IP, "wire"), (UPPER_PDU, "inside TLS")):
        options = _options((IF_NAME, name.encode()), (IF_TSRESOL, b"\x06"))
        yield _block(INTERFACE, struct.pack("<HHI", link, 0, 0) + options)
    streams: dict[tuple[Flow, bool], int] = {}
    for record in records:
        shown = masked(record.octets, record.flow.listener.protocol)
        if record.octets and _as_packet(record.flow):
            yield _packet(record, 0, _ip(record, shown, streams))
        else:
            yield _packet(record, 1, _pdu(record, shown))


def _as_packet(flow: Flow) -> bool:
    """True for what a dissector finds by itself: SIP in the clear, and RAS on its own port."""
    listener = flow.listener
    if listener.transport is Transport.TLS:
        return False
    return listener.protocol is Protocol.SIP or listener.port == STANDARD_RAS


def _packet(record: Record, interface: int, packet: bytes) -> bytes:
    moment = int(record.time * 1_000_000)
    more = max(0, record.length - len(record.octets))
    head = struct.pack("<IIIII", interface, moment >> 32, moment & 0xFFFFFFFF, len(packet), len(packet) + more)
    comment = "" if record.octets and not record.length else summary(record)
    return _block(PACKET, head + _padded(packet) + _options((COMMENT, comment.encode("utf-8", "backslashreplace"))))


def _block(kind: int, body: bytes) -> bytes:
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def _options(*options: tuple[int, bytes]) -> bytes:
    given = [struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options if value]
    return b"".join([*given, struct.pack("<HH", 0, 0)]) if given else b""


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)


def _ends(record: Record) -> tuple[bytes, int, bytes, int]:
    """Source address and port, destination address and port; both addresses of the peer's family."""
    flow = record.flow
    peer = ip_address(flow.address[0].partition("%")[0])
    host = ip_address(flow.listener.host) if _is_address(flow.listener.host) else peer
    if host.version != peer.version or host.is_unspecified:
        host = peer
    theirs, ours = (peer.packed, flow.address[1]), (host.packed, flow.listener.port)
    return (*ours, *theirs) if record.kind is Kind.SENT else (*theirs, *ours)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _ip(record: Record, payload: bytes, streams: dict[tuple[Flow, bool], int]) -> bytes:
    """An IP packet with a UDP datagram or a TCP segment; a TCP stream is numbered from its first octet in the trace."""
    source, source_port, destination, destination_port = _ends(record)
    size = record.length or len(payload)
    ports = struct.pack(">HH", source_port, destination_port)
    if record.flow.listener.transport is Transport.UDP:
        protocol, before = UDP, struct.pack(">H", _16bit(8 + size))
        after = b""
    else:
        sent = record.kind is Kind.SENT
        place, other = streams.get((record.flow, sent), 1), streams.get((record.flow, not sent), 1)
        streams[record.flow, sent] = place + size
        protocol, before = TCP, struct.pack(">IIHH", place, other, 5 << 12 | PUSH_ACK, 0xFFFF)
        after = bytes(2)
    length = len(ports) + len(before) + 2 + len(after) + size
    pseudo = source + destination + struct.pack(">HH", protocol, _16bit(length))
    checksum = _checksum(pseudo + ports + before + after + payload) or 0xFFFF
    upper = ports + before + struct.pack(">H", checksum) + after + payload
    if len(source) == 16:
        return struct.pack(">IHBB", 6 << 28, _16bit(length), protocol, 64) + source + destination + upper
    head = struct.pack(">BBHHHBBH", 0x45, 0, _16bit(20 + length), 0, 0, 64, protocol, 0) + source + destination
    return head[:10] + struct.pack(">H", _checksum(head)) + head[12:] + upper


def _16bit(length: int) -> int:
    return min(length, 0xFFFF)


def _checksum(octets: bytes) -> int:
    """RFC 1071: the one's complement of the one's complement sum of 16-bit words."""
    octets += bytes(len(octets) % 2)
    total: int = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _pdu(record: Record, message: bytes) -> bytes:
    """An exported PDU (Wireshark's epan/exported_pdu.h): tags in network order, then the message."""
    source, source_port, destination, destination_port = _ends(record)
    if record.octets:
        dissector = b"sip" if record.flow.listener.protocol is Protocol.SIP else b"h225.ras"
        protocol = b""
    else:
        dissector = b"data-text-lines"
        protocol = b"TLS" if record.kind in (Kind.HANDSHAKE, Kind.HANDSHAKE_REFUSED) else b"registrar"
        message = summary(record).encode("utf-8", "backslashreplace")
    wide = len(source) == 16
    tags = (
        (DISSECTOR, dissector),
        (IPV6_SOURCE if wide else IPV4_SOURCE, source),
        (IPV6_DESTINATION if wide else IPV4_DESTINATION, destination),
        (PORT_TYPE, struct.pack(">I", TCP_PORT)),
        (SOURCE_PORT, struct.pack(">I", source_port)),
        (DESTINATION_PORT, struct.pack(">I", destination_port)),
        (PROTOCOL_TEXT, protocol),
    )
    packed = [struct.pack(">HH", tag, len(_padded(value))) + _padded(value) for tag, value in tags if value]
    return b"".join(packed) + bytes(4) + message
