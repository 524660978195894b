"""What a TLS handshake holds before it is done is counted: half a hello costs its octets, and so many may be open."""

import asyncio
import contextlib
import ctypes
import gc
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable

import pytest

from registrar.model.flow import Listener, Transport
from registrar.model.policy import Protocol
from registrar.servers.handshakes import Handshakes
from registrar.servers.limits import StreamLimits
from registrar.servers.stream import StreamListener
from registrar.tls.context import ServerObject, server_context
from registrar.tls.installed import Installed, install
from tests.servers.sockets.test_stream import Recorder

SECONDS = 10.0
LIMITS = StreamLimits(handshakes=8, handshakes_per_source=5)
FLOODER, OTHER, PHONE = "127.0.0.2", "127.0.0.3", "127.0.0.1"


class Shaking:
    """A client that shakes hands as far as it is told to."""

    def __init__(self, address: tuple[str, int], source: str, trust: ssl.SSLContext) -> None:
        self.wire = socket.create_connection(address, SECONDS, source_address=(source, 0))
        self.wire.setblocking(False)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = trust.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
        self.hello = self.outgoing.read()

    def answer(self) -> bool:
        """Answer what the server said; return whether it had said anything."""
        try:
            said = self.wire.recv(65536)
        except BlockingIOError:
            return False
        self.incoming.write(said)
        self.tls.do_handshake()
        self.wire.send(self.outgoing.read())
        return True

    @property
    def is_closed(self) -> bool:
        try:
            while self.wire.recv(65536):
                pass
        except BlockingIOError:
            return False
        except ConnectionError:
            pass
        return True


class Port:
    """A TLS port, and whoever connects to it without its event loop."""

    def __init__(self, installed: Installed) -> None:
        self.receiver = Recorder()
        self.now = 1000.0
        context = server_context(installed.certificate, installed.key, None)
        listener = Listener(Protocol.SIP, Transport.TLS, "127.0.0.1", 0)
        self.stream = StreamListener(listener, self.receiver, LIMITS, lambda: self.now, lambda: context)
        self.clients: list[Shaking] = []
        self._trust = ssl.create_default_context(cafile=str(installed.ca))

    def connect(self, source: str, many: int) -> list[Shaking]:
        address = ("127.0.0.1", self.stream.listener.port)
        found = [Shaking(address, source, self._trust) for _ in range(many)]
        self.clients += found
        return found

    async def until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(SECONDS):
            while not happened():  # noqa: ASYNC110 - nobody is told
                await asyncio.sleep(0)

    async def nothing_more(self) -> None:
        """Let the port do whatever it has to do."""
        for _ in range(200):
            await asyncio.sleep(0)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(tmp_path_factory.mktemp("certs"), ["localhost"], time.time())


@pytest.fixture
async def port(installed: Installed) -> AsyncIterator[Port]:
    gc.collect()  # what other tests have left
    opened = Port(installed)
    await opened.stream.start()
    yield opened
    await opened.stream.close()
    for each in opened.clients:
        each.wire.close()
    await opened.until(lambda: not opened.stream.files)
    assert len(opened.stream._handshakes) == 0


def sessions() -> int:
    """How many OpenSSL sessions of servers there are."""
    return sum(isinstance(each, ServerObject) for each in gc.get_objects())


@pytest.mark.parametrize("said", [1, 3, 5, 100])
async def test_of_half_a_hello_nothing_but_its_octets_is_kept(port: Port, said: int) -> None:
    for client in port.connect(FLOODER, 30):
        client.wire.send(client.hello[:said])
    await port.until(lambda: len(port.stream.connections) == 30)
    await port.nothing_more()
    assert sessions() == 0
    for client in port.clients:
        client.wire.send(client.hello[said:])
    await port.until(
        lambda: sum(client.answer() for client in port.clients) >= 0 and len(port.receiver.connections) == 30
    )


async def test_a_source_has_so_many_handshakes_at_a_time_and_all_of_them_in_the_end(port: Port) -> None:
    clients = port.connect(FLOODER, 40)
    for client in clients:
        client.wire.send(client.hello)
    await port.until(lambda: sessions() == 5)
    await port.nothing_more()
    assert sessions() == 5
    waiting = set(clients)
    while waiting:
        assert len(port.stream._handshakes) <= 5
        waiting -= {client for client in waiting if client.answer()}
        await asyncio.sleep(0)
    await port.until(lambda: len(port.receiver.connections) == 40)
    assert port.receiver.refused == []


