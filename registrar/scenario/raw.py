"""Octets sent as they are, over a way of their own, and what comes back."""

import asyncio
import contextlib
import ssl
import time
from pathlib import Path
from typing import Final

from registrar.model.flow import Transport
from registrar.model.policy import Protocol
from registrar.phones.configuration import Server
from registrar.phones.phone import Open
from registrar.phones.transcript import Entry, Kind
from registrar.phones.wire import Wire
from registrar.scenario.expect import Reply
from registrar.scenario.schema import Send
from registrar.tls.client import client_context

WHO: Final = "sender"
_USUAL: Final = {5060: Transport.UDP, 5061: Transport.TLS, 1719: Transport.UDP, 3727: Transport.TLS}


class _Sender:
    """Owns the way; collects what comes back."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.heard = asyncio.Event()
        self.octets = b""
        self.closed = False
        self.words = ""

    def wire_opened(self, _wire: Wire) -> None:
        self.opened.set()

    def wire_received(self, _wire: Wire, data: bytes) -> None:
        self.octets += data
        self.heard.set()

    def wire_closed(self, _wire: Wire, words: str) -> None:
        self.closed, self.words = True, words
        self.opened.set()
        self.heard.set()


async def exchange(send: Send, server: Server, ca: Path | None, entries: list[Entry]) -> tuple[Reply, Protocol]:
    """Send the octets and return what came back within the time, and the protocol of the port."""
    protocol = Protocol.SIP if send.port in (5060, 5061) else Protocol.H323
    transport = _USUAL[send.port] if send.transport is None else Transport(send.transport.upper())
    secure = _USUAL[send.port] is Transport.TLS
    way = Open(transport, server.host, server.port(protocol, Transport.TLS if secure else Transport.UDP))
    octets = bytes.fromhex(send.hex) if send.hex else "\r\n".join(send.text.splitlines()).encode() + b"\r\n\r\n"
    sender = _Sender()
    context: ssl.SSLContext | None = client_context(ca) if transport is Transport.TLS else None
    wire = Wire(way, sender, context)
    over = f"{transport.value} {send.port}"
    await wire.start()
    try:
        await sender.opened.wait()
        if not sender.closed:
            entries.append(Entry(time.time(), Kind.SENT, WHO, "", over, octets, protocol))
            wire.send(octets)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(sender.heard.wait(), send.within)
    finally:
        wire.close()
    if sender.octets:
        entries.append(Entry(time.time(), Kind.RECEIVED, WHO, "", over, sender.octets, protocol))
    if sender.closed:
        entries.append(Entry(time.time(), Kind.NOTED, WHO, sender.words))
    return Reply(sender.octets, sender.closed), protocol
