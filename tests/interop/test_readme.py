"""The half-minute demonstration of README.md, carried out: it must come out as it is printed there."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.interop.running import Running

README = Path(__file__).parents[2] / "README.md"
STANDARD = {
    "sip_udp": "5060",
    "sip_tcp": "5060",
    "sip_tls": "5061",
    "ras_udp": "1719",
    "ras_tls": "3727",
    "http": "8080",
}


def demonstration() -> tuple[str, list[tuple[str, str]]]:
    """The banner, and the commands below it with what they print."""
    half_minute = README.read_text().partition("## Half a minute")[2]
    banner, console = re.findall(r"```(?:console)?\n(.*?)```", half_minute, re.DOTALL)[1:3]
    steps = re.findall(r"^\$ (.*(?:\\\n.*)*)\n((?:(?!\$ ).*\n)*)", console, re.MULTILINE)
    return banner, steps


def normal(text: str, program: Running) -> str:
    """The text with what differs from run to run made equal: ports, host name, seconds, the width of columns."""
    for name, standard in STANDARD.items():
        text = re.sub(rf"\b{program.address(name)[1]}\b", standard, text)
    text = re.sub(r"(Warning: 399) \S+", r"\1 host", text)
    text = re.sub(r"\d+$", "N", text, flags=re.MULTILINE)
    return "\n".join(re.sub(r" +", " ", line).rstrip() for line in text.strip().splitlines())


@pytest.mark.interop("sipsak")
def test_it_comes_out_as_it_is_printed(made: Running, here: Path) -> None:
    banner, steps = demonstration()
    with_ports = made.banner.replace(f" -r {made.address('sip_udp')[1]}", "").replace(
        f"127.0.0.1:{made.address('sip_udp')[1]} -i", "127.0.0.1 -i"
    )
    assert normal(with_ports.replace(" \\\n     ", ""), made) == normal(banner.replace(" \\\n     ", ""), made)
    assert len(steps) >= 6
    for command, printed in steps:
        line = command.replace("sipsak ", f"sipsak -r {made.address('sip_udp')[1]} ")
        run = subprocess.run(
            ["bash", "-c", line], cwd=here, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60
        )
        assert normal(run.stdout, made) == normal(printed, made), command
