"""What went over the wire, as a capture file, and what an outside dissector says of it.

Written from the octets that the hand-written terminal sent and received, with the service node's standard ports in the
place of the free ones, so that it needs no right to listen on an interface.
"""

import json
import struct
import subprocess
from pathlib import Path

_STANDARD = {"UDP": 5060, "TCP": 5060, "TLS": 5061}
_LINK_TYPE_RAW_IP = 101
_HOST = bytes((127, 0, 0, 1))
_SYN, _ACK, _PUSH, _FIN = 2, 16, 8, 1


class Conversation:
    """The packets between one port of the terminal and the server."""

    def __init__(self, packets: list[bytes], transport: str, port: int) -> None:
        self._packets = packets
        self._udp = transport == "UDP"
        self._ends = ((port, _STANDARD[transport]), (_STANDARD[transport], port))
        self._sequence = [0, 0]
        """The next octet's number: the terminal's, the server's."""
        if not self._udp:
            self._segment(0, b"", _SYN)
            self._segment(1, b"", _SYN | _ACK)
            self._segment(0, b"", _ACK)

    def sent(self, data: bytes) -> None:
        self._add(0, data)

    def received(self, data: bytes) -> None:
        self._add(1, data)

    def _add(self, side: int, data: bytes) -> None:
        if self._udp:
            header = struct.pack("!HHHH", *self._ends[side], 8 + len(data), 0)
            self._packets.append(_ip(17, header + data))
        else:
            self._segment(side, data, _ACK | (_PUSH if data else _FIN))

    def _segment(self, side: int, data: bytes, flags: int) -> None:
        mine, others = self._sequence[side], self._sequence[1 - side]
        acknowledged = others if flags & _ACK else 0
        header = struct.pack("!HHIIBBHHH", *self._ends[side], mine, acknowledged, 5 << 4, flags, 65535, 0, 0)
        self._packets.append(_ip(6, header + data))
        self._sequence[side] += len(data) + bool(flags & (_SYN | _FIN))


class Capture:
    """Packets in the order they were seen."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []

    def conversation(self, transport: str, port: int) -> Conversation:
        return Conversation(self.packets, transport, port)

    def write(self, file: Path) -> None:
        records = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, _LINK_TYPE_RAW_IP)]
        for place, packet in enumerate(self.packets):
            records.append(struct.pack("<IIII", place // 1000, place % 1000 * 1000, len(packet), len(packet)) + packet)
        file.write_bytes(b"".join(records))


def _ip(protocol: int, payload: bytes) -> bytes:
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, _HOST, _HOST) + payload


FIELDS = ("sip.Status-Line", "sip.Request-Line", "_ws.expert.severity", "_ws.expert.message", "_ws.malformed")
WARNING = 0x00600000
"""Wireshark's PI_WARN; errors are above it."""


class Dissection:
    """What tshark found in a capture, with the TLS secrets that the server logged."""

    def __init__(self, file: Path, key_log: Path | None = None) -> None:
        keys = [] if key_log is None else ["-o", f"tls.keylog_file:{key_log}"]
        run = subprocess.run(
            ["tshark", "-n", "-r", str(file), *keys, "-T", "json", *(word for name in FIELDS for word in ("-e", name))],
            capture_output=True,
            check=True,
            timeout=120,
        )
        frames: list[dict[str, list[str]]] = [packet["_source"]["layers"] for packet in json.loads(run.stdout)]
        self.answers = [line for frame in frames for line in frame.get("sip.Status-Line", [])]
        self.requests = [line for frame in frames for line in frame.get("sip.Request-Line", [])]
        self.wrong: list[dict[str, list[str]]] = [
            frame
            for frame in frames
            if "_ws.malformed" in frame
            or any(int(severity) >= WARNING for severity in frame.get("_ws.expert.severity", []))
        ]
        """Frames marked as malformed, or with a warning or an error."""
