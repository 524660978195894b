"""The lines of the banner, taken out of what was printed and pasted into a shell."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.interop.clients import client
from tests.interop.conftest import Serve
from tests.interop.running import Running

COLUMNS, LINES = 80, 26


def commands(program: Running) -> dict[str, str]:
    """The commands of the banner: clients by their names, operator's lines by themselves."""
    joined = program.banner.replace(" \\\n", "")
    lines = [line.strip() for line in joined.splitlines() if line.startswith("    ")]
    found = {}
    for line in lines:
        name = line.split()[0]
        found[line.split("'")[1] if name.endswith("/registrar") else name] = line
    return found


def paste(line: str, here: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["bash", "-c", line], cwd=here, capture_output=True, text=True, timeout=60)


def started(line: str, here: Path) -> list[str]:
    return ["bash", "-c", f"cd {here} && exec {line}"]


def test_it_is_a_screenful_and_its_paths_are_short(made: Running) -> None:
    lines = made.banner.splitlines()
    assert max(map(len, lines)) <= COLUMNS
    assert len(lines) <= LINES
    assert list(commands(made)) == ["sipsak", "baresip", "linphonec", "sipp", "ip_extension -p", "sec_policy -set 1"]
    assert str(made.data) not in made.banner
    assert "\x1b" not in made.banner, "colours are for terminals"


@pytest.mark.interop("sipsak", "sipp", "baresip", "linphonec")
def test_every_line_works_as_it_is_printed(made: Running, here: Path, tmp_path: Path) -> None:
    lines = commands(made)
    (tmp_path / "baresip").mkdir()
    (tmp_path / "linphone").mkdir()
    assert paste(lines["sipsak"], here).returncode == 0
    assert paste(lines["sipp"], here).returncode == 0
    with (
        client(started(lines["baresip"], here), tmp_path / "baresip"),
        client(started(lines["linphonec"], here), tmp_path / "linphone", "quit"),
    ):
        made.wait_for(lambda: len(made.registrations()) == 8)
        listed = paste(lines["ip_extension -p"], here)
    assert listed.returncode == 0
    ends = re.findall(r"^(\d+) +SIP +(\w+).* (\d+) (?:CLEAR|ENCRYPTED)", listed.stdout, re.MULTILINE)
    udp, tcp, tls = (str(made.address(f"sip_{transport}")[1]) for transport in ("udp", "tcp", "tls"))
    assert sorted(ends) == sorted(
        [
            ("12345", "sipsak", udp),
            ("12345", "SIPp", udp),
            ("12346", "SIPp", udp),
            ("12347", "SIPp", udp),
            ("12345", "baresip", udp),
            ("12346", "baresip", tcp),
            ("12347", "baresip", tls),
            ("12345", "Linphonec", udp),
        ]
    )
    refused = paste(lines["sec_policy -set 1"], here)
    assert (refused.returncode, refused.stdout.splitlines()[0]) == (1, "NOT EXECUTED")


def test_a_second_start_shows_what_is_still_there(serve: Serve, here: Path) -> None:
    first = serve("--data", "data", cwd=here)
    first.execute("auth_code -c -d 12345 --auth-code 999999", "extension -c -d 12346 --security-exception no")
    first.stop()
    first.log.unlink()
    banner = serve("--data", "data", cwd=here).banner
    assert re.findall(r"^  (\d{5}) +(\S+) +(\S+)$", banner, re.MULTILINE) == [
        ("12346", "4712", "no"),
        ("12347", "none", "yes"),
    ]
    assert "999999" not in banner
    assert "sipsak -U -u 12346 -a 4712" in banner


def test_an_empty_system_is_shown_how_to_begin(serve: Serve, here: Path) -> None:
    program = serve("--data", "data", "--empty", cwd=here, program=".venv/bin/registrar")
    lines = list(commands(program).values())
    assert [paste(line, here).stdout for line in lines] == ["EXECUTED\n", "EXECUTED\n"]
    (extension,) = program.get("extensions")["extensions"]
    assert (extension["number"], extension["rac"]) == ("100", True)


def test_another_data_folder_is_named(serve: Serve, tmp_path: Path) -> None:
    program = serve()
    (line,) = {each.split("'")[0].strip() for each in commands(program).values() if " exec " in each}
    assert line.split()[1:] == ["exec", "--data", str(program.data)]


def test_over_ipv6_the_lines_name_what_speaks_it(serve: Serve, here: Path) -> None:
    program = serve("--data", "data", "--host", "::1", cwd=here, program=".venv/bin/registrar")
    assert list(commands(program))[:3] == ["baresip", "linphonec", "sipp"]


@pytest.mark.interop("sipp", "baresip")
def test_over_ipv6_they_work(serve: Serve, here: Path, tmp_path: Path) -> None:
    program = serve("--data", "data", "--host", "::1", cwd=here, program=".venv/bin/registrar")
    lines = commands(program)
    assert paste(lines["sipp"], here).returncode == 0
    (tmp_path / "baresip").mkdir()
    with client(started(lines["baresip"], here), tmp_path / "baresip"):
        program.wait_for(lambda: len(program.registrations()) == 6)
