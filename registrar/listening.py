"""The ports of a registrar, and the two servers behind them: SIP over UDP, TCP and TLS, RAS over UDP and TLS."""

import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from registrar.configured import ras_settings, stream_limits
from registrar.errors import StartError
from registrar.h323.overload import come_again
from registrar.model.flow import Address, Flow, Listener, Transport
from registrar.model.policy import Protocol
from registrar.ports import port_words
from registrar.servers.limits import StreamLimits
from registrar.servers.proven import Proven
from registrar.servers.ras import RasServer
from registrar.servers.reached import reached_at
from registrar.servers.receiver import Receiver
from registrar.servers.sip import SipServer
from registrar.servers.stream import StreamListener
from registrar.servers.turns import FEW, STRANGERS, Turns, shows_nothing
from registrar.servers.udp import UdpListener
from registrar.settings import Settings
from registrar.sip.settings import SipSettings
from registrar.surroundings.certificates import ServerCertificates
from registrar.system import System

DISCOVERY_GROUP = "224.0.1.41"
DISCOVERY_PORT = 1718
"""Where H.323 endpoints look for a gatekeeper (H.225.0 section 7.2)."""
FREE_PORT_TRIES = 20
"""How often a free port for both UDP and TCP is looked for."""


class Listening:
    """The two servers of a system. ``open`` opens their ports, ``close`` those that were opened."""

    def __init__(
        self,
        system: System,
        settings: Settings,
        sip_settings: SipSettings,
        *,
        key: bytes,
        token: Callable[[], str],
        clock: Callable[[], float],
    ) -> None:
        """``key`` is secret and lasts; ``token`` gives unguessable text."""
        self._system = system
        self._settings = settings
        self._clock = clock
        self._limits = stream_limits(settings)
        self._proven = Proven(system.state.all_bindings())
        self._closing: list[Callable[[], Awaitable[None]]] = []
        self.streams: list[StreamListener] = []
        """TCP and TLS for SIP and TLS for RAS, once they are open."""
        self.sip = SipServer(
            system,
            sip_settings,
            key=key,
            nonce_key=os.urandom(32),
            token=token,
            clock=clock,
            proven=self._proven,
        )
        self.ras = RasServer(
            system,
            ras_settings(settings),
            key=key,
            token=token,
            random=int.from_bytes(os.urandom(3)),
            clock=clock,
            local=self._reached,
            proven=self._proven,
        )

    async def open(self, certificates: ServerCertificates) -> None:
        """Listen on every port. Raises ``StartError`` naming the one that cannot be had."""
        settings, limits = self._settings, self._limits
        await self._open_sip()
        secure = self._port(Protocol.SIP, Transport.TLS, settings.sips_port)
        tls = StreamListener(secure, self.sip, limits, self._clock, certificates.context)
        await self._start(tls, "SIP over TLS")
        await self._open_ras()
        secure = self._port(Protocol.H323, Transport.TLS, settings.ras_tls_port)
        by_record = not self.ras.settings.framed
        tls = StreamListener(secure, self.ras, limits, self._clock, certificates.ras_context, by_record=by_record)
        await self._start(tls, "RAS over TLS")

    async def close(self) -> None:
        """Close the ports, the one opened last first."""
        for close in reversed(self._closing):
            await close()
        self._closing.clear()

    @property
    def ports(self) -> dict[str, list[Any]]:
        """Host and number of each port, by its name in the ready file."""
        tcp, tls, ras = self.streams
        listeners = {
            "sip_udp": self._sip_udp.listener,
            "sip_tcp": tcp.listener,
            "sip_tls": tls.listener,
            "ras_udp": self._ras_udp.listener,
            "ras_tls": ras.listener,
        }
        return {name: [self._settings.host, listener.port] for name, listener in listeners.items()}

    @property
    def connections(self) -> int:
        """How many TCP and TLS connections are open."""
        return sum(len(stream.connections) for stream in self.streams)

    def set_limits(self, limits: StreamLimits) -> None:
        """Go by other limits of connections from now on."""
        for stream in self.streams:
            stream.limits = limits

    def tick(self, now: float) -> None:
        """Look at the timers of both servers; called several times a second."""
        self.sip.tick(now)
        self.ras.tick(now)

    def sweep(self, now: float) -> None:
        """Close connections that have been silent for too long; called once a second."""
        for stream in self.streams:
            stream.sweep(now)

    def _port(self, protocol: Protocol, transport: Transport, number: int) -> Listener:
        return Listener(protocol, transport, self._settings.host, number)

    async def _open_sip(self) -> None:
        """Listen over UDP and TCP on one port number; where any free one will do, try until both are free."""
        host, number = self._settings.host, self._settings.sip_port
        for tries in range(FREE_PORT_TRIES, 0, -1):
            with port_words("SIP over UDP", host, number):
                udp = self._datagrams(self._port(Protocol.SIP, Transport.UDP, number), self.sip, self.sip.shown)
            there = self._port(Protocol.SIP, Transport.TCP, udp.listener.port)
            try:
                await self._start(StreamListener(there, self.sip, self._limits, self._clock), "SIP over TCP")
            except StartError:
                await udp.close()
                if number or tries == 1:
                    raise
            else:
                break
        self._closing.append(udp.close)
        self._sip_udp = self.sip.udp = udp

    async def _open_ras(self) -> None:
        host, number = self._settings.host, self._settings.ras_port
        with port_words("RAS over UDP", host, number):
            udp = self._datagrams(
                self._port(Protocol.H323, Transport.UDP, number), self.ras, self.ras.shown, come_again=come_again
            )
        self._closing.append(udp.close)
        self._ras_udp = self.ras.udp = udp
        if self._settings.ras_discovery:
            there = self._port(Protocol.H323, Transport.UDP, DISCOVERY_PORT)
            with port_words("discovery", DISCOVERY_GROUP, DISCOVERY_PORT):
                discovery = self._datagrams(there, self.ras, group=DISCOVERY_GROUP)
            self._closing.append(discovery.close)
            self.ras.multicast = discovery.listener

    async def _start(self, stream: StreamListener, words: str) -> None:
        with port_words(words, self._settings.host, stream.listener.port):
            await stream.start()
        self.streams.append(stream)
        self._closing.append(stream.close)

    def _datagrams(
        self,
        listener: Listener,
        receiver: Receiver,
        shown: Callable[[bytes, str], bool] = shows_nothing,
        group: str = "",
        come_again: Callable[[bytes], bytes] | None = None,
    ) -> UdpListener:
        dropped = partial(self._system.tally.datagram_dropped, listener.protocol.value)
        turns = Turns(self._proven, shown, dropped, strangers=STRANGERS if come_again is None else FEW)
        return UdpListener(listener, receiver, group, turns, come_again)

    def _reached(self, flow: Flow) -> Address:
        """Where the peer of a RAS message reaches the gatekeeper."""
        listener = flow.listener if flow.listener.secure else self._ras_udp.listener
        return reached_at(listener.host, flow.address[0]), listener.port
