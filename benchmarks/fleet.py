"""Our fleet beside SIPp, each as the generator of the same load: digest REGISTER over UDP, a window of logons.

In turns on the same registrar: ours, which with its generator fills two cores, and Kamailio with bindings in memory,
which takes more than either generator gives, so that the generator is what is measured. What a generator costs is the
difference between a long run and a short one, so that neither its start counts nor that our terminals are made first
and stay. TLS and RAS, which Debian's SIPp cannot do, are measured for the fleet alone.
"""

import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks.kamailio import kamailio
from benchmarks.process import Address
from benchmarks.registrar import registrar
from benchmarks.sip import numbers
from benchmarks.terminal import PIN
from registrar.model.flow import Transport
from registrar.provision import sipp
from registrar.provision.account import Account, Server
from registrar.remote import Remote

COUNT = 2_000
"""Numbers; each registers once in a short run and ``MORE`` times more in a long one."""
MORE = 10
AT_ONCE = 200
ROUNDS = 5

_FAILED = re.compile(r"Failed call\s+\|[^|]*\|\s+(\d+)")


class Cost(NamedTuple):
    """What a generator did."""

    seconds: float
    processor: float
    """Seconds of CPU."""
    failed: int
    """Logons that did not end registered."""


class Measured(NamedTuple):
    """What it comes to."""

    per_second: float
    """Registrations."""
    each: float
    """Microseconds of the generator's CPU for one."""
    failed: int


Generate = Callable[[int], Cost]
"""Registers everybody so often."""


def lines() -> Iterator[str]:
    """Measure; yield a line for each result."""
    wanted = numbers(COUNT)
    with TemporaryDirectory() as name, registrar(Path(name), f"{wanted[0]}..{wanted[-1]}", durable=False) as ours:
        folder = Path(name)
        remote = Remote.find(None, folder / "data", {})
        yield from _compared(
            "this registrar",
            _in_turns(lambda: remote.execute("extension_unregistration -d all") and ours.udp, folder, wanted),
        )
        certificates = Path(ours.authority).parent
        with ExitStack() as stack:

            def fresh() -> Address:
                stack.close()
                other = stack.enter_context(TemporaryDirectory())
                files = {"certificate": certificates / "server.pem", "key": certificates / "server.key"}
                theirs = stack.enter_context(kamailio(Path(other), durable=False, **files))
                time.sleep(1)
                theirs.process.check()
                return theirs.udp

            yield from _compared("Kamailio", _in_turns(fresh, folder, wanted))
        for kind, count in (("mitel-6900", 500), ("dbc-422-01", COUNT), ("d4", 500)):
            remote.execute("extension_unregistration -d all")
            given = [f"--data={folder / 'data'}", f"--profile={kind}", f"--count={count}"]
            phase = _fleet(given, wanted[0])[1]["phases"]["logon"]
            title = f"fleet of {count} {kind}"
            yield f"{title:<34} {phase['processor_us_each']:8.1f} µs  {phase['per_second']:8.0f} a second"


def _compared(target: str, found: dict[str, Measured]) -> Iterator[str]:
    for name, each in found.items():
        title = f"{target} under {name}"
        yield f"{title:<34} {each.each:8.1f} µs  {each.per_second:8.0f} a second, {each.failed} failed"
    fleet, other = found["fleet"], found["SIPp"]
    ratios = fleet.each / other.each, fleet.per_second / other.per_second
    yield f"{'fleet beside SIPp':<34} CPU ratio {ratios[0]:.2f}, rate ratio {ratios[1]:.2f}"


def _in_turns(fresh: Callable[[], Address], folder: Path, wanted: list[str]) -> dict[str, Measured]:
    """Measure both; ``fresh`` gives the registrar with nobody registered."""
    generators: dict[str, Callable[[Address], Generate]] = {
        "fleet": lambda address: lambda times: _fleet_on(folder, address, wanted, times),
        "SIPp": lambda address: lambda times: _sipp_on(folder, address, wanted, times),
    }
    rounds: dict[str, list[Measured]] = {name: [] for name in generators}
    for turn in range(ROUNDS + 1):
        for name, generator in generators.items():
            short = generator(fresh())(1)
            long = generator(fresh())(1 + MORE)
            if turn:  # the first round is not counted
                seconds, processor = long.seconds - short.seconds, long.processor - short.processor
                failed = short.failed + long.failed
                rounds[name].append(Measured(MORE * COUNT / seconds, processor / (MORE * COUNT) * 1e6, failed))
    return {
        name: Measured(
            median(each.per_second for each in found),
            median(each.each for each in found),
            sum(each.failed for each in found),
        )
        for name, found in rounds.items()
    }


def _timed(command: list[str]) -> tuple[Cost, str]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=120)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stdout[-500:]} {done.stderr[-500:]}")
    return Cost(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 0), done.stdout


def _fleet_on(folder: Path, address: Address, wanted: list[str], times: int) -> Cost:
    given = [f"--data={folder / 'none'}", "--profile=softphone", f"--server={address[0]}", f"--sip-port={address[1]}"]
    cost, result = _fleet([*given, f"--count={COUNT}", f"--rounds={times}"], wanted[0])
    return cost._replace(failed=sum(COUNT - phase["registered"] for phase in result["phases"].values()))


def _fleet(given: list[str], first: str) -> tuple[Cost, Any]:
    program = [sys.executable, "-m", "registrar", "fleet", "--keep", "--json=-"]
    cost, printed = _timed([*program, *given, f"--first={first}", f"--pin={PIN}", f"--at-once={AT_ONCE}"])
    return cost, json.loads(printed)


def _sipp_on(folder: Path, address: Address, wanted: list[str], times: int) -> Cost:
    server = Server(address[0], address[0], {Transport.UDP: address[1]}, "")
    given = sipp.configure([Account(number, PIN, Transport.UDP, server) for number in wanted], str(folder))
    for name, text in given.files.items():
        (folder / name).write_text(text)
    at = given.command.index("-m")
    words = [*given.command[:at], *given.command[at + 2 :]]
    cost, printed = _timed([*words, "-m", str(times * COUNT), "-r", "100000", "-l", str(AT_ONCE), "-nostdin"])
    failed = _FAILED.search(printed)
    return cost._replace(failed=int(failed[1]) if failed else times * COUNT)


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
