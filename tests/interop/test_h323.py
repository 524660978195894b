"""H.323 endpoints at the real program: over UDP and inside TLS, over a restart, and with the TLS of D4 telephones."""

import socket
import ssl
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from registrar.h323.ras import decode, encode
from tests.h323.endpoint import Endpoint, is_signed, transport
from tests.interop.conftest import Serve
from tests.interop.ras_wire import RasTls, RasUdp
from tests.interop.running import Running
from tests.interop.terminal import Terminal
from tests.interop.wire import Tls, Udp

pytestmark = pytest.mark.slow

Wire = Callable[[Running], RasUdp]


def udp(program: Running) -> RasUdp:
    return RasUdp(program.address("ras_udp"))


def tls(program: Running, *, framed: bool = True, old: bool = False) -> RasTls:
    return RasTls(program.address("ras_tls"), program.ca_file, framed=framed, old=old)


WIRES = pytest.mark.parametrize("over", [udp, tls])


def endpoint(number: str = "12345", pin: str = "4711", **more: str) -> Endpoint:
    return Endpoint(number, pin, clock=time.time, **more)  # type: ignore[arg-type]


def registered(wire: RasUdp, phone: Endpoint) -> None:
    phone.take(wire.exchange(phone.discover()))
    confirm = phone.take(wire.exchange(phone.register()))
    assert confirm.name == "registrationConfirm", confirm


@WIRES
def test_unregistration_by_the_operator_reaches_the_endpoint_and_it_comes_back(registrar: Running, over: Wire) -> None:
    with over(registrar) as wire:
        phone = endpoint(token="H.235.1")
        registered(wire, phone)
        registrar.execute("extension_unregistration -d 12345")
        octets = wire.receive()
        told = decode(octets)
        assert told.name == "unregistrationRequest"
        assert told.value["endpointIdentifier"] == phone.identifier
        assert is_signed(octets, "4711", sender="registrar", receiver=phone.identifier)
        wire.send(encode(("unregistrationConfirm", {"requestSeqNum": told.value["requestSeqNum"]})))
        assert registrar.registrations(number="12345") == []
        phone.identifier = ""
        registered(wire, phone)
        phone.take(wire.exchange(phone.unregister()))
        assert registrar.registrations(number="12345") == []


@WIRES
def test_registrations_outlive_the_program(serve: Serve, over: Wire) -> None:
    program = serve()
    phone = endpoint(token="CAT")
    with over(program) as wire:
        registered(wire, phone)
    (before,) = program.registrations(number="12345")
    program.stop()
    program = serve()
    assert program.registrations(number="12345") == [before]
    with over(program) as wire:
        confirm = phone.take(wire.exchange(phone.keep_alive()))
        assert (confirm.name, confirm.value["endpointIdentifier"]) == ("registrationConfirm", before["instance"])
        assert phone.take(wire.exchange(phone.unregister())).name == "unregistrationConfirm"


def test_an_endpoint_that_stays_silent_is_asked_and_then_unregistered(serve: Serve) -> None:
    program = serve("--min-expires", "1", "--ras-grace", "2")
    phone = endpoint("12347", "")
    with udp(program) as wire:
        assert phone.take(wire.exchange(phone.register(timeToLive=1))).value["timeToLive"] == 1
        assert decode(wire.receive()).name == "infoRequest"
        event = program.event("unregistered", "12347")
        assert (event["protocol"], event["cause"]) == ("h323", "expired")
        while (told := decode(wire.receive())).name == "infoRequest":
            pass
        assert (told.name, told.value["reason"]) == ("unregistrationRequest", ("ttlExpired", None))


