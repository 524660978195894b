"""What a fuzzer begins with when there is no corpus: messages as they are."""

from registrar.h323.identifiers import Identifiers
from registrar.h323.ras import encode
from registrar.sip.names import WRITTEN
from tests.fuzz.targets import BETWEEN, LATER, OVER_TCP, OVER_TLS
from tests.h323 import values
from tests.h323.endpoint import Endpoint
from tests.h323.vectors import CANONICAL, CAPTURED
from tests.lab import NOW
from tests.servers.ras_book import KEY, PHONE
from tests.servers.test_ras_requests import requests
from tests.servers.test_ras_robust import everything
from tests.servers.test_sip_fuzz import PIECES, SUBSCRIBE
from tests.servers.test_sip_fuzz import SEEDS as SIP
from tests.sip.road import REGISTER, octets, with_lines

LARGEST = 1500


def seeds(target: str) -> list[bytes]:
    """The first inputs of a target."""
    if target == "sip_message":
        return SIP
    if target == "sip_stream":
        return [b"\x80" + data for data in SIP] + [b"\x40\r\n\r\n" + SIP[0] + SIP[1]]
    if target == "sip_server":
        return [*SIP, *[OVER_TCP + data for data in SIP], *_stories()]
    endpoint = Endpoint("12347", clock=lambda: NOW)
    asked = everything(endpoint)
    if target == "ras_message":
        random = [data for data in CANONICAL if len(data) <= LARGEST]
        made = [encode(values.message(name, values.picker(0))) for name in values.ALTERNATIVES]
        return [*asked, *[captured.octets for captured in CAPTURED], *random, *made]
    framed = [_frame(0, data) for data in asked]
    if target == "ras_stream":
        return [b"\x80" + data for data in framed] + [b"\x40" + b"".join(framed[:3])]
    return [
        *framed,
        *[_frame(1, data) for data in asked],
        *[_frame(0, captured.octets) for captured in CAPTURED],
        b"".join(framed),
        framed[1] + b"\x03\0\0\4" * 4 + b"".join(_frame(0, data) for data in requests(endpoint)),
        b"".join(_frame(0, data) for data in _besieged()),
    ]


def words(target: str) -> list[bytes]:
    """What a fuzzer of the target puts in by preference."""
    if not target.startswith("sip"):
        return [b"\x03\0\0\4", b"\x03\1\0", b"12347", b"12345", b"\0\x08\x91\x4a\0", _showing().encode("utf-16-be")]
    names = [f"\r\n{name}: ".encode() for name in WRITTEN.values()]
    return [*names, *PIECES, b"z9hG4bK", b"+sip.instance", b"reg-id=1", b"12347", b"12345", b"SUBSCRIBE", b"NOTIFY"]


def _frame(way: int, data: bytes) -> bytes:
    return bytes((3, way)) + (len(data) + 4).to_bytes(2, "big") + data


def _showing() -> str:
    """The gatekeeperIdentifier by which the target's phone shows its address."""
    return Identifiers(KEY, lambda: "01234567").gatekeeper_for("registrar", PHONE[0])


def _besieged() -> list[bytes]:
    """Wrong PINs until none is looked at any more, discovery, and one that shows its address."""
    liar = Endpoint("12345", "0815", clock=lambda: NOW)
    guesses = [liar.register() for _ in range(10)]
    return [*guesses, liar.discover(), liar.register(gatekeeperIdentifier=_showing())]


def _stories() -> list[bytes]:
    register = octets(with_lines(REGISTER, "To: <sip:12347@lab.example>"))
    watch = octets(with_lines(SUBSCRIBE, "Require:", "To: <sip:12347@lab.example>"))
    gone = octets(with_lines(REGISTER, "To: <sip:12347@lab.example>", "CSeq: 2 REGISTER", "Contact: *", "Expires: 0"))
    over = octets(
        with_lines(
            REGISTER,
            "To: <sip:12347@lab.example>",
            "Supported: outbound, gruu, path",
            'Contact: <sip:a@h>;+sip.instance="<urn:uuid:1>";reg-id=1',
        )
    )
    no_xml = octets(
        with_lines(
            REGISTER, "To: <sip:12347@lab.example>", 'Contact: <sip:a@h>;x="<&\x1b\x0b\udcff\uffff"', "Call-ID: \x1b"
        )
    )
    answer = octets(
        """\
        SIP/2.0 200 OK
        Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKtoken1;rport
        From: <sip:12347@lab.example>;tag=1
        To: <sip:12347@lab.example>;tag=2
        Call-ID: call-1
        CSeq: 1 NOTIFY
        Content-Length: 0
        """
    )
    return [
        BETWEEN.join(parts)
        for parts in (
            (register, watch, gone),
            (watch, register, LATER + b"xxxxxxxx", answer, gone),
            (OVER_TLS + over, OVER_TLS + watch, register, LATER + b"x" * 16),
            (no_xml, OVER_TCP + watch, OVER_TLS + watch),
            (OVER_TCP + over, OVER_TCP + b"\r\n\r\n", watch, answer),
        )
    ]
