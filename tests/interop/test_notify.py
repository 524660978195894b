"""What the registrar sends unasked: registration state to whoever watches it, and check-sync to phones it let go."""

import re
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from tests.interop import reginfo
from tests.interop.capture import Capture, Dissection
from tests.interop.clients import client, provision
from tests.interop.conftest import Serve
from tests.interop.running import Running
from tests.interop.terminal import Message, Terminal
from tests.interop.wire import Tcp, Tls, Udp, Wire

PIN = "4711"
TRANSPORTS = ["udp", "tcp", "tls"]


def connect(program: Running, transport: str, capture: Capture | None = None) -> Wire:
    address = program.address(f"sip_{transport}")
    if transport == "tls":
        return Tls(address, capture, ca_file=program.ca_file)
    return Udp(address, capture) if transport == "udp" else Tcp(address, capture)


def contacts(notify: Message) -> list[tuple[str | None, str | None, str | None]]:
    """State, event and URI of each contact of a NOTIFY, whose document is checked."""
    assert notify.one("Content-Type") == "application/reginfo+xml"
    (registration,) = reginfo.read(notify.body)
    found: list[Element] = registration.findall(f"{{{reginfo.NAMESPACE}}}contact")
    return [(each.get("state"), each.get("event"), each.findtext(f"{{{reginfo.NAMESPACE}}}uri")) for each in found]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_whoever_watches_a_number_is_told_of_every_change(registrar: Running, transport: str, tmp_path: Path) -> None:
    with connect(registrar, transport) as watching, connect(registrar, transport) as registering:
        watcher = Terminal(watching, "12345", "watcher/1")
        phone = Terminal(registering, "12345", "phone/1")
        assert watcher.subscribe(PIN)[-1].start == "200 OK"
        first = watcher.listen()
        assert (first.one("Event"), contacts(first)) == ("reg", [])
        assert re.fullmatch(r"active;expires=(600|599)", first.one("Subscription-State") or "")
        phone.register(PIN)
        assert contacts(watcher.listen()) == [("active", "registered", phone.contact)]
        phone.register(PIN)
        assert contacts(watcher.listen()) == [("active", "refreshed", phone.contact)]
        phone.register(PIN, expires=0)
        assert contacts(watcher.listen()) == [("terminated", "unregistered", phone.contact)]
        phone.register(PIN)
        assert contacts(watcher.listen()) == [("active", "registered", phone.contact)]
        registrar.execute("extension_unregistration -d 12345")
        assert contacts(watcher.listen()) == [("terminated", "deactivated", phone.contact)]
        assert watcher.subscribe(PIN, expires=0)[-1].start == "200 OK"
        last = watcher.listen()
        assert (last.one("Subscription-State") or "").startswith("terminated")
        assert contacts(last) == []


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_phone_that_is_let_go_is_asked_to_come_back_over_its_own_flow(registrar: Running, transport: str) -> None:
    with connect(registrar, transport) as wire:
        phone = Terminal(wire, "12346", "phone/1")
        assert phone.register("4712")[-1].start == "200 OK"
        registrar.execute("extension_unregistration -d 12346")
        assert registrar.registrations(number="12346") == []
        asked = phone.listen()
    assert asked.start == f"NOTIFY {phone.contact} SIP/2.0"
    assert asked.one("Event") == "check-sync;reboot=false"
    assert asked.one("Subscription-State") == "terminated"


@pytest.mark.interop("tshark")
def test_what_is_sent_unasked_is_dissected_without_a_fault(serve: Serve, tmp_path: Path) -> None:
    program = serve("--tls-key-log", str(tmp_path / "keys"))
    capture = Capture()
    for transport in TRANSPORTS:
        with connect(program, transport, capture) as wire:
            phone = Terminal(wire, "12345", "phone/1")
            phone.subscribe(PIN)
            phone.listen()
            phone.register(PIN)
            phone.listen()
            program.execute("extension_unregistration -d 12345")
            assert {phone.listen().one("Event") for _ in range(2)} == {"reg", "check-sync;reboot=false"}
    capture.write(tmp_path / "notify.pcap")
    dissection = Dissection(tmp_path / "notify.pcap", tmp_path / "keys")
    assert dissection.wrong == []
    assert len([line for line in dissection.requests if line.startswith("NOTIFY ")]) == 4 * len(TRANSPORTS)


@pytest.mark.interop("baresip")
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_baresip_gets_the_notify(serve: Serve, transport: str, tmp_path: Path) -> None:
    program = serve()
    command = [*provision(program, "baresip", "12346", transport, tmp_path), "-s"]
    with client(command, tmp_path) as phone:
        program.event("registered", "12346")
        program.execute("extension_unregistration -d 12346")
        program.event("unregistered", "12346")
        program.wait_for(lambda: "Event: check-sync" in phone.printed)
    sent = phone.printed.partition("NOTIFY sip:12346-")[2]
    assert "Event: check-sync;reboot=false" in sent.partition("\n\n")[0].replace("\r", "")
