"""baresip registers over UDP, TCP and TLS, shows what it is refused for, and does not lock itself out."""

from pathlib import Path

import pytest

from tests.interop.clients import client, provision
from tests.interop.conftest import Serve
from tests.interop.running import Running

pytestmark = pytest.mark.interop("baresip")


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_it_registers_and_unregisters_when_it_ends(registrar: Running, transport: str, tmp_path: Path) -> None:
    since = registrar.last_event
    with client(provision(registrar, "baresip", "12346", transport, tmp_path), tmp_path):
        registered = registrar.event("registered", "12346", since)
        (registration,) = registrar.registrations(number="12346")
    assert registration["terminal"].startswith("baresip ")
    assert registration["port"] == registrar.address(f"sip_{transport}")[1]
    assert (registration["secure"], registration["tls_version"]) == (
        (True, "TLSv1.3") if transport == "tls" else (False, None)
    )
    assert registrar.event("unregistered", "12346", registered["id"])["cause"] == "terminal"


def test_three_accounts_register_from_one_folder(registrar: Running, tmp_path: Path) -> None:
    since = registrar.last_event
    with client(provision(registrar, "baresip", "12345..12347", "tls", tmp_path), tmp_path):
        for number in ("12345", "12346", "12347"):
            assert registrar.event("registered", number, since)["secure"]


def test_a_wrong_pin_is_one_failure_and_it_says_why(registrar: Running, tmp_path: Path) -> None:
    since = registrar.last_event
    with client(provision(registrar, "baresip", "12346", "udp", tmp_path, pin="1147"), tmp_path) as phone:
        registrar.wait_for(lambda: "403 Wrong Number Or PIN" in phone.printed)
    told = registrar.get("events", number="12346", since=since)["events"]
    assert {(event["type"], event.get("reason")) for event in told} == {("refused", "WRONG_PIN")}
    assert told[-1]["count"] <= 4, "a burst, at the start and at the end"


def test_a_softphone_meets_all_secure_and_plays_a_secure_terminal(serve: Serve, tmp_path: Path) -> None:
    program = serve()
    program.execute("extension -e -d 12346,12347", "sec_policy -set 1")
    command = provision(program, "baresip", "12345", "tls", tmp_path)
    with client(command, tmp_path) as phone:
        refused = program.event("refused", "12345")
        program.wait_for(lambda: "403 Terminal Type Not Allowed" in phone.printed)
    assert (refused["reason"], refused["row"]) == ("TERMINAL_NOT_ALLOWED", "T2.4")
    program.execute('terminal_type -i --pattern "^baresip" --class secure --family "lab softphone"')
    with client(command, tmp_path):
        registered = program.event("registered", "12345")
    assert (registered["row"], registered["family"]) == ("T2.3", "lab softphone")
