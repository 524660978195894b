"""Linphone registers over UDP, TCP and TLS; over TLS it verifies the certificate and its name."""

from pathlib import Path

import pytest

from tests.interop.clients import client, provision
from tests.interop.running import Running

pytestmark = pytest.mark.interop("linphonec")


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_it_registers_and_unregisters_when_it_quits(registrar: Running, transport: str, tmp_path: Path) -> None:
    since = registrar.last_event
    with client(provision(registrar, "linphone", "12345", transport, tmp_path), tmp_path, "quit"):
        registered = registrar.event("registered", "12345", since)
    assert registered["terminal"].startswith("Linphonec/")
    assert registered["port"] == registrar.address(f"sip_{transport}")[1]
    assert registered["tls_server_name"] == ("localhost" if transport == "tls" else None)
    assert registrar.event("unregistered", "12345", registered["id"])["cause"] == "terminal"


def test_it_refuses_a_certificate_of_another_ca(registrar: Running, tmp_path: Path) -> None:
    command = provision(registrar, "linphone", "12345", "tls", tmp_path)
    settings = tmp_path / "linphonerc"
    settings.write_text(settings.read_text().replace(registrar.ca_file, "/dev/null"))
    with client(command, tmp_path, "quit"):
        (refused,) = registrar.get("events", type="handshake_refused", wait=20)["events"]
    assert "does not trust the certificate authority" in refused["detail"]
