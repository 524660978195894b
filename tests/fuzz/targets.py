"""The targets: a function each, which takes octets and raises when something does not hold.

Nothing but the codec's own error, an answer or none, no change without an accepted outcome, bounded work.
"""

import signal
from collections.abc import Callable
from xml.etree.ElementTree import fromstring

from registrar.core.limits import Limits
from registrar.h323.errors import PerError
from registrar.h323.framing import FramingError, TpktParser
from registrar.h323.identifiers import Identifiers
from registrar.h323.overload import come_again
from registrar.h323.ras import decode, encode
from registrar.h323.tree import lines
from registrar.model.flow import Address
from registrar.sip.errors import SipError
from registrar.sip.framing import StreamParser
from registrar.sip.message import Request, Response
from registrar.sip.parser import parse_datagram
from tests.fuzz.node import LOADED, AtOnce, Watched, forget_what_was_parsed
from tests.lab import TCP_5060, TLS_3727, TLS_5061, UDP_1719, UDP_5060, flow
from tests.servers.playbook import PHONE, Playbook, Wire
from tests.servers.ras_book import Book
from tests.sip.road import REGISTER, octets, with_lines
from tests.sip.well_formed import check

Target = Callable[[bytes], None]

MOST_SECONDS = 1.0
"""Of the processor, for one input: a hundred times what the dearest one takes, whatever runs beside it."""
LARGEST = 65_536
LIMITS = Limits(lockout_failures=3)

BETWEEN = b"\x1e"
"""Between the messages of an input of ``sip_server``; a message that begins with one of the following goes its way."""
OVER_TCP, OVER_TLS, LATER = b"\x1d", b"\x1c", b"\x1f"

IDENTIFIERS = Identifiers(b"a key that no other test has", lambda: "01234567")

ANOTHER: Address = ("127.0.0.9", 40009)
"""A phone that has nothing to do with all this."""
QUERY = octets(with_lines(REGISTER, "To: <sip:1001@lab.example>", "Contact:", "Call-ID: another"))


def sip_message(data: bytes) -> None:
    """A datagram is a message or a ``SipError``."""
    message: Request | Response | None
    try:
        message = parse_datagram(data)
    except SipError as error:
        message = error.request
    assert message is None or message.via.host


def sip_stream(data: bytes) -> None:
    """A stream is the same messages in one piece, in two, and octet by octet; the first octet says where it is cut."""
    at, data = (data[0], data[1:]) if data else (0, data)
    whole, halves, single = StreamParser(), StreamParser(), StreamParser()
    once = [_told(item) for item in whole.feed(data)]
    cut = len(data) * at // 256
    assert [_told(item) for part in (data[:cut], data[cut:]) for item in halves.feed(part)] == once
    if len(data) <= 2048:
        assert [_told(item) for octet in data for item in single.feed(bytes([octet]))] == once
    assert (whole.closed, whole.waiting) == (halves.closed, halves.waiting)
    assert len(whole._buffer) <= LARGEST


def _told(item: object) -> str:
    return f"{item} {item.close}" if isinstance(item, SipError) else str(item)


def sip_server(data: bytes) -> None:
    """Datagrams and connections of several phones, one after the other, through the whole server."""
    book = Playbook(loaded=LOADED, durable=False, limits=LIMITS, commit=AtOnce())
    watched = Watched(book.system)
    wires = {
        OVER_TCP: book.connect(flow(TCP_5060, connection=1)),
        OVER_TLS: book.connect(flow(TLS_5061, connection=2)),
    }
    for part in data.split(BETWEEN)[:16]:
        way, rest = part[:1], part[1:]
        if way in wires:
            watched.take(lambda way=way, rest=rest: _over(book, wires[way], rest))  # type: ignore[misc]
        elif way == LATER:
            book.tick(min(len(rest), 16) / 4)
        else:
            watched.take(lambda part=part: book.sip.datagram(UDP_5060, part, PHONE))  # type: ignore[misc]
        _sent_to_a_phone(book, part)
    watched.shown(book.now)
    for wire in wires.values():
        book.sip.closed(wire)
    assert (book.sip._connections, book.sip._parsers, len(book.sip._unfinished)) == ({}, {}, 0)
    book.sip.datagram(UDP_5060, QUERY, ANOTHER)
    assert book.datagrams[0][0].startswith(b"SIP/2.0 200 OK\r\n"), "another phone is served"


def _over(book: Playbook, wire: Wire, data: bytes) -> None:
    if not wire.is_closed:
        book.sip.received(wire, data)
    assert len(wire.sent) <= 2 + len(data) // 4
    for sent in wire.sent:
        _is_ours(sent, b"")
    wire.sent.clear()