async def test_who_leaves_handshakes_open_keeps_nobody_else_out(port: Port) -> None:
    for source in (FLOODER, OTHER):
        for client in port.connect(source, 20):
            client.wire.send(client.hello)
    await port.until(lambda: sessions() == 8)
    for number in range(1, 4):
        (phone,) = port.connect(PHONE, 1)
        phone.wire.send(phone.hello)
        await port.until(phone.answer)
        await port.until(lambda number=number: len(port.receiver.connections) == number)  # type: ignore[misc]
        assert sessions() <= 8 + number
    assert set(port.receiver.refused) == {"the peer did not finish the handshake, and another one needed its place"}
    assert len(port.receiver.refused) <= 3
    assert port.clients[0].is_closed, "the oldest of whoever has most"


async def test_a_hello_that_waits_goes_with_its_peer_or_when_its_time_is_over(port: Port) -> None:
    clients = port.connect(FLOODER, 20)
    for client in clients:
        client.wire.send(client.hello)
    await port.until(lambda: sessions() == 5)
    await port.nothing_more()
    gone = [client for client in clients if not _heard(client)]
    assert len(gone) == 15
    for client in gone[:10]:
        client.wire.close()
    port.now += LIMITS.handshake_seconds + 1
    port.stream.sweep(port.now)
    await port.until(lambda: not port.stream.connections)
    assert sessions() == 0
    assert len(port.receiver.refused) == 20


def _heard(client: Shaking) -> bool:
    try:
        return bool(client.wire.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False


class _Allocated(ctypes.Structure):
    """glibc's ``struct mallinfo2``."""

    _fields_ = [
        *((name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks")),
        *((name, ctypes.c_size_t) for name in ("uordblks", "fordblks", "keepcost")),
    ]


@pytest.fixture
def allocated() -> Callable[[], int]:
    """Octets that the C library has given out, Python's small objects not counted."""
    ask = ctypes.CDLL(None).mallinfo2
    ask.restype = _Allocated
    gc.collect()

    def octets() -> int:
        found = ask()
        return int(found.uordblks) + int(found.hblkhd)

    return octets


async def test_a_hello_that_waits_costs_a_tenth_of_one_that_is_answered(
    port: Port, allocated: Callable[[], int]
) -> None:
    """70 KiB went with each half hello, 45 with each whole one; 2,000 of them were 100 MiB."""
    clients = port.connect(FLOODER, 105)
    for client in clients[:5]:
        client.wire.send(client.hello)
    await port.until(lambda: sessions() == 5)
    await port.nothing_more()
    before = allocated()
    for client in clients[5:]:
        client.wire.send(client.hello)
    await port.nothing_more()
    assert (allocated() - before) / 100 < 4_500
    assert sessions() == 5


def handshakes() -> tuple[Handshakes[str], list[str]]:
    broken_off: list[str] = []
    return Handshakes(broken_off.append), broken_off


def test_the_oldest_of_whoever_has_most_makes_room() -> None:
    under_way, broken_off = handshakes()
    for number, source in enumerate("aaab"):
        assert under_way.begin(source, number, f"{source}{number}", 4, 3)
    assert not under_way.begin("a", 4, "a4", 4, 3), "it has as many as it may"
    assert under_way.begin("b", 5, "b5", 4, 3)
    assert not under_way.begin("b", 6, "b6", 4, 3), "nobody has more"
    assert under_way.begin("c", 7, "c7", 4, 3)
    assert broken_off == ["a0", "a1"]
    assert len(under_way) == 4
    assert under_way.end("a", 0) is None, "its place is taken"
    assert under_way.end("a", 2) == "a4"
    assert under_way.end("a", 4) is None
    assert under_way.end("b", 6) is None, "it waits no more"
    for source, number in (("b", 3), ("b", 5), ("c", 7)):
        assert under_way.end(source, number) is None
    assert len(under_way) == 0


def test_who_waits_for_one_of_its_own_that_lost_its_place_begins_when_another_ends() -> None:
    under_way, broken_off = handshakes()
    for number, source in enumerate("abcd"):
        assert under_way.begin(source, number, f"{source}{number}", 4, 3)
    assert not under_way.begin("a", 4, "a4", 4, 3)
    assert not under_way.begin("a", 5, "a5", 4, 3)
    assert under_way.begin("e", 6, "e6", 4, 3)
    assert broken_off == ["a0"]
    assert under_way.end("b", 1) == "a4"
    assert len(under_way) == 4
    assert under_way.end("a", 4) == "a5"
    assert under_way.end("a", 5) is None
    assert under_way.end("c", 2) is None
    assert len(under_way) == 2


def test_who_gives_up_waiting_is_waited_for_no_more() -> None:
    under_way, _ = handshakes()
    for number, source in enumerate("abcd"):
        assert under_way.begin(source, number, f"{source}{number}", 4, 3)
    assert not under_way.begin("a", 4, "a4", 4, 3)
    assert under_way.begin("e", 5, "e5", 4, 3)
    assert under_way.end("a", 4) is None
    assert under_way.end("b", 1) is None
    assert len(under_way) == 3
