"""A million bindings, on disk and in memory: what one more registration costs, beside 1,000 bindings.

On disk all but a part are written into the database as the program writes them, and the program starts with them; the
part registers over the wire. In memory, where nothing is loaded, all of them register over the wire. What is measured
is the CPU for registrations of numbers from anywhere among them, which are refreshed; the memory for each binding with
its extension and PIN; and how soon printouts and pages answer.
"""

import asyncio
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.load import over_udp
from benchmarks.registrar import Running, started
from benchmarks.sip import cost
from benchmarks.terminal import CONTACT, PIN
from registrar.model.binding import Binding, Contact
from registrar.model.changes import Change, SetBinding, SetExtension, SetRac
from registrar.model.extension import Extension, Rac
from registrar.model.flow import Flow, Listener, Transport
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.terminal import Terminal
from registrar.policy.decide import decide
from registrar.remote import Remote
from registrar.store.store import Store
from registrar.store.vault import open_vault

MANY = 1_000_000
FEW = 1_000
PART = 10_000
"""Of those on disk, that register over the wire."""
SAMPLE = 2_000
"""Registrations that are measured at a time."""
ROUNDS = 15
WARM = 20_000
"""Registrations before it is measured: a program that has just started still makes what it needs later."""
AT_ONCE = 20_000
"""Numbers written into the database in one go."""
AIM = 1.2
PAGE_AIM = 1.0
"""Seconds."""


def lines(many: int = MANY) -> Iterator[str]:
    """Measure; yield a line for each result."""
    for durable in (True, False):
        where = "on disk" if durable else "in memory"
        small = _measured(FEW, durable, [])
        told: list[str] = []
        large = _measured(many, durable, told)
        ratio = large[0] / small[0]
        title = f"UDP, with {many:,} bindings {where}"
        yield f"{title:<42} {large[0]:8.1f} µs  with {FEW:,} {small[0]:8.1f} µs  ratio {ratio:5.2f}  (aim {AIM})"
        kib = (large[1] - small[1]) / (many - FEW)
        yield f"{'memory of a binding, extension and PIN':<42} {kib:8.2f} KiB"
        yield from told


def _measured(count: int, durable: bool, told: list[str]) -> tuple[float, float]:
    """Return the CPU of a registration in microseconds, and the KiB of the program, with so many bindings."""
    wanted = [str(1_000_000 + number) for number in range(count)]
    stored = count - min(PART, count // 10) if durable else 0
    with TemporaryDirectory() as name:
        folder = Path(name)
        with started(folder, durable=durable):
            pass  # it makes its folder
        fill(folder / "data", wanted, stored)
        began = time.perf_counter()
        with started(folder, durable=durable, patience=300) as running:
            told.append(f"{f'start with {stored:,} bindings stored':<42} {time.perf_counter() - began:8.1f} s")
            began = time.perf_counter()
            for begin in range(stored, count, AT_ONCE):
                _register(running, wanted[begin : begin + AT_ONCE])
            rate = (count - stored) / (time.perf_counter() - began)
            told.append(f"{f'{count - stored:,} register':<42} {rate:8.0f} a second")
            sample = random.Random(1).choices(wanted, k=SAMPLE)  # the same every time
            sample = list(dict.fromkeys(sample))
            for _ in range(0, WARM, len(sample)):
                _register(running, sample)

            def load(running: Running) -> int:
                return over_udp(running.udp, sample)

            each = median(cost(running, load, len(sample)) for _ in range(ROUNDS))
            memory = running.process.memory()
            told += _usable(Remote.find(None, folder / "data", {}), wanted)
    return each, memory


def _register(running: Running, wanted: Sequence[str]) -> None:
    accepted = over_udp(running.udp, wanted)
    if accepted != len(wanted):
        raise RuntimeError(f"{accepted} of {len(wanted)} registrations were accepted")


def _usable(remote: Remote, wanted: Sequence[str]) -> Iterator[str]:
    """Time what an operator looks at."""
    middle = wanted[len(wanted) // 2]
    looks: dict[str, Callable[[], object]] = {
        f"ip_extension -p -d {middle}": lambda: remote.execute(f"ip_extension -p -d {middle}"),
        "the API's first page": lambda: remote.fetch("/api/v1/registrations?limit=100"),
        "the API's last page": lambda: remote.fetch(f"/api/v1/registrations?limit=100&offset={len(wanted) - 100}"),
        "the API, one number": lambda: remote.fetch(f"/api/v1/registrations?number={middle}"),
        "the page of registrations": lambda: remote.fetch("/registrations"),
    }
    for name, look in looks.items():
        times = []
        for _ in range(3):
            began = time.perf_counter()
            look()
            times.append(time.perf_counter() - began)
        yield f"{name:<42} {median(times) * 1000:8.1f} ms  (aim {PAGE_AIM * 1000:.0f} ms)"


def fill(data: Path, wanted: Sequence[str], stored: int, until: float | None = None) -> None:
    """Write the extensions and PINs of all, and the bindings of the first ``stored``, into a folder's database.

    They last for an hour, or all ``until`` the same moment.
    """
    asyncio.run(_fill(data, wanted, stored, until))


async def _fill(data: Path, wanted: Sequence[str], stored: int, until: float | None) -> None:
    store = await Store.open(f"sqlite:///{data / 'registrar.db'}", open_vault(data / "rac.key"))
    for begin in range(0, len(wanted), AT_ONCE):
        changes: list[Change] = []
        for index, number in enumerate(wanted[begin : begin + AT_ONCE], begin):
            changes += [SetExtension(number, Extension(number, 1, 1)), SetRac(number, Rac(number, PIN))]
            if index < stored:
                binding = _binding(number, until)
                changes.append(SetBinding(binding.key, binding))
        await store.write(changes)
    await store.close()


def _binding(number: str, until: float | None) -> Binding:
    """What the registration of a benchmark's terminal leaves."""
    now = time.time()
    listener = Listener(Protocol.SIP, Transport.UDP, "127.0.0.1", 5060)
    uri = f"sip:{number}@{CONTACT};transport=udp"
    return Binding(
        number,
        Contact(uri, 3600, key=uri),
        f"{number}@benchmark",
        1,
        Flow(listener, ("127.0.0.1", 40000)),
        Terminal("benchmark 1.0", TerminalClass.INSECURE, "third party", ""),
        decide(Policy.NONE, Protocol.SIP, TerminalClass.INSECURE, False, False, False),
        now,
        now,
        now + 3600 if until is None else until,
    )


if __name__ == "__main__":
    for line in lines(*map(int, sys.argv[1:])):
        print(line, flush=True)
