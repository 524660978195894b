"""How long a start takes, from the process to the ready file: from nothing, and with 100,000 phones after kill -9."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.load import over_udp
from benchmarks.process import Process, wait_for
from benchmarks.terminal import PIN
from registrar.model.binding import Binding, Contact
from registrar.model.changes import Change, SetBinding, SetExtension, SetRac
from registrar.model.extension import Extension, Rac
from registrar.model.flow import Flow, Listener, Transport
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.terminal import Terminal
from registrar.policy.decide import decide
from registrar.store.store import Store
from registrar.store.vault import open_vault

BINDINGS = 100_000
FIRST = 100_000
REGISTERING = 1_000
"""Phones that register before a kill, so that there is a log to be read by the next start."""
ROUNDS = 3
AIM_NEW = 1.0
"""Seconds: keys, certificates and database are made in them."""
AIM = 2.0
"""Seconds."""


def lines() -> Iterator[str]:
    """Measure, a line for a new data folder and one for a full one."""
    with TemporaryDirectory() as name:
        folders = [Path(name, str(number)) for number in range(ROUNDS)]
        for folder in folders:
            folder.mkdir()
        yield _told("start from nothing, until ready", [_start(folder) for folder in folders], AIM_NEW)
        folder = folders[0]
        asyncio.run(_fill(folder / "data"))
        _start(folder, strike=True)
        starts = [_start(folder, strike=True) for _ in range(ROUNDS)]
    yield _told("start with 100,000 bindings after kill -9, until ready", starts, AIM)


def _told(what: str, starts: list[tuple[float, float]], aim: float) -> str:
    times = [took for took, _ in starts]
    return (
        f"{what:<62} {median(times) * 1000:8.1f} ms"
        f"  worst {max(times) * 1000:.0f} ms, of CPU {median(cpu for _, cpu in starts) * 1000:.0f} ms"
        f"  (aim {aim * 1000:.0f} ms)"
    )


async def _fill(data: Path) -> None:
    store = await Store.open(f"sqlite:///{data / 'registrar.db'}", open_vault(data / "rac.key"))
    await store.write([change for number in range(BINDINGS) for change in _registered(f"{FIRST + number}")])
    await store.close()


def _registered(number: str) -> tuple[Change, Change, Change]:
    now = time.time()
    listener = Listener(Protocol.SIP, Transport.UDP, "127.0.0.1", 5060)
    decision = decide(Policy.NONE, Protocol.SIP, TerminalClass.INSECURE, False, False, False)
    uri, instance = f"sip:{number}@127.0.0.1:40000", f"<urn:uuid:00000000-0000-4000-8000-000000{number}>"
    binding = Binding(
        number,
        Contact(uri, 86_400, None, instance, params=';methods="INVITE,BYE,NOTIFY"', key=uri),
        f"{number}@benchmark",
        1,
        Flow(listener, ("127.0.0.1", 40000)),
        Terminal("benchmark", TerminalClass.INSECURE, "third party", ""),
        decision,
        now,
        now,
        now + 86_400,
    )
    return (
        SetExtension(number, Extension(number, 1, 1)),
        SetRac(number, Rac(number, PIN)),
        SetBinding(binding.key, binding),
    )


def _start(folder: Path, *, strike: bool = False) -> tuple[float, float]:
    """Return the seconds until ready, and those of CPU that it took. ``strike`` kills it after some load."""
    ready = folder / "ready.json"
    ready.unlink(missing_ok=True)
    ports = [f"--{name}-port=0" for name in ("sip", "sips", "ras", "ras-tls", "http")]
    command = [sys.executable, "-m", "registrar", "serve", "--empty", f"--data={folder / 'data'}", *ports]
    began = time.perf_counter()
    installed = {"PYTHONDONTWRITEBYTECODE": ""}  # as users have it: compiled once
    with Process([*command, f"--ready-file={ready}"], folder / "registrar.log", installed) as process:
        wait_for(ready, process)
        took, cpu = time.perf_counter() - began, process.cpu()
        found = json.loads(ready.read_text())
        assert found["pid"] == process.pid
        if strike:
            host, port = found["sip_udp"]
            over_udp((host, port), [f"{FIRST + number}" for number in range(REGISTERING)])
            os.kill(process.pid, signal.SIGKILL)
    return took, cpu
