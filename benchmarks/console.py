"""What an open console costs a registration: 2,000 registered, 200 a second, with and without pages that follow."""

import contextlib
import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from urllib.parse import urlencode

from benchmarks.load import over_udp
from benchmarks.registrar import Running, registrar
from benchmarks.sip import numbers

REGISTERED = 2_000
RATE = 200
"""Registrations a second."""
SECONDS = 5
ROUNDS = 7
PAGES = ("/live/registrations", "/live/overview", "/live/trace")


@contextmanager
def page(ready: Path, token: str, path: str) -> Iterator[None]:
    """Follow a page as a browser that shows it does: a login, and its event stream."""
    host, port = json.loads(ready.read_text())["http"]
    origin = f"http://{host}:{port}"
    login = http.client.HTTPConnection(host, port, timeout=30)
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": origin}
    login.request("POST", "/login", urlencode({"token": token}), form)
    answer = login.getresponse()
    cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
    login.close()
    stream = http.client.HTTPConnection(host, port, timeout=30)
    stream.request("GET", path, headers={"Cookie": cookie, "Accept": "text/event-stream"})
    response = stream.getresponse()
    if response.status != 200:
        raise RuntimeError(f"{path}: {response.status}")
    wire = stream.sock

    def read() -> None:
        with contextlib.suppress(http.client.HTTPException, OSError):
            while response.read1(65536):
                pass

    reader = Thread(target=read, daemon=True)
    reader.start()
    try:
        yield
    finally:
        wire.shutdown(socket.SHUT_RDWR)
        reader.join(5)
        stream.close()


def cost(running: Running, wanted: list[str]) -> float:
    """Return the microseconds of CPU that one registration cost, at so many a second."""
    before, began = running.process.cpu(), time.monotonic()
    step = RATE // 10
    for turn, first in enumerate(range(0, RATE * SECONDS, step)):
        place = first % len(wanted)
        if over_udp(running.udp, wanted[place : place + step]) != step:
            raise RuntimeError("a registration was not accepted")
        time.sleep(max(0.0, began + (turn + 1) / 10 - time.monotonic()))
    return (running.process.cpu() - before) / (RATE * SECONDS) * 1e6


def lines() -> Iterator[str]:
    """Measure each page in turns with nobody watching; yield a line for each, and one for all of them open at once."""
    wanted = numbers(REGISTERED)
    with TemporaryDirectory() as name, registrar(Path(name), f"{wanted[0]}..{wanted[-1]}", durable=True) as running:
        ready, token = Path(name) / "ready.json", (Path(name) / "data/token").read_text().strip()
        over_udp(running.udp, wanted)
        time.sleep(1)
        for pages in (*((path,) for path in PAGES), PAGES):
            alone, watched = [], []
            for _ in range(ROUNDS):
                alone.append(cost(running, wanted))
                with ExitStack() as stack:
                    for path in pages:
                        stack.enter_context(page(ready, token, path))
                    time.sleep(1)  # the page itself is no part of it
                    watched.append(cost(running, wanted))
            before = median(alone)
            after = before + median(open_ - closed for open_, closed in zip(watched, alone, strict=True))
            title = f"console open: {', '.join(path.removeprefix('/live/') for path in pages)}"
            rise = f"rise {after / before - 1:6.1%}  (aim under 10 %)"
            yield f"{title:<34} {after:8.1f} µs  nobody {before:8.1f} µs  {rise}"
