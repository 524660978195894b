"""Kinds of floods: what a registrar can serve of each, measured one answer for one request, and more of it than that.

A flood comes from 127.0.0.2, or from addresses all over 127.0.0.0/8. It knows no PIN.
"""

import contextlib
import itertools
import random
import selectors
import socket
import ssl
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from benchmarks.process import Address
from benchmarks.registrar import Running
from benchmarks.terminal import Terminal
from tests.h323.endpoint import Endpoint

FLOODER = "127.0.0.2"
NUMBER = "10000"
WINDOW = 64
"""Requests under way while the capacity is measured."""
CONNECTIONS = 200
"""Of a flood over TCP."""
OPEN = 2_000
"""Handshakes that a flood keeps open; the oldest is broken off for the next."""
PORTS = 256
"""Of a flood that forges its addresses, 2^24 of them."""
AT_ONCE = 64
"""Datagrams that the kernel is handed together, which costs a sixth."""
_RESET = struct.pack("ii", 1, 0)
_IP_PKTINFO = 8
"""Linux's: which address a datagram is sent from (ip(7))."""
_UDP_SEGMENT = 103
"""Linux's: as many octets are a datagram (udp(7)); all of a flood are of one length."""
_PACKET_INFO = struct.Struct("@I4s4s")

Pour = Callable[[Running, float, float], int]
"""Send at this rate for so many seconds; return how many were sent."""


class Kind(NamedTuple):
    """A kind of flood."""

    name: str
    unit: str
    capacity: Callable[[Running, float], float]
    """Measure for so many seconds what is answered in one."""
    pour: Pour


def paced(rate: float, seconds: float, most: int = 500, least: int = 1) -> Iterator[int]:
    """Yield how many are due, again and again; what cannot be sent in time is not made up for beyond ``most``.

    They are due ``least`` at a time.
    """
    began = time.monotonic()
    done = 0.0
    while (now := time.monotonic() - began) < seconds:
        due = min(int(rate * now - done), most) // least * least
        if not due:
            time.sleep(0.0005)
            continue
        done = max(done + due, rate * now - most)
        yield due


# -- UDP ------------------------------------------------------------------------------------------------------------


def registers(transport: str = "UDP") -> Iterator[bytes]:
    """REGISTERs of a number that exists, each of another transaction, without end; they are answered 401."""
    terminal = Terminal(NUMBER, "127.0.0.1", f"{FLOODER}:5060", transport)
    first = terminal.register()
    before, between, after = first.split(b"%d" % terminal.cseq)
    for number in itertools.count(terminal.cseq):
        yield b"%b%d%b%d%b" % (before, number, between, number, after)


def requests() -> Iterator[bytes]:
    """RRQs without a PIN, of a number that has one, without end; they are answered RRJ, copies by as much work."""
    endpoint = Endpoint(NUMBER, "", product="H323Plus simple", clock=time.time)
    return itertools.cycle([endpoint.register() for _ in range(1000)])


def _answered(registrar: Address, requests: Iterator[bytes], seconds: float) -> float:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind((FLOODER, 0))
        wire.connect(registrar)
        wire.settimeout(5)
        for request in itertools.islice(requests, WINDOW):
            wire.send(request)
        answers, began = 0, time.monotonic()
        while time.monotonic() - began < seconds:
            wire.recv(65535)
            answers += 1
            wire.send(next(requests))
        return answers / seconds


def _poured(registrar: Address, requests: Iterator[bytes], rate: float, seconds: float) -> int:
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind((FLOODER, 0))
        wire.connect(registrar)
        for due in paced(rate, seconds, 32 * AT_ONCE, AT_ONCE):
            for _ in range(due // AT_ONCE):
                batch = list(itertools.islice(requests, AT_ONCE))
                wire.setsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT, len(batch[0]))
                wire.send(b"".join(batch))
            sent += due
    return sent


def _forged(registrar: Address, requests: Iterator[bytes], rate: float, seconds: float) -> int:
    """Each datagram from another address and port: whoever is on this host may write any of 127.0.0.0/8.

    What is answered there is taken, and dropped unread: where nobody is, the errors that ICMP sends back would be made
    at the expense of the registrar, whose host is everybody's here.
    """
    sent, chance = 0, random.Random(1)
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(PORTS)]
        for wire in wires:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
            wire.bind(("", 0))
        for due in paced(rate, seconds):
            for request in itertools.islice(requests, due):
                address = (127 << 24 | chance.getrandbits(24)).to_bytes(4)
                info = (socket.IPPROTO_IP, _IP_PKTINFO, _PACKET_INFO.pack(0, address, address))
                with contextlib.suppress(OSError):  # a network's address
                    wires[chance.getrandbits(8)].sendmsg([request], [info], 0, registrar)
            sent += due
    return sent


# -- connections ----------------------------------------------------------------------------------------------------


