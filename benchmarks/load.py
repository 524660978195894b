"""Terminals that register, as many at once as a window allows; each is challenged and answers."""

import asyncio
import re
import socket
import ssl
from collections.abc import Sequence

from benchmarks.terminal import Terminal

WINDOW = 100
"""Registrations under way at once."""
PATIENCE = 20.0
"""Seconds without any answer after which a measurement is given up."""

_NUMBER = re.compile(rb"Call-ID: ([0-9]+)@benchmark", re.IGNORECASE)
Address = tuple[str, int]


def over_udp(registrar: Address, numbers: Sequence[str]) -> int:
    """Register every number once; return how many were accepted. Nothing is lost on loopback, nothing is repeated."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        wire.bind(("127.0.0.1", 0))
        wire.connect(registrar)
        wire.settimeout(PATIENCE)
        sent_by = f"127.0.0.1:{wire.getsockname()[1]}"
        terminals = {number: Terminal(number, "127.0.0.1", sent_by, "UDP") for number in numbers}
        waiting = iter(terminals.values())
        for _, terminal in zip(range(WINDOW), waiting, strict=False):
            wire.send(terminal.register())
        accepted = finished = 0
        while finished < len(terminals):
            data = wire.recv(65535)
            match = _NUMBER.search(data)
            if match is None:
                raise ValueError(f"an answer to nobody: {data[:80]!r}")
            if data.startswith(b"SIP/2.0 401"):
                wire.send(terminals[match[1].decode()].answer(data))
                continue
            finished += 1
            accepted += data.startswith(b"SIP/2.0 200")
            following = next(waiting, None)
            if following is not None:
                wire.send(following.register())
        return accepted


def over_tls(registrar: Address, numbers: Sequence[str], authority: str) -> int:
    """Register every number once, each over a connection of its own; return how many were accepted."""
    return asyncio.run(_over_tls(registrar, numbers, authority))


async def _over_tls(registrar: Address, numbers: Sequence[str], authority: str) -> int:
    context = ssl.create_default_context(cafile=authority)
    window = asyncio.Semaphore(20)

    async def one(number: str) -> bool:
        async with window, asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(*registrar, ssl=context, server_hostname="localhost")
            sent_by = "127.0.0.1:{}".format(writer.get_extra_info("sockname")[1])
            terminal = Terminal(number, "127.0.0.1", sent_by, "TLS")
            writer.write(terminal.register())
            writer.write(terminal.answer(await reader.readuntil(b"\r\n\r\n")))
            accepted = (await reader.readuntil(b"\r\n\r\n")).startswith(b"SIP/2.0 200")
            writer.transport.abort()
            return accepted

    return sum(await asyncio.gather(*map(one, numbers)))