def test_phones_of_both_protocols_are_listed_side_by_side_on_their_four_ports(registrar: Running) -> None:
    with (
        udp(registrar) as ras,
        tls(registrar) as secure_ras,
        Udp(registrar.address("sip_udp"), None) as sip,
        Tls(registrar.address("sip_tls"), ca_file=registrar.ca_file) as sips,
    ):
        registered(ras, endpoint("12347", ""))
        registered(secure_ras, endpoint("12346", "4712"))
        assert Terminal(sip, "12347", "Linphone").register()[-1].start == "200 OK"
        assert Terminal(sips, "12346", "Mitel 6930").register("4712")[-1].start == "200 OK"
        lines = registrar.execute("ip_extension -p -d 12346,12347").splitlines()
        shown = {
            (line.split()[0], line.split()[1], port)
            for line in lines
            for port in ports(registrar)
            if port in line.split()
        }
        assert shown == {
            ("12347", "H.323", str(registrar.address("ras_udp")[1])),
            ("12346", "H.323", str(registrar.address("ras_tls")[1])),
            ("12347", "SIP", str(registrar.address("sip_udp")[1])),
            ("12346", "SIP", str(registrar.address("sip_tls")[1])),
        }
        port = registrar.address("ras_tls")[1]
        details = registrar.execute(f"ip_extension -p -d 12346 --port {port} -v")
        for words in ("H.323 over TLS, TLSv1.3", "Equivalence (OpenH323) (T.35 9/0/61)", "12346 (dialledDigits)"):
            assert words in details
        registrar.execute("extension_unregistration -d all")
        assert decode(ras.receive()).name == decode(secure_ras.receive()).name == "unregistrationRequest"
        assert registrar.registrations() == []


def ports(program: Running) -> list[str]:
    return [str(program.address(name)[1]) for name in ("sip_udp", "sip_tls", "ras_udp", "ras_tls")]


# -- forged addresses -----------------------------------------------------------------------------------------------

IP_PKTINFO = 8
"""Linux's: which address a datagram is sent from (ip(7)); on this host any of 127.0.0.0/8."""


