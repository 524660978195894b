"""What the registrar sends goes back the way the phone came, wherever it says that it, its proxies or others are.

A third party listens where phones point at: at other addresses and ports, over UDP and TCP, by name and over IPv6. It
must hear nothing, and nothing must have been sent but to the phones' own sockets, the registrar's own trace says.
"""

import contextlib
import select
import socket
from collections.abc import Iterator
from itertools import count

import pytest

from registrar.h323.ras import decode
from tests.h323.endpoint import Endpoint, transport
from tests.interop.conftest import Serve
from tests.interop.ras_wire import RasTls, RasUdp
from tests.interop.running import Running
from tests.interop.terminal import Message, parse
from tests.interop.wire import Tcp, Tls, Udp, Wire

_numbers = count(1)


class ThirdParty:
    """Somebody whom phones point at and who never asked for anything."""

    def __init__(self, host: str) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._udp, self._tcp = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_STREAM)
        for each in (self._udp, self._tcp):
            each.bind((host, 0))
        self._tcp.listen()
        self.host = f"[{host}]" if ":" in host else host
        self.udp, self.tcp = self._udp.getsockname()[1], self._tcp.getsockname()[1]

    def heard(self) -> bool:
        return bool(select.select([self._udp, self._tcp], [], [], 0)[0])

    def close(self) -> None:
        self._udp.close()
        self._tcp.close()


@pytest.fixture
def victim() -> Iterator[ThirdParty]:
    with contextlib.closing(ThirdParty("127.0.0.2")) as party:
        yield party


@pytest.fixture
def victim6() -> Iterator[ThirdParty]:
    with contextlib.closing(ThirdParty("::1")) as party:
        yield party


def pointers(registrar: Running, victim: ThirdParty, victim6: ThirdParty) -> list[str]:
    """URIs of everybody but the phone: third parties by all transports, and the registrar's own ports."""
    at, udp, tcp = victim.host, victim.udp, victim.tcp
    own = [registrar.address(name) for name in ("sip_udp", "sip_tls", "ras_udp", "ras_tls", "http")]
    return [
        f"sip:NUMBER@{at}:{udp}",
        f"sip:NUMBER@{at}:{tcp};transport=tcp",
        f"sips:NUMBER@{at}:{tcp}",
        f"sip:NUMBER@192.0.2.1;maddr={at};transport=udp",
        f"sip:NUMBER@localhost:{udp}",
        f"sip:NUMBER@{victim6.host}:{victim6.udp}",
        f"sip:NUMBER@{victim6.host}:{victim6.tcp};transport=tcp",
        *[f"sip:NUMBER@{f'[{host}]' if ':' in host else host}:{port}" for host, port in own],
    ]


class Phone:
    """Sends what it is told to, and takes what comes."""

    def __init__(self, wire: Wire, number: str) -> None:
        self.number = number
        self._wire = wire
        host, port = wire.local
        self.here = f"{f'[{host}]' if ':' in host else host}:{port}"
        self.seen: list[Message] = []

    def send(self, method: str, target: str, *lines: str) -> None:
        name = next(_numbers)
        usual = {
            "Via": f"SIP/2.0/{self._wire.transport} {self.here};branch=z9hG4bK{name};rport",
            "From": f"<sip:{self.number}@{target}>;tag=1",
            "To": f"<sip:{self.number}@{target}>",
            "Call-ID": f"{name}",
            "CSeq": f"1 {method}",
            "Contact": f"<sip:{self.number}@{self.here}>",
            "Content-Length": "0",
        }
        given = {line.partition(":")[0] for line in lines}
        head = [f"{method} sip:{self.number}@{target} SIP/2.0"]
        head += [f"{name}: {value}" for name, value in usual.items() if name not in given] + list(lines)
        self._wire.send(("\r\n".join(head) + "\r\n\r\n").replace("NUMBER", self.number).encode())

    def until(self, wanted: str, times: int = 1) -> list[Message]:
        """Take messages until so many begin as wanted, answer the requests among them; return those wanted."""
        while len([each for each in self.seen if each.start.startswith(wanted)]) < times:
            message = parse(self._wire.receive())
            if message.is_request:
                copied = [
                    (name, value) for name, value in message.headers if name in ("Via", "From", "To", "Call-ID", "CSeq")
                ]
                lines = ["SIP/2.0 200 OK", *[f"{name}: {value}" for name, value in copied], "Content-Length: 0"]
                self._wire.send(("\r\n".join(lines) + "\r\n\r\n").encode())
            if message not in self.seen:
                self.seen.append(message)
        found = [each for each in self.seen if each.start.startswith(wanted)]
        self.seen = []
        return found


def connect(registrar: Running, transport: str) -> Wire:
    address = registrar.address(f"sip_{transport}")
    if transport == "tls":
        return Tls(address, ca_file=registrar.ca_file, name="localhost")
    return Udp(address, None) if transport == "udp" else Tcp(address, None)


def prove(registrar: Running, target: str) -> None:
    """Show by a connection that this address is no lie: a lie is told nothing at length (docs/security.md)."""
    with connect(registrar, "tcp") as wire:
        phone = Phone(wire, "500")
        phone.send("OPTIONS", target)
        phone.until("200")


def sent_to(registrar: Running) -> set[tuple[str, int]]:
    """Where the registrar sent anything to, as its trace has it."""
    records = registrar.get("trace", limit=100_000)["records"]
    return {(record["address"], record["source_port"]) for record in records if record["kind"] == "sent"}


