"""Far ends of routes, met over real sockets: this program's own SIP side, and peers that behave badly."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from registrar.commands.effects import Meeting, TryFarEnds
from registrar.model.flow import Listener, Transport
from registrar.model.policy import Protocol
from registrar.model.route import Route
from registrar.servers.limits import StreamLimits
from registrar.servers.sip import SipServer
from registrar.servers.stream import StreamListener
from registrar.servers.udp import UdpListener
from registrar.sip.settings import served_domains
from registrar.store.commit import GroupCommit
from registrar.surroundings import far_end
from registrar.surroundings.far_end import FarEnds
from registrar.system import System
from tests.pki import Authority
from tests.servers.playbook import Memory
from tests.sip.road import SETTINGS

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]


class Far:
    """The lab's authority, and the far ends it signed certificates for."""

    def __init__(self, folder: Path) -> None:
        self.partner = Authority(folder, "Partner")
        self.stranger = Authority(folder, "Stranger")
        self.ends = FarEnds(lambda: self.partner.file.read_text())
        self._folder = folder

    def context(self, authority: Authority, name: str = "localhost") -> ssl.SSLContext:
        authority.issue("far", name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / "far.pem", self._folder / "far.key")
        return context

    async def meet(
        self, port: int, transport: Transport, protocol: Protocol = Protocol.SIP, host: str = "localhost"
    ) -> Meeting:
        (meeting,) = await self.ends.try_(TryFarEnds((Route(7, protocol, host, port, transport),)))
        return meeting


@pytest.fixture
def far(tmp_path: Path) -> Far:
    return Far(tmp_path)


@asynccontextmanager
async def registrar(transport: Transport, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """This program's own SIP side on a port of localhost."""
    memory = Memory()
    system = System(memory.stored, GroupCommit(memory), token=lambda: "t")
    settings = SETTINGS._replace(domains=served_domains(["localhost", "127.0.0.1"]), product="registrar")
    server = SipServer(system, settings, key=b"k" * 32, nonce_key=b"n" * 32, token=lambda: "t", clock=time.time)
    listener = Listener(Protocol.SIP, transport, "127.0.0.1", 0)
    if transport is Transport.UDP:
        udp = server.udp = UdpListener(listener, server)
        yield udp.listener.port
        await udp.close()
        return
    stream = StreamListener(listener, server, StreamLimits(), time.time, (lambda: context) if context else None)
    await stream.start()
    yield stream.listener.port
    await stream.close()


@asynccontextmanager
async def peer(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]],
    context: ssl.SSLContext | None = None,
) -> AsyncIterator[int]:
    """A server that talks to each peer as it likes."""
    talks: list[asyncio.Task[None]] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.ensure_future(talk(reader, writer)))
        try:
            await talks[-1]
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for task in talks:
        task.cancel()
    await asyncio.gather(*talks, return_exceptions=True)
    await asyncio.sleep(0)


@pytest.mark.parametrize("transport", list(Transport))
async def test_a_sip_far_end_answers_options_over_every_transport(far: Far, transport: Transport) -> None:
    context = far.context(far.partner) if transport is Transport.TLS else None
    async with registrar(transport, context) as port:
        meeting = await far.meet(port, transport)
    assert (meeting.reached, meeting.words) == (True, "200 OK (registrar)")
    assert 0 < meeting.seconds < far_end.SECONDS
    if transport is Transport.TLS:
        assert meeting.tls is not None
        assert meeting.certificate is not None
        assert (meeting.tls.version, meeting.certificate.issuer, meeting.distrust) == ("TLSv1.3", "Partner", "")


async def test_a_certificate_that_does_not_verify_is_shown_all_the_same(far: Far) -> None:
    async with registrar(Transport.TLS, far.context(far.stranger)) as port:
        meeting = await far.meet(port, Transport.TLS)
    assert meeting.certificate is not None
    assert (meeting.reached, meeting.certificate.issuer) == (True, "Stranger")
    assert meeting.distrust == "unable to get local issuer certificate"


async def test_a_certificate_for_another_name_is_told_so(far: Far) -> None:
    async with registrar(Transport.TLS, far.context(far.partner, "other.example")) as port:
        meeting = await far.meet(port, Transport.TLS)
    assert meeting.distrust == "Hostname mismatch, certificate is not valid for 'localhost'."


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def test_an_h323_far_end_is_shaken_hands_with_or_only_connected_to(far: Far) -> None:
    async with peer(silent, far.context(far.partner)) as port:
        secure = await far.meet(port, Transport.TLS, Protocol.H323)
    async with peer(silent) as port:
        plain = await far.meet(port, Transport.TCP, Protocol.H323)
    assert (secure.reached, secure.words, secure.distrust) == (True, "it shakes hands", "")
    assert (plain.reached, plain.words, plain.tls) == (True, "it accepts connections", None)


@pytest.mark.parametrize("transport", list(Transport))
async def test_a_silent_far_end_is_given_up_after_the_time_allowed(
    far: Far, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far_end, "SECONDS", 0.2)
    if transport is Transport.UDP:
        loop = asyncio.get_running_loop()
        sink, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
        port = sink.get_extra_info("sockname")[1]
        meeting = await far.meet(port, transport, host="127.0.0.1")
        sink.close()
    else:
        async with peer(silent) as port:
            meeting = await far.meet(port, transport)
    assert meeting == Meeting(False, "no answer within 3 seconds")


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n\r\n")
    await writer.drain()


async def test_what_goes_wrong_is_told_in_words(far: Far) -> None:
    async with peer(hang_up) as port:
        assert await far.meet(port, Transport.TCP) == Meeting(False, "it closes the connection")
    async with peer(babble) as port:
        assert (await far.meet(port, Transport.TCP)).words.startswith("it does not answer in SIP: ")
        assert (await far.meet(port, Transport.TLS)).words == "the TLS handshake failed: wrong version number"
    for transport in Transport:
        assert await far.meet(port, transport, host="127.0.0.1") == Meeting(False, "connection refused")
    unknown = await far.meet(port, Transport.TCP, host="nowhere.invalid")
    assert unknown.words.startswith("its name is not known: ")


async def test_many_far_ends_are_tried_side_by_side(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(far_end, "SECONDS", 0.3)
    async with peer(silent) as port:
        routes = tuple(Route(number, Protocol.SIP, "127.0.0.1", port, Transport.TCP) for number in range(50))
        began = time.monotonic()
        meetings = await far.ends.try_(TryFarEnds(routes))
    assert len(meetings) == 50
    assert time.monotonic() - began < 50 * 0.3