def _connect(registrar: Address) -> socket.socket:
    """A connection that is being made; it ends at once when it is closed, and leaves no port in use."""
    wire = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    wire.bind((FLOODER, 0))
    wire.connect_ex(registrar)
    return wire


def _answered_over_tcp(running: Running, seconds: float) -> float:
    requests = registers("TCP")
    with selectors.DefaultSelector() as selector:
        for _ in range(8):
            wire = socket.create_connection(running.udp, 5, source_address=(FLOODER, 0))
            wire.sendall(b"".join(itertools.islice(requests, WINDOW // 8)))
            selector.register(wire, selectors.EVENT_READ)
        answers, began = 0, time.monotonic()
        while time.monotonic() - began < seconds:
            for key, _ in selector.select(5):
                wire = key.fileobj  # type: ignore[assignment]
                come = wire.recv(65535).count(b"SIP/2.0 401")
                answers += come
                wire.sendall(b"".join(itertools.islice(requests, come)))
        for key in list(selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        return answers / seconds


def _poured_over_tcp(running: Running, rate: float, seconds: float) -> int:
    """What a connection does not take is lost to the flood: TCP holds it back."""
    requests = registers("TCP")
    wires = deque(_connect(running.udp) for _ in range(CONNECTIONS))
    sent = 0
    for due in paced(rate, seconds, 2000):
        for _ in range(max(1, due // 10)):
            wire = wires.popleft()
            piece = b"".join(itertools.islice(requests, 10))
            try:
                if wire.send(piece) < len(piece):
                    raise ConnectionError  # cut in the middle of a message
                wire.recv(65535)
            except BlockingIOError:
                with contextlib.suppress(OSError):
                    wire.recv(65535)
            except OSError:
                wire.close()
                wire = _connect(running.udp)
            wires.append(wire)
            sent += 10
    for wire in wires:
        wire.close()
    return sent


def hello() -> bytes:
    """What a TLS client says first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    outgoing = ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost").do_handshake()
    return outgoing.read()


def _answered_hellos(running: Running, seconds: float) -> float:
    """The registrar's part of a handshake up to its signature, which is nearly all of it."""
    first = hello()
    with selectors.DefaultSelector() as selector:
        for _ in range(16):
            selector.register(_connect(running.tls), selectors.EVENT_WRITE)
        answers, began = 0, time.monotonic()
        while time.monotonic() - began < seconds:
            for key, event in selector.select(5):
                wire = key.fileobj
                assert isinstance(wire, socket.socket)
                if event == selectors.EVENT_WRITE:
                    wire.send(first)
                    selector.modify(wire, selectors.EVENT_READ)
                    continue
                answers += 1
                selector.unregister(wire)
                wire.close()
                selector.register(_connect(running.tls), selectors.EVENT_WRITE)
        for key in list(selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        return answers / seconds


def _poured_handshakes(running: Running, said: bytes, rate: float, seconds: float) -> int:
    """Connections that say this and nothing more."""
    sent = 0
    connecting: deque[socket.socket] = deque()
    open_: deque[socket.socket] = deque()
    for due in paced(rate, seconds, 200):
        for _ in range(due):
            try:
                connecting.append(_connect(running.tls))
            except OSError:  # no port is left
                time.sleep(0.001)
            sent += 1
            if len(connecting) > 50:
                wire = connecting.popleft()
                with contextlib.suppress(OSError):
                    wire.send(said)
                open_.append(wire)
            if len(open_) > OPEN:
                open_.popleft().close()
    for wire in (*connecting, *open_):
        wire.close()
    return sent


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "SIP over UDP",
            "REGISTERs",
            lambda running, seconds: _answered(running.udp, registers(), seconds),
            lambda running, rate, seconds: _poured(running.udp, registers(), rate, seconds),
        ),
        Kind(
            "SIP over UDP, forged addresses",
            "REGISTERs",
            lambda running, seconds: _answered(running.udp, registers(), seconds),
            lambda running, rate, seconds: _forged(running.udp, registers(), rate, seconds),
        ),
        Kind(
            "RAS over UDP",
            "RRQs",
            lambda running, seconds: _answered(running.ras, requests(), seconds),
            lambda running, rate, seconds: _poured(running.ras, requests(), rate, seconds),
        ),
        Kind(
            "RAS over UDP, forged addresses",
            "RRQs",
            lambda running, seconds: _answered(running.ras, requests(), seconds),
            lambda running, rate, seconds: _forged(running.ras, requests(), rate, seconds),
        ),
        Kind("SIP over TCP", "REGISTERs", _answered_over_tcp, _poured_over_tcp),
        Kind(
            "half-open TLS handshakes",
            "handshakes",
            _answered_hellos,
            lambda running, rate, seconds: _poured_handshakes(running, hello()[:100], rate, seconds),
        ),
        Kind(
            "TLS handshakes",
            "handshakes",
            _answered_hellos,
            lambda running, rate, seconds: _poured_handshakes(running, hello(), rate, seconds),
        ),
    )
}