@pytest.mark.parametrize(
    ("host", "transport"),
    [("127.0.0.1", "udp"), ("127.0.0.1", "tcp"), ("127.0.0.1", "tls"), ("::1", "udp"), ("::1", "tcp")],
)
def test_whatever_a_phone_points_at_is_sent_nothing(
    serve: Serve, host: str, transport: str, victim: ThirdParty, victim6: ThirdParty
) -> None:
    registrar = serve("--host", host)
    target = f"[{host}]" if ":" in host else host
    registrar.execute("extension -i -d 500..599 --csp 1 --lim 1 --security-exception yes")
    others = pointers(registrar, victim, victim6)
    numbers = (str(number) for number in count(500))
    prove(registrar, target)
    allowed = {("::1" if ":" in host else "127.0.0.1", address[1]) for address in sent_to(registrar)}
    with contextlib.ExitStack() as wires:
        phones = []
        for other in others:
            hop = f"<{other.replace('NUMBER@', '')};lr>"
            for lines in (
                (f"Contact: <{other}>",),
                (f'Contact: <{other}>;+sip.instance="<urn:x>";reg-id=1', "Supported: outbound"),
                (f"Path: {hop}", "Supported: path"),
                (f"Route: {hop}", f"Record-Route: {hop}", f"Reply-To: <{other}>"),
            ):
                wire = wires.enter_context(connect(registrar, transport))
                phone = Phone(wire, next(numbers))
                phone.send("REGISTER", target, *lines)
                phone.until("200")
                phone.send("SUBSCRIBE", target, "Event: reg", f"Contact: <{other}>", f"Record-Route: {hop}")
                phone.until("NOTIFY")
                allowed.add(wire.local)
                phones.append(phone)
        registrar.execute("extension_unregistration -d all")
        for phone in phones:
            kinds = {message.one("Event") for message in phone.until("NOTIFY", 2)}
            assert kinds == {"check-sync;reboot=false", "reg"}
        registrar.execute("extension -e -d 500..599")
        for phone in phones:
            (last,) = phone.until("NOTIFY")
            assert last.one("Subscription-State") == "terminated;reason=noresource"
    assert sent_to(registrar) <= allowed
    assert not victim.heard()
    assert not victim6.heard()


@pytest.mark.parametrize("via", ["{at};branch=z9hG4bK1;rport", "{at};branch=z9hG4bK1;rport={udp};received=127.0.0.2",
                                 "{at};branch=z9hG4bK1;maddr=127.0.0.2;rport", "{at};branch=z9hG4bK1;maddr=127.0.0.2",
                                 "localhost:{udp};branch=z9hG4bK1;received=127.0.0.2"])  # fmt: skip
def test_an_answer_goes_to_where_the_request_came_from_whatever_via_says(
    registrar: Running, victim: ThirdParty, via: str
) -> None:
    """Without ``rport`` it goes to the port in Via (RFC 3261 section 18.2.2), at the address the request came from."""
    with Udp(registrar.address("sip_udp"), None) as wire, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as beside:
        beside.bind(("127.0.0.1", victim.udp))
        beside.settimeout(20)
        phone = Phone(wire, "12347")
        value = via.format(at=f"{victim.host}:{victim.udp}", udp=victim.udp)
        phone.send("OPTIONS", "127.0.0.1", f"Via: SIP/2.0/UDP {value}")
        answer = parse(wire.receive() if "rport" in via else beside.recv(65535))
        assert answer.start == "200 OK"
        assert (answer.one("Via") or "").count("received=127.0.0.1") == 1
        assert "received=127.0.0.2" not in (answer.one("Via") or "")
    assert not victim.heard()


@pytest.mark.parametrize("inside", ["UDP", "TLS"])
def test_whatever_an_endpoint_says_of_its_addresses_ras_goes_back_the_way_it_came(
    serve: Serve, victim: ThirdParty, inside: str
) -> None:
    registrar = serve()
    registrar.execute("extension -i -d 500..599 --csp 1 --lim 1 --security-exception yes")
    own = [registrar.address(name) for name in ("sip_udp", "ras_udp", "http")]
    there = [transport((victim.host, victim.udp)), transport((victim.host, victim.tcp)), *map(transport, own)]
    allowed = set()
    with contextlib.ExitStack() as wires:
        phones: list[tuple[RasUdp, Endpoint]] = []
        for number, address in enumerate(there, 500):
            wire: RasUdp = wires.enter_context(
                RasUdp(registrar.address("ras_udp"))
                if inside == "UDP"
                else RasTls(registrar.address("ras_tls"), registrar.ca_file)
            )
            endpoint = Endpoint(str(number), signal=("192.0.2.1", 1720 + number), clock=lambda: 0.0)
            assert endpoint.take(wire.exchange(endpoint.discover(rasAddress=address))).name == "gatekeeperConfirm"
            request = endpoint.register(rasAddress=[address], callSignalAddress=[address])
            assert endpoint.take(wire.exchange(request)).name == "registrationConfirm"
            request = endpoint.keep_alive(rasAddress=[address], callSignalAddress=[address])
            assert endpoint.take(wire.exchange(request)).name == "registrationConfirm"
            phones.append((wire, endpoint))
            allowed.add(wire._socket.getsockname()[:2])
        registrar.execute("extension_unregistration -d all")
        for wire, endpoint in phones:
            name, value = decode(wire.receive())
            assert (name, value["endpointIdentifier"]) == ("unregistrationRequest", endpoint.identifier)
    assert sent_to(registrar) <= allowed
    assert not victim.heard()
