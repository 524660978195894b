"""Memory of a registered phone whose TLS connection is idle, here and at Kamailio.

The same phones, one after another, open a connection each, register over it and stay. What a registrar needs for one is
the growth of its processes' memory (proportional set size, so that shared memory counts once) by the number of phones.
A first few are not counted: whatever is made once is made by then.
"""

import asyncio
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.kamailio import kamailio
from benchmarks.registrar import Running, registrar
from benchmarks.sip import numbers
from benchmarks.terminal import Terminal
from registrar.phones.plan import raise_file_limit

FIRST = 200
"""Not counted."""
COUNT = 2_000
AT_ONCE = 20


class Phones:
    """Phones with a TLS connection each, which they keep."""

    def __init__(self, running: Running, authority: str) -> None:
        self._running = running
        self._context = ssl.create_default_context(cafile=authority)
        self._writers: list[asyncio.StreamWriter] = []

    async def register(self, wanted: Sequence[str]) -> None:
        """Connect and register. Raises ``RuntimeError`` where one is not accepted."""
        window = asyncio.Semaphore(AT_ONCE)

        async def one(number: str) -> None:
            async with window, asyncio.timeout(60):
                reader, writer = await asyncio.open_connection(
                    *self._running.tls, ssl=self._context, server_hostname="localhost"
                )
                self._writers.append(writer)
                port = writer.get_extra_info("sockname")[1]
                terminal = Terminal(number, "127.0.0.1", f"127.0.0.1:{port}", "TLS")
                writer.write(terminal.register())
                writer.write(terminal.answer(await reader.readuntil(b"\r\n\r\n")))
                answer = await reader.readuntil(b"\r\n\r\n")
                if not answer.startswith(b"SIP/2.0 200"):
                    raise RuntimeError(f"{number}: {answer[:40]!r}")

        await asyncio.gather(*map(one, wanted))

    def close(self) -> None:
        """Let them all go."""
        for writer in self._writers:
            writer.transport.abort()


async def grown(running: Running, authority: str, wanted: Sequence[str]) -> float:
    """Return the KiB that one idle phone takes."""
    phones = Phones(running, authority)
    await phones.register(wanted[:FIRST])
    before = await _settled(running)
    await phones.register(wanted[FIRST:])
    after = await _settled(running)
    phones.close()
    return (after - before) / (len(wanted) - FIRST)


async def _settled(running: Running) -> float:
    await asyncio.sleep(2)
    return running.process.memory()


def lines() -> Iterator[str]:
    """Measure; yield a line."""
    wanted = numbers(FIRST + COUNT)
    raise_file_limit(2 * len(wanted))
    with TemporaryDirectory() as name, ExitStack() as stack:
        mine, other = Path(name, "registrar"), Path(name, "kamailio")
        mine.mkdir()
        other.mkdir()
        ours = stack.enter_context(registrar(mine, f"{wanted[0]}..{wanted[-1]}", durable=False))
        certificates = Path(ours.authority).parent
        theirs = stack.enter_context(
            kamailio(other, durable=False, certificate=certificates / "server.pem", key=certificates / "server.key")
        )
        time.sleep(1)
        theirs.process.check()
        kib = [asyncio.run(grown(running, ours.authority, wanted)) for running in (ours, theirs)]
        title = f"an idle TLS connection of {COUNT}"
        yield f"{title:<34} {kib[0]:6.1f} KiB  Kamailio {kib[1]:6.1f} KiB  ratio {kib[0] / kib[1]:5.2f}  (aim 0.6)"


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
