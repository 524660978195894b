"""sipsak asks for options and registers."""

import subprocess
from pathlib import Path

import pytest

from tests.interop.clients import provision
from tests.interop.running import Running

pytestmark = pytest.mark.interop("sipsak")

TRANSPORTS = ["udp", "tcp", "tls"]


def sipsak(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["sipsak", *words], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_options_are_answered(registrar: Running, transport: str) -> None:
    host, port = registrar.address(f"sip_{transport}")
    way = [f"--tls-ca-cert={registrar.ca_file}"] if transport == "tls" else []
    run = sipsak("-vv", "-s", f"sip:{host}", "-r", str(port), "-E", transport, *way)
    assert run.returncode == 0, run.stdout
    assert "SIP/2.0 200 OK" in run.stdout
    assert "Allow: REGISTER, OPTIONS, SUBSCRIBE" in run.stdout


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_it_registers(registrar: Running, transport: str, tmp_path: Path) -> None:
    registrar.execute("extension_unregistration -d all")
    command = provision(registrar, "sipsak", "12345", transport, tmp_path)
    run = sipsak(*command[1:])
    assert run.returncode == 0, run.stdout + run.stderr
    (registration,) = registrar.registrations(number="12345")
    assert (registration["transport"], registration["row"]) == (transport.upper(), "T1.6")
    assert registration["port"] == registrar.address(f"sip_{transport}")[1]


def test_it_tells_of_a_wrong_pin(registrar: Running, tmp_path: Path) -> None:
    since = registrar.last_event
    run = sipsak(*provision(registrar, "sipsak", "12346", "udp", tmp_path, pin="1147")[1:])
    assert run.returncode == 2
    assert registrar.event("refused", "12346", since)["reason"] == "WRONG_PIN"


def test_it_unregisters_everything(registrar: Running, tmp_path: Path) -> None:
    command = provision(registrar, "sipsak", "12347", "udp", tmp_path)
    assert sipsak(*command[1:]).returncode == 0
    assert len(registrar.registrations(number="12347")) == 1
    removal = [*command[1 : command.index("-x")], "-C", "*", "-x", "0"]
    assert sipsak(*removal).returncode == 0
    assert registrar.registrations(number="12347") == []
