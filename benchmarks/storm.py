"""Ten thousand phones over TLS: all of them log on, then all come back after ``extension_unregistration -d all``.

At the logon each opens a connection, so that most of the work is the handshakes'. Those who are summoned back (a NOTIFY
of check-sync to each) have their connections still, and register over them. Said are the seconds until all are
registered, and the registrar's CPU for each, with the share of it that was spent in OpenSSL.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.registrar import Running, registrar
from benchmarks.sampled import printed, sampled
from benchmarks.sip import numbers
from benchmarks.terminal import PIN
from registrar.model.flow import Transport
from registrar.phones.configuration import Configuration, Server
from registrar.phones.fleet import Fleet
from registrar.phones.plan import Plan, raise_file_limit
from registrar.phones.profiles import profile
from registrar.phones.tally import Tally
from registrar.remote import Remote

COUNT = 10_000
AT_ONCE = 100


def lines(count: int = COUNT) -> Iterator[str]:
    """Measure; yield a line for each result."""
    if not raise_file_limit(2 * count):
        count = 1_000
    wanted = numbers(count)
    with TemporaryDirectory() as name, registrar(Path(name), f"{wanted[0]}..{wanted[-1]}", durable=False) as ours:
        server = Server("localhost", sips_port=ours.tls[1])
        setup = Configuration(server, transport=Transport.TLS, ca=Path(ours.authority))
        plan = Plan(tuple(wanted), ((profile("softphone"), 1.0),), setup, PIN, at_once=AT_ONCE)
        yield from asyncio.run(_phases(plan, ours, Remote.find(None, Path(name) / "data", {})))


async def _phases(plan: Plan, running: Running, remote: Remote) -> list[str]:
    fleet = Fleet(plan)
    await fleet.open_sockets()

    async def storm() -> None:
        unregistering = asyncio.get_running_loop().run_in_executor(
            None, remote.execute, "extension_unregistration -d all"
        )
        await fleet.again()
        await unregistering

    found = [await _measured(f"{len(plan.numbers)} TLS phones log on", fleet, running, fleet.log_on)]
    fleet.expect(len(plan.numbers))
    found.append(await _measured(f"{len(plan.numbers)} TLS phones back", fleet, running, storm))
    await fleet.close()
    return found


async def _measured(name: str, fleet: Fleet, running: Running, phase: Callable[[], Awaitable[None]]) -> str:
    fleet.tally = Tally()
    with sampled(running.process.pid) as shares:
        before, began = running.process.cpu(), time.perf_counter()
        await phase()
        seconds, cpu = time.perf_counter() - began, running.process.cpu() - before
    back = fleet.tally.registered
    if back != len(fleet.members):
        raise RuntimeError(f"{back} of {len(fleet.members)} registered: {fleet.tally.report(seconds, 0.0)}")
    each = f"{cpu / back * 1e6:8.1f} µs  {back / seconds:8.0f} a second, all in {seconds:.1f} s"
    return f"{name:<34} {each}; CPU: {printed(shares)}"


if __name__ == "__main__":
    for line in lines(*map(int, sys.argv[1:])):
        print(line, flush=True)