def forge(program: Running, guesses: int, *hosts: str) -> None:
    """Send wrong PINs for 12345 in the name of other hosts, and see none of the answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.connect(program.address("ras_udp"))
        for guess in range(guesses):
            for host in hosts:
                liar = endpoint(pin=f"{guess}000")
                place = socket.inet_aton(host)
                info = (socket.IPPROTO_IP, IP_PKTINFO, struct.pack("@I4s4s", 0, place, place))
                wire.sendmsg([liar.register()], [info])


def test_wrong_pins_from_forged_addresses_lock_out_nobody_who_can_be_reached(serve: Serve) -> None:
    program = serve("--lockout-delay", "0")
    phone, restarted = endpoint(), endpoint()
    liars = [f"127.{place}.{place}.1" for place in range(1, 9)]
    with udp(program) as wire, Udp(program.address("sip_udp"), None) as sip:
        registered(wire, phone)
        forge(program, 3, "127.0.0.1", *liars)
        assert refusal(restarted, wire) == "discoveryRequired"
        assert phone.take(wire.exchange(phone.keep_alive())).name == "registrationConfirm"
        assert Terminal(sip, "12345", "Linphone").register("4711")[-1].start == "200 OK"
        assert "12345   number, unproven" in program.execute("ip_extension -p --state locked")
        registered(wire, restarted)
        assert restarted.gatekeeper.startswith("registrar-")
        program.stop()
    program = serve()
    with udp(program) as wire:
        assert refusal(endpoint(), wire) == "discoveryRequired"
        assert restarted.take(wire.exchange(restarted.keep_alive())).name == "registrationConfirm"
        program.execute("ip_extension -u -d 12345")
        phone = endpoint()
        assert phone.take(wire.exchange(phone.register())).name == "registrationConfirm"


def refusal(phone: Endpoint, wire: RasUdp) -> str:
    """Why the phone may not register, with the right PIN."""
    answer = phone.take(wire.exchange(phone.register()))
    assert answer.name == "registrationReject", answer
    return str(answer.value["rejectReason"][0])


# -- TLS ------------------------------------------------------------------------------------------------------------


def test_d4_telephones_are_served_on_the_port_of_ras_alone_and_the_log_says_that_it_is_weak(serve: Serve) -> None:
    program = serve("--tls-profile", "d4")
    program.wait_for(lambda: "WEAK: RAS over TLS takes TLS 1.0" in program.printed)
    with tls(program, old=True) as wire:
        assert (wire.tls.version(), (wire.tls.cipher() or ("",))[0]) == ("TLSv1", "AES128-SHA")
        registered(wire, endpoint())
    (registration,) = program.registrations(number="12345")
    assert (registration["tls_version"], registration["tls_cipher"]) == ("TLSv1", "AES128-SHA")
    assert (registration["secure"], registration["signalling"]) == (True, "ENCRYPTED")
    with tls(program) as wire:
        assert wire.tls.version() == "TLSv1.3"
        registered(wire, endpoint("12347", ""))
    with pytest.raises(ssl.SSLError), RasTls(program.address("sip_tls"), program.ca_file, old=True):
        pass
    data = program.data / "certs"
    assert (data / "server-rsa.key").stat().st_mode & 0o077 == 0
    before = (data / "server-rsa.pem").read_bytes()
    program.stop()
    program = serve("--tls-profile", "d4")
    assert (data / "server-rsa.pem").read_bytes() == before


def test_without_the_profile_d4_telephones_are_told_what_to_set(registrar: Running) -> None:
    with pytest.raises(ssl.SSLError), tls(registrar, old=True):
        pass
    registrar.wait_for(lambda: "set tls_profile to d4" in registrar.printed)


def test_ras_in_the_clear_on_the_secure_port_is_told_as_such(registrar: Running) -> None:
    phone = endpoint().discover()
    with socket.create_connection(registrar.address("ras_tls"), 20) as plain:
        plain.sendall(b"\x03\0" + (len(phone) + 4).to_bytes(2, "big") + phone)
        while plain.recv(4096):
            pass
    registrar.wait_for(lambda: "the peer sends plain RAS to the TLS port" in registrar.printed)


def test_messages_without_frames_are_taken_where_it_is_set(serve: Serve) -> None:
    program = serve("--ras-framing", "bare")
    with tls(program, framed=False) as wire:
        registered(wire, endpoint())


def test_an_empty_frame_keeps_the_connection_alive(registrar: Running) -> None:
    with tls(registrar) as wire:
        wire.raw(b"\x03\0\0\4" * 3)
        registered(wire, endpoint("12347", ""))
        wire.raw(b"\x03\0\0\4")


# -- discovery ------------------------------------------------------------------------------------------------------


def test_discovery_by_multicast_is_answered_from_the_port_of_ras(serve: Serve) -> None:
    program = serve("--ras-discovery")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as looking:
        looking.settimeout(20)
        looking.bind(("127.0.0.1", 0))
        looking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        looking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, struct.pack("B", 1))
        phone = endpoint()
        looking.sendto(phone.discover(), ("224.0.1.41", 1718))
        octets, source = looking.recvfrom(65535)
    assert source == program.address("ras_udp")
    confirm = phone.take(octets)
    assert confirm.value["rasAddress"] == transport(program.address("ras_udp"))


def test_the_gatekeeper_tells_an_address_even_where_it_listens_on_all(serve: Serve) -> None:
    program = serve("--host", "0.0.0.0", "--gatekeeper", "MX-ONE lab")
    _, port = program.address("ras_udp")
    with RasUdp(("127.0.0.1", port)) as wire:
        confirm = decode(wire.exchange(endpoint().discover()))
    assert confirm.value["rasAddress"] == transport(("127.0.0.1", port))
    assert confirm.value["gatekeeperIdentifier"] == "MX-ONE lab"


def test_an_endpoint_on_ipv6_is_served(serve: Serve) -> None:
    program = serve("--host", "::1")
    with udp(program) as wire:
        confirm = decode(wire.exchange(endpoint().discover()))
        kind, value = confirm.value["rasAddress"]
        assert (kind, value["ip"]) == ("ip6Address", bytes(15) + b"\1")
        phone = endpoint("12347", "")
        signal = ("ip6Address", {"ip": bytes(15) + b"\1", "port": 1720})
        assert phone.take(wire.exchange(phone.register(callSignalAddress=[signal]))).name == "registrationConfirm"
    (registration,) = program.registrations(number="12347")
    assert registration["contact"] == "h323:12347@[::1]:1720"


# -- what is shown --------------------------------------------------------------------------------------------------


def test_no_pin_is_shown_anywhere(registrar: Running, tmp_path: Path) -> None:
    registrar.execute("auth_code -i -d 77777 --auth-code 918273645", "extension -i -d 77777 --csp 1 --lim 1")
    with tls(registrar) as wire:
        phone = endpoint("77777", "918273645", token="password")
        registered(wire, phone)
        phone.pin = "918273644"
        phone.take(wire.exchange(phone.keep_alive()))
    shown = registrar.printed + registrar.execute("ip_extension -p --verbose") + str(registrar.get("trace"))
    shown += str(registrar.get("events"))
    assert "91827364" not in shown
    assert "91827364".encode("utf-16-be").hex() not in shown
