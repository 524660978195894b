"""Wireshark's dissector finds what was encoded, and nothing wrong with it."""

import subprocess
from pathlib import Path

import pytest

from registrar.h323 import ras
from tests.h323 import values
from tests.h323.values import ALTERNATIVES, SIGNED, fresh
from tests.h323.vectors import CAPTURED

FIELDS = ("h225.RasMessage", "h225.requestSeqNum", "_ws.malformed", "_ws.expert.message")
ABOUT_TEXT = "Trailing stray characters"
"""tshark's remark about an OCTET STRING of random octets that it shows as text."""


def dissected(messages: list[bytes], folder: Path) -> list[list[str]]:
    """The fields that tshark finds in each of the datagrams."""
    dump = folder / "messages.txt"
    capture = folder / "messages.pcap"
    dump.write_text("".join(f"000000 {octets.hex(' ')}\n\n" for octets in messages))
    subprocess.run(["text2pcap", "-q", "-u", "1719,1719", dump, capture], check=True, capture_output=True)
    command = ["tshark", "-r", str(capture), "-d", "udp.port==1719,h225", "-T", "fields"]
    for field in FIELDS:
        command += ["-e", field]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [line.split("\t") for line in lines]


@pytest.mark.interop("tshark", "text2pcap")
def test_every_kind_of_message_dissects_clean(tmp_path: Path) -> None:
    messages = [ras.decode(captured.octets) for captured in CAPTURED]
    made = [fresh(message) for message in messages]
    for seed in range(40):
        made += [values.message(alternative, values.picker(seed), SIGNED) for alternative in ALTERNATIVES]

    found = dissected([ras.encode(message) for message in (*messages, *made)], tmp_path)

    assert len(found) == len(messages) + len(made)
    for (name, value), (index, number, malformed, expert) in zip((*messages, *made), found, strict=True):
        assert ALTERNATIVES[int(index)] == name
        assert malformed == ""
        assert expert in ("", ABOUT_TEXT)
        if isinstance(value, dict):
            assert number.split(",")[0] == str(value["requestSeqNum"])
