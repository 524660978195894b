"""Any octets, and valid messages with something changed: only SIP comes out, and nothing of theirs breaks out."""

from itertools import pairwise
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from registrar.model.changes import Change, SetExtension, SetRac
from registrar.model.extension import Extension, Rac
from registrar.sip.errors import SipError
from registrar.sip.framing import StreamParser
from registrar.sip.parser import parse_datagram
from tests.lab import TCP_5060, flow
from tests.servers.playbook import PHONE, Playbook, Wire
from tests.sip.road import REGISTER, digest, octets, with_lines
from tests.sip.well_formed import check

TORTURE = sorted((Path(__file__).parents[1] / "torture").glob("*.dat"))
RICH = with_lines(
    REGISTER,
    "Via: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK1;rport, SIP/2.0/TCP [2001:db8::1];x=\"y\";received=1.2.3.4",
    'From: "Anna \\"B\\"" <sip:12347@lab.example>;tag=phone',
    "To: <sip:12347@lab.example;user=phone>",
    'Contact: "x" <sip:a@h;t=1?b=c>;q=0.5;+sip.instance="<urn:uuid:1>";reg-id=1;methods="A,B", <sip:b@h>;expires=0',
    "Supported: path, gruu, outbound",
    "Path: <sip:p1.example;lr;ob>",
    "Require: path",
    "User-Agent: Mitel 6930 SIP/5.1.0",
)  # fmt: skip
GUESS = with_lines(REGISTER, digest("12345", "4711", "REGISTER", "sip:lab.example", "n" * 38))
SUBSCRIBE = with_lines(
    RICH.replace("REGISTER", "SUBSCRIBE").replace("sip:lab.example SIP", "sip:12347@lab.example SIP"),
    "Contact: <sip:watcher@127.0.0.1:40000>",
    "Record-Route: <sip:r1.example;lr>",
    "Event: reg;id=7",
    "Accept: application/reginfo+xml, text/plain;q=0.1",
)
SEEDS = [
    *[octets(text) for text in (REGISTER, RICH, GUESS, SUBSCRIBE, REGISTER.replace("REGISTER", "OPTIONS"))],
    *[file.read_bytes() for file in TORTURE],
]
PIECES = [
    *[
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n ",
        b"\0",
        b"\\\0",
        b'"',
        b"\\",
        b"<",
        b">",
        b";",
        b",",
        b"=",
        b":",
        b"@",
        b"?",
        b"*",
    ],
    *[b"%", b"%0d%0a", b" ", b"\t", b"[", b"]", b"&", b"\x7f", b"\x0b", b"\xff", b"\xc3\xa5", b"\xe2\x80\xa8"],
    *[b"\r\nInjected: yes", b"\nInjected: yes", b"\rInjected: yes", b"?Injected=yes", b"9" * 30, b"x" * 300],
    *[b";tag=x", b";received=6.6.6.6", b";rport", b"Content-Length: 5\r\n", b"l: -1\r\n", b"Via: \r\n", b"\r\n\r\n"],
    *[b"Contact: *\r\n"],
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A message, with pieces put in, taken out, doubled, or octets changed."""
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(data)))
        match draw(st.integers(0, 4)):
            case 0:
                data = data[:at] + draw(st.sampled_from(PIECES)) + data[at:]
            case 1:
                data = data[:at] + data[at + draw(st.integers(1, 30)) :]
            case 2:
                data = data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]
            case 3:
                lines = data.split(b"\r\n")
                one, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
                lines.insert(one, lines[other])
                data = b"\r\n".join(lines)
            case _:
                data = data[at:] if draw(st.booleans()) else data[:at]
    return data


anything = st.one_of(
    mutated(), st.binary(max_size=200), st.binary(max_size=60).map(lambda data: b"A a:a SIP/2.0" + data)
)


def book() -> Playbook:
    """A registrar that needs no event loop: bindings in memory alone; 12345 has a PIN, 12347 has none."""
    loaded: list[Change] = [
        SetExtension("12345", Extension("12345", 1, 1, security_exception=False)),
        SetRac("12345", Rac("12345", "4711")),
        SetExtension("12347", Extension("12347", 1, 1)),
        SetExtension("1001", Extension("1001", 1, 1)),
    ]
    return Playbook(loaded=loaded, durable=False)


@given(anything)
@example(b"")
@example(b"\r\n")
def test_a_datagram_of_any_octets_is_a_message_or_a_fault(data: bytes) -> None:
    try:
        message = parse_datagram(data)
    except SipError as error:
        request = error.request
        assert request is None or request.via.host
    else:
        assert message.via.host
        assert message.call_id


@given(st.lists(anything, max_size=3).map(b"".join), st.lists(st.integers(0, 2000), max_size=5))
def test_a_stream_of_any_octets_is_the_same_however_it_is_cut(data: bytes, cuts: list[int]) -> None:
    whole, pieces = StreamParser(), StreamParser()
    once = whole.feed(data)
    places = [0, *sorted(cuts), len(data)]
    parts = [item for start, end in pairwise(places) for item in pieces.feed(data[start:end])]
    assert [str(item) for item in parts] == [str(item) for item in once]
    assert (pieces.closed, pieces.waiting) == (whole.closed, whole.waiting)


@given(anything)
def test_whatever_comes_in_a_datagram_is_answered_by_sip_or_not_at_all(data: bytes) -> None:
    registrar = book()
    registrar.sip.datagram(flow().listener, data, PHONE)
    registrar.tick(1)
    for sent, (host, port) in registrar.datagrams:
        if data[:1] > b"\x01":
            check(sent, data)
        assert host == PHONE[0]
        assert 0 < port < 65536


@given(st.lists(anything, max_size=3).map(b"".join))
def test_whatever_comes_over_a_connection_is_answered_by_sip_or_not_at_all(data: bytes) -> None:
    registrar = book()
    wire = Wire(flow(TCP_5060, connection=1))
    registrar.sip.connected(wire)
    registrar.sip.received(wire, data)
    registrar.sip.closed(wire)
    assert registrar.datagrams == []
    for sent in wire.sent:
        if sent != b"\r\n":
            check(sent, b"")


@given(anything, anything)
def test_nothing_that_was_registered_breaks_a_later_answer(first: bytes, second: bytes) -> None:
    registrar = book()
    for data in (first, second):
        registrar.sip.datagram(flow().listener, data, PHONE)
    registrar.datagrams.clear()
    for number in ("12347", "1001"):
        query = octets(with_lines(REGISTER, "Contact:", "Supported: gruu", f"To: <sip:{number}@lab.example>"))
        registrar.sip.datagram(flow().listener, query, PHONE)
        watch = octets(with_lines(SUBSCRIBE, f"To: <sip:{number}@lab.example>", f"Call-ID: {number}", "Require:"))
        registrar.sip.datagram(flow().listener, watch, PHONE)
        for sent, _ in registrar.datagrams:
            check(sent, b"")
            parse_datagram(sent)
        registrar.datagrams.clear()
