"""The far ends of routes, tried when an operator asks: a connection, a handshake, an OPTIONS. All bounded in time."""

import asyncio
import contextlib
import os
import secrets
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any, Final

from cryptography import x509

from registrar.commands.effects import Meeting, TryFarEnds
from registrar.model.certificate import Certificate
from registrar.model.flow import TlsSession, Transport
from registrar.model.policy import Protocol
from registrar.model.route import Route
from registrar.sip import options
from registrar.sip.errors import SipError
from registrar.sip.framing import StreamParser
from registrar.sip.message import Response
from registrar.sip.parser import parse_datagram
from registrar.tls.facts import facts

SECONDS: Final = 3.0
"""For one far end, whatever it does."""
AT_ONCE: Final = 100
"""Far ends tried side by side: a thousand routes take 30 seconds at worst."""
REPEAT: Final = 0.5
"""Seconds after which an OPTIONS over UDP is sent again (T1, RFC 3261 section 17.1.2.2)."""
_SILENT: Final = f"no answer within {SECONDS:g} seconds"


class FarEnds:
    """Tries routes. ``authorities`` gives what is trusted now, in PEM form."""

    def __init__(self, authorities: Callable[[], str]) -> None:
        self._authorities = authorities

    async def try_(self, effect: TryFarEnds) -> list[Meeting]:
        """Return what each far end was found to be."""
        places = asyncio.Semaphore(AT_ONCE)

        async def one(route: Route) -> Meeting:
            async with places:
                return await self._meet(route)

        return await asyncio.gather(*map(one, effect.routes))

    async def _meet(self, route: Route) -> Meeting:
        began = time.monotonic()
        try:
            async with asyncio.timeout(SECONDS):
                met = await self._over_udp(route) if route.transport is Transport.UDP else await self._over_tcp(route)
        except TimeoutError:
            return Meeting(False, _SILENT)
        except ssl.SSLError as error:
            return Meeting(False, f"the TLS handshake failed: {(error.reason or str(error)).lower().replace('_', ' ')}")
        except (OSError, EOFError, ValueError, SipError) as error:
            return Meeting(False, _words(error))
        return met._replace(seconds=time.monotonic() - began)

    async def _over_udp(self, route: Route) -> Meeting:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Response] = loop.create_future()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Answer(answer), remote_addr=(route.host, route.port)
        )
        try:
            request = _options(route, transport)
            wait = REPEAT
            while not answer.done():
                transport.sendto(request)
                await asyncio.wait([answer], timeout=wait)
                wait *= 2
        finally:
            transport.close()
        return Meeting(True, _told(answer.result()))

    async def _over_tcp(self, route: Route) -> Meeting:
        session: TlsSession | None = None
        certificate: Certificate | None = None
        distrust = ""
        if route.secure:
            reader, writer, distrust = await self._over_tls(route)
            tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
            cipher = tls.cipher()
            session = TlsSession(tls.version() or "", cipher[0] if cipher else "")
            shown = tls.getpeercert(binary_form=True)
            certificate = facts(x509.load_der_x509_certificate(shown)) if shown else None
        else:
            reader, writer = await asyncio.open_connection(route.host, route.port)
        try:
            words = "it accepts connections"
            if route.protocol is Protocol.SIP:
                writer.write(_options(route, writer.transport))
                words = await _response(reader)
            elif route.secure:
                words = "it shakes hands"
        finally:
            writer.transport.abort()
        return Meeting(True, words, tls=session, certificate=certificate, distrust=distrust)

    async def _over_tls(self, route: Route) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, str]:
        """Connect and verify; where that fails, connect once more without, to see what is shown."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=self._authorities())
        distrust = ""
        try:
            reader, writer = await asyncio.open_connection(route.host, route.port, ssl=context)
        except ssl.SSLCertVerificationError as error:
            distrust = error.verify_message
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            reader, writer = await asyncio.open_connection(route.host, route.port, ssl=context)
        return reader, writer, distrust


class _Answer(asyncio.DatagramProtocol):
    """Waits for a SIP answer."""

    def __init__(self, answer: "asyncio.Future[Response]") -> None:
        self._answer = answer

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - the socket is connected
        """Take the first final answer."""
        with contextlib.suppress(SipError):
            message = parse_datagram(data)
            if isinstance(message, Response) and message.status >= 200 and not self._answer.done():
                self._answer.set_result(message)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there."""
        if not self._answer.done():
            self._answer.set_exception(exc)


def _options(route: Route, transport: Any) -> bytes:
    host, port = transport.get_extra_info("sockname")[:2]
    local = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return options.ask(route.host, route.port, local, route.transport, secrets.token_hex(8))


async def _response(reader: asyncio.StreamReader) -> str:
    parser = StreamParser()
    while data := await reader.read(65536):
        for item in parser.feed(data):
            if isinstance(item, Response) and item.status >= 200:
                return _told(item)
            if isinstance(item, SipError):
                raise item
    raise EOFError


def _told(response: Response) -> str:
    text = f"{response.status} {response.phrase}"
    server = response.get("server") or response.get("user-agent")
    told = f"{text} ({server})" if server else text
    return "".join(character if character.isprintable() else "?" for character in told)


def _words(error: Exception) -> str:
    if isinstance(error, SipError):
        return f"it does not answer in SIP: {error}"
    if isinstance(error, EOFError):
        return "it closes the connection"
    if isinstance(error, socket.gaierror):
        return f"its name is not known: {error.strerror}"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    return str(error)