def _sent_to_a_phone(book: Playbook, asked: bytes) -> None:
    assert len(book.datagrams) <= 64
    for sent, (host, port) in book.datagrams:
        assert host == PHONE[0]
        assert 0 < port < 65536
        assert port == PHONE[1] or not sent.startswith(b"NOTIFY"), "what nobody asked for goes to the phone itself"
        if asked[:1] > b"\x01":
            _is_ours(sent, b"")
    book.datagrams.clear()


def _is_ours(sent: bytes, asked: bytes) -> None:
    if sent == b"\r\n":
        return
    check(sent, asked)
    if b"\r\nContent-Type: application/reginfo+xml\r\n" in sent:
        fromstring(sent.partition(b"\r\n\r\n")[2])


def ras_message(data: bytes) -> None:
    """Octets are a message or a ``PerError``; a message encoded again is the same one, and can be shown.

    Undecoded too a request is told by its own number to come again, and nothing brings back what was never sent.
    """
    again = come_again(data)
    assert len(again) <= len(data)
    assert not IDENTIFIERS.brought_back(data, PHONE[0])
    try:
        message = decode(data)
    except PerError:
        return
    assert not again or decode(again).value["requestSeqNum"] == message.value["requestSeqNum"]
    assert decode(encode(message)) == message
    assert all(line.isprintable() for line in lines(message))


def ras_stream(data: bytes) -> None:
    """A stream is the same frames however it is cut; the first octet says where."""
    at, data = (data[0], data[1:]) if data else (0, data)
    cut = len(data) * at // 256
    assert _frames(data[:cut], data[cut:]) == _frames(data)
    if len(data) <= 2048:
        assert _frames(*[bytes([octet]) for octet in data]) == _frames(data)


def _frames(*parts: bytes) -> list[object]:
    parser = TpktParser()
    found: list[object] = []
    for part in parts:
        try:
            found += parser.feed(part)
        except FramingError as fault:
            return [*found, *fault.messages, "broken"]
    assert len(parser._octets) < LARGEST
    return [*found, len(parser._octets)]


def ras_server(data: bytes) -> None:
    """Datagrams and frames of a connection through the whole gatekeeper; TPKT frames part the input.

    A frame whose second octet is odd goes over TLS, an empty one lets time pass.
    """
    book = Book(loaded=LOADED, durable=False, limits=LIMITS, commit=AtOnce())
    watched = Watched(book.system)
    wire = book.connect(flow(TLS_3727, connection=1))
    for way, part in _parts(data)[:16]:
        if not part:
            _later(book)
        elif way & 1:
            watched.take(lambda part=part: _framed(book, wire, part))  # type: ignore[misc]
        else:
            watched.take(lambda part=part: book.ras.datagram(UDP_1719, part, PHONE))  # type: ignore[misc]
        assert len(book.datagrams) <= 64
        for sent, address in book.datagrams:
            assert address == PHONE
            assert encode(decode(sent)) == sent
        book.datagrams.clear()
    watched.shown(book.now)
    book.ras.closed(wire)
    assert (book.ras._connections, book.ras._parsers, len(book.ras._unfinished)) == ({}, {}, 0)
    another = book.endpoint("1001", signal=("127.0.0.9", 1720))
    book.ras.datagram(UDP_1719, another.discover(), ANOTHER)
    assert decode(book.datagrams[0][0]).name == "gatekeeperConfirm", "another endpoint is served"


def _parts(data: bytes) -> list[tuple[int, bytes]]:
    parts: list[tuple[int, bytes]] = []
    while len(data) >= 4 and data[0] == 3:
        length = int.from_bytes(data[2:4], "big")
        if length < 4:
            break
        parts.append((data[1], data[4:length]))
        data = data[length:]
    return [*parts, (0, data)]


def _framed(book: Book, wire: Wire, part: bytes) -> None:
    if not wire.is_closed:
        book.ras.received(wire, b"\x03\0" + (len(part) + 4).to_bytes(2, "big") + part)
    for sent in wire.sent:
        assert encode(decode(sent[4:])) == sent[4:]
    assert len(wire.sent) <= 64
    wire.sent.clear()


def _later(book: Book) -> None:
    for _ in range(40):
        book.now += 1
        book.ras.tick(book.now)
        book.system.tick(book.now)


TARGETS: dict[str, Target] = {
    each.__name__: each for each in (sip_message, sip_stream, sip_server, ras_message, ras_stream, ras_server)
}


def run(target: Target, data: bytes) -> None:
    """Give the target an input, in bounded time, as if nothing had been parsed before."""
    forget_what_was_parsed()
    before = signal.signal(signal.SIGVTALRM, _too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
    try:
        target(data[: 2 * LARGEST])
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _too_long(_signal: int, _frame: object) -> None:
    raise AssertionError(f"more than {MOST_SECONDS} s of the processor for one input")
