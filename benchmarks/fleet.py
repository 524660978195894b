"""Our fleet beside SIPp, each as the generator of the same load on the same registrar: digest REGISTER over UDP.

What a generator costs is the difference between a long run and a short one, so that neither its start counts nor that
our terminals are made first and stay. TLS and RAS, which Debian's SIPp cannot do, are measured for the fleet alone.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks.registrar import Running, registrar
from benchmarks.sip import numbers
from benchmarks.terminal import PIN
from registrar.model.flow import Transport
from registrar.provision import sipp
from registrar.provision.account import Account, Server
from registrar.remote import Remote

COUNT = 2_000
"""Numbers; each registers once in a short run and ``MORE`` times more in a long one."""
MORE = 3
AT_ONCE = 200
ROUNDS = 3


class Cost(NamedTuple):
    """What a generator did."""

    seconds: float
    processor: float
    """Seconds of CPU."""


class Measured(NamedTuple):
    """What it comes to."""

    per_second: float
    """Registrations."""
    each: float
    """Microseconds of the generator's CPU for one."""


def lines() -> Iterator[str]:
    """Measure; yield a line for each result."""
    wanted = numbers(COUNT)
    with TemporaryDirectory() as name, registrar(Path(name), f"{wanted[0]}..{wanted[-1]}", durable=False) as ours:
        folder = Path(name)
        generators = {"fleet": _fleet(folder, wanted), "SIPp": _sipp(folder, ours, wanted)}
        remote = Remote.find(None, folder / "data", {})
        found = _in_turns(generators, remote)
        for each, measured in found.items():
            yield f"{f'generator over UDP, {each}':<34} {measured.each:8.1f} µs  {measured.per_second:8.0f} a second"
        fleet, other = found["fleet"], found["SIPp"]
        ratios = fleet.each / other.each, fleet.per_second / other.per_second
        yield f"{'fleet beside SIPp':<34} CPU ratio {ratios[0]:.2f}, rate ratio {ratios[1]:.2f}"
        for kind, count in (("mitel-6900", 500), ("dbc-422-01", COUNT), ("d4", 500)):
            remote.execute("extension_unregistration -d all")
            phase = _run_fleet(folder, kind, wanted[0], count)["phases"]["logon"]
            title = f"fleet of {count} {kind}"
            yield f"{title:<34} {phase['processor_us_each']:8.1f} µs  {phase['per_second']:8.0f} a second"


def _in_turns(generators: dict[str, Callable[[int], Cost]], remote: Remote) -> dict[str, Measured]:
    rounds: dict[str, list[Measured]] = {name: [] for name in generators}
    for turn in range(ROUNDS + 1):
        for name, generate in generators.items():
            # every run begins with a registrar that holds nothing
            remote.execute("extension_unregistration -d all")
            short = generate(1)
            remote.execute("extension_unregistration -d all")
            long = generate(1 + MORE)
            if turn:  # the first round is not counted
                seconds, processor = long.seconds - short.seconds, long.processor - short.processor
                rounds[name].append(Measured(MORE * COUNT / seconds, processor / (MORE * COUNT) * 1e6))
    return {name: Measured(*(median(each) for each in zip(*found, strict=True))) for name, found in rounds.items()}


def _timed(command: list[str]) -> tuple[Cost, str]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stdout[-500:]} {done.stderr[-500:]}")
    return Cost(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), done.stdout


def _fleet(folder: Path, wanted: list[str]) -> Callable[[int], Cost]:
    def generate(times: int) -> Cost:
        return _timed([*_fleet_command(folder, "softphone", wanted[0], COUNT), f"--rounds={times}"])[0]

    return generate


def _run_fleet(folder: Path, kind: str, first: str, count: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_timed(_fleet_command(folder, kind, first, count))[1])
    return found


def _fleet_command(folder: Path, kind: str, first: str, count: int) -> list[str]:
    program = [sys.executable, "-m", "registrar", "fleet", f"--data={folder / 'data'}", "--keep", "--json=-"]
    return [
        *program,
        f"--count={count}",
        f"--profile={kind}",
        f"--first={first}",
        f"--pin={PIN}",
        f"--at-once={AT_ONCE}",
    ]


def _sipp(folder: Path, running: Running, wanted: list[str]) -> Callable[[int], Cost]:
    host, port = running.udp
    server = Server(host, host, {Transport.UDP: port}, running.authority)
    given = sipp.configure([Account(number, PIN, Transport.UDP, server) for number in wanted], str(folder))
    for name, text in given.files.items():
        (folder / name).write_text(text)
    pace = ["-r", "100000", "-l", str(AT_ONCE), "-nostdin"]
    at = given.command.index("-m")
    words = [*given.command[:at], *given.command[at + 2 :]]

    def generate(times: int) -> Cost:
        return _timed([*words, "-m", str(times * COUNT), *pace])[0]

    return generate


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
