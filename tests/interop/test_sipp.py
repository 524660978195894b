"""SIPp registers ten thousand extensions, initiated by one command over a range; none fails."""

import csv
import subprocess
from pathlib import Path

import pytest

from tests.interop.clients import provision
from tests.interop.conftest import Serve
from tests.interop.running import Running

FIRST, LAST = 20000, 29999
COUNT = LAST - FIRST + 1
RATE = 2500
"""Registrations a second, each of two requests."""
UNDER_WAY = "200"
"""At a time: on a machine that does much else more of them would only say again what waits already."""
SECONDS = 200
"""Far more than it takes, also there."""

pytestmark = pytest.mark.interop("sipp")


@pytest.fixture(scope="module")
def extended(serve_for_all: Serve) -> Running:
    """A program with the extensions."""
    program = serve_for_all("--empty")
    program.execute(
        f"auth_code -i -d {FIRST}..{LAST} --auth-code 4711",
        f"extension -i -d {FIRST}..{LAST} --csp 1 --lim 1 --security-exception no",
    )
    return program


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_ten_thousand_extensions_register(extended: Running, transport: str, tmp_path: Path) -> None:
    command = provision(extended, "sipp", f"{FIRST}..{LAST}", transport, tmp_path, pin="4711")
    extended.execute("extension_unregistration -d all")
    options = [
        "-r",
        str(RATE),
        "-l",
        UNDER_WAY,
        "-timeout",
        str(SECONDS),
        "-timeout_error",
        "-trace_stat",
        "-stf",
        "stat.csv",
    ]
    run = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, timeout=SECONDS + 30)
    assert run.returncode == 0, run.stdout.decode()[-2000:]
    with (tmp_path / "stat.csv").open() as file:
        *_, counted = csv.DictReader(file, delimiter=";")
    assert (counted["SuccessfulCall(C)"], counted["FailedCall(C)"]) == (str(COUNT), "0")
    assert extended.get("registrations", limit=0)["total"] == COUNT
    port = extended.address(f"sip_{transport}")[1]
    assert (
        extended.execute(f"ip_extension -p --port {port}").splitlines()[-1].startswith(f"{COUNT:,} registrations, 0 on")
    )


def test_a_wrong_pin_fails(extended: Running, tmp_path: Path) -> None:
    command = provision(extended, "sipp", str(FIRST), "udp", tmp_path, pin="1147")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60).returncode == 1
    assert extended.event("refused", str(FIRST))["reason"] == "WRONG_PIN"
