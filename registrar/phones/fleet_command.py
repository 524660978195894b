"""``registrar fleet``: many simulated terminals at once, with a progress bar, live counts, and a result in JSON."""

import asyncio
import contextlib
import gc
import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from registrar.errors import StartError
from registrar.model.flow import Transport
from registrar.phones import make
from registrar.phones.configuration import Configuration, ConfigurationError, server_of
from registrar.phones.fleet import Fleet
from registrar.phones.plan import Plan, open_files_needed, raise_file_limit
from registrar.phones.profiles import Profile, nearest, profiles
from registrar.phones.tally import Tally
from registrar.remote import Remote, running

INTERRUPTED: Final = 130
_PATH = click.Path(path_type=Path)
_SHARE = click.FloatRange(0, 1)
_PORT = click.IntRange(1, 65535)
_YOUNG: Final = 50_000
"""New objects until the garbage collector looks for cycles; there are hardly any."""
_REFRESH: Final = 0.2
"""Seconds between looks at the counts."""


@click.command("fleet")
@click.option("--count", type=click.IntRange(1, 100_000), required=True, help="How many terminals.")
@click.option("--profile", "kinds", multiple=True, required=True, metavar="NAME[=SHARE]",
              help="The kind of terminal; several make a mix, by their shares.")  # fmt: skip
@click.option("--first", default="20000", show_default=True, help="The first directory number; the others follow it.")
@click.option("--pin", default="", envvar="REGISTRAR_PIN", help="The PIN of them all.  [none]")
@click.option("--wrong-pins", type=_SHARE, default=0.0, help="The share of users who enter a wrong PIN, 0 to 1.")
@click.option("--loss", type=_SHARE, default=0.0, help="The share of datagrams that are lost, 0 to 1.")
@click.option("--rate", type=click.FloatRange(0), default=0.0, help="Logons a second.  [as many as it takes]")
@click.option("--at-once", type=click.IntRange(1), default=200, show_default=True, help="Logons under way at once.")
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True, help="How often everybody logs on.")
@click.option("--stay", type=click.FloatRange(0), default=0.0, help="Seconds to stay registered, refreshing.")
@click.option("--storm", is_flag=True, help="Then extension_unregistration -d all, and everybody comes back.")
@click.option("--create", is_flag=True, help="Initiate the extensions and PINs first, and erase them at the end.")
@click.option("--exception", type=click.Choice(["yes", "no"]), default="yes", help="With --create: of the extensions.")
@click.option("--keep", is_flag=True, help="Leave everybody registered at the end.")
@click.option(
    "--transport", type=click.Choice(["udp", "tcp", "tls"]), default="udp", help="Where no PIN goes over TLS."
)
@click.option("--server", help="The registrar's host.  [the one that runs on --data, else 127.0.0.1]")
@click.option("--sip-port", type=_PORT, help="Of the registrar.")
@click.option("--sips-port", type=_PORT, help="Of the registrar.")
@click.option("--ras-port", type=_PORT, help="Of the registrar.")
@click.option("--ras-tls-port", type=_PORT, help="Of the registrar.")
@click.option(
    "--data", type=_PATH, default=Path("data"), envvar="REGISTRAR_DATA", help="The data folder of a registrar."
)
@click.option("--url", help="The registrar's API, for --create and --storm.  [the one that runs on --data]")
@click.option("--ca", type=_PATH, help="The CA file they trust.")
@click.option("--any-certificate", is_flag=True, help="Take any certificate.")
@click.option("--seed", type=int, default=1, help="Of the chance in mix, wrong PINs and losses.")
@click.option("--json", "json_", type=_PATH, help="Write the result as JSON; - prints it.")
def fleet(*, kinds: tuple[str, ...], json_: Path | None, **options: Any) -> None:
    """Let a fleet of simulated terminals register, and say how fast and with what result.

    Exit status: 0 when everybody ended as they should (those with a wrong PIN not registered, all others registered),
    1 when not, 130 after Ctrl-C.
    """
    plan = _plan(kinds, options)
    try:
        make.check_pin(plan.pin)
    except ConfigurationError as error:
        raise StartError(str(error), 2) from None
    if not raise_file_limit(open_files_needed(plan)):
        raise StartError(f"{len(plan.numbers)} terminals need more open files than this system allows: ulimit -Hn")
    remote = None
    if options["create"] or options["storm"]:
        remote = Remote.find(options["url"], options["data"], os.environ)
    runner: Callable[[Coroutine[Any, Any, dict[str, Any]]], dict[str, Any]] = asyncio.run
    with contextlib.suppress(ImportError):
        runner = importlib.import_module("uvloop").run
    with _extensions(plan, remote if options["create"] else None, options["exception"]):
        result = runner(_run(plan, remote, options))
    text = json.dumps(result, indent=1) + "\n"
    if json_ is not None and str(json_) == "-":
        click.echo(text, nl=False)
    elif json_ is not None:
        _write(json_, text)
    raise SystemExit(INTERRUPTED if result["interrupted"] else 0 if result["held"] else 1)


def _plan(kinds: tuple[str, ...], options: dict[str, Any]) -> Plan:
    ready = running(options["data"]) or {}
    if options["server"] and options["server"] not in ("localhost", ready.get("address")):
        ready = {}
    server = server_of(ready, options["server"] or "")
    ports = ("sip_port", "sips_port", "ras_port", "ras_tls_port")
    server = server._replace(**{name: options[name] for name in ports if options[name]})
    ca = options["ca"] or (Path(ready["ca_file"]) if "ca_file" in ready else None)
    first = options["first"]
    if not (first.isascii() and first.isdigit() and len(str(int(first) + options["count"] - 1)) <= len(first)):
        raise StartError(f"{options['count']} directory numbers from {first} on do not have as many digits", 2)
    numbers = tuple(f"{int(first) + index:0{len(first)}d}" for index in range(options["count"]))
    return Plan(
        numbers,
        tuple(_kind(kind) for kind in kinds),
        Configuration(server, False, Transport(options["transport"].upper()), ca),
        options["pin"],
        options["wrong_pins"],
        options["loss"],
        options["rate"],
        options["at_once"],
        not options["any_certificate"],
        options["seed"],
    )


def _kind(text: str) -> tuple[Profile, float]:
    name, _, share = text.partition("=")
    known = profiles()
    if name not in known:
        raise StartError(f"there is no profile {name}; {nearest(name, known)}", 2)
    try:
        return known[name], float(share or 1)
    except ValueError:
        raise StartError(f"--profile {text}: a share is a number, not {share}", 2) from None


@contextlib.contextmanager
def _extensions(plan: Plan, remote: Remote | None, exception: str) -> Iterator[None]:
    """Initiate the plan's extensions at the registrar while this lasts."""
    if remote is None:
        yield
        return
    numbers = f"{plan.numbers[0]}..{plan.numbers[-1]}" if len(plan.numbers) > 1 else plan.numbers[0]
    done: list[str] = []
    lines = [("extension", f"extension -i -d {numbers} --csp 1 --lim 1 --security-exception {exception}")]
    if plan.pin:
        lines.insert(0, ("auth_code", f"auth_code -i -d {numbers} --auth-code {plan.pin}"))
    try:
        for command, line in lines:
            result = remote.execute(line)
            if result.exit_status:
                raise StartError(f"{command} -i was refused: {' '.join(result.printout.split())[:300]}")
            done.append(command)
        yield
    finally:
        for command in reversed(done):
            remote.execute(f"{command} -e -d {numbers}")


async def _run(plan: Plan, remote: Remote | None, options: dict[str, Any]) -> dict[str, Any]:
    console = Console(stderr=True)
    whole = Fleet(plan)
    gc.freeze()  # the phones stay until the end, and need not be looked through for garbage
    gc.set_threshold(_YOUNG)
    try:
        await whole.open_sockets()
    except OSError as error:
        raise StartError(f"cannot reach {plan.configuration.server.host}: {error.strerror or error}") from None
    doing = asyncio.ensure_future(_phases(whole, remote, options, console))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, doing.cancel)
    phases: dict[str, Any] = {}
    interrupted = False
    try:
        phases = await doing
    except asyncio.CancelledError:
        interrupted = True
        phases["interrupted after"] = whole.tally.report(0.0, 0.0)
        console.print("interrupted")
        _say(console, "so far", whole.tally.report(0.0, 0.0))
    finally:
        await whole.close()
    wrong = sum(member.pin != plan.pin for member in whole.members)
    right = len(whole.members) - (wrong if plan.pin else 0)
    held = not interrupted and all(phase["registered"] == right for phase in phases.values())
    return {
        "count": len(plan.numbers),
        "profiles": {profile.name: share for profile, share in plan.profiles},
        "wrong_pins": wrong,
        "interrupted": interrupted,
        "held": held,
        "unreachable": whole.unreachable,
        "phases": phases,
    }


async def _phases(whole: Fleet, remote: Remote | None, options: dict[str, Any], console: Console) -> dict[str, Any]:
    phases: dict[str, Any] = {}
    rounds: int = options["rounds"]
    for each in range(1, rounds + 1):
        name = "logon" if rounds == 1 else f"logon {each}"
        phases[name] = await _measured(whole, name, whole.log_on(), console)
    if options["stay"]:
        console.print(f"staying for {options['stay']:g} s")
        await whole.stay(options["stay"])
    if options["storm"] and remote is not None:
        registered = phases[next(reversed(phases))]["registered"]
        whole.expect(registered)
        phases["storm"] = await _measured(whole, "storm", _storm(whole, remote), console)
    if not options["keep"]:
        await whole.log_off()
    return phases


async def _storm(whole: Fleet, remote: Remote) -> None:
    unregistering = asyncio.get_running_loop().run_in_executor(None, remote.execute, "extension_unregistration -d all")
    await whole.again()
    await unregistering


async def _measured(whole: Fleet, name: str, doing: Coroutine[Any, Any, None], console: Console) -> dict[str, Any]:
    """Do it, show how far it is, and return what was counted."""
    whole.tally = Tally()
    total = len(whole.members)
    began, processor = time.perf_counter(), time.process_time()
    task = asyncio.ensure_future(doing)
    with _bar(console) as bar:
        row = bar.add_task(name, total=total, counts="")
        try:
            while not task.done():
                await asyncio.wait([task], timeout=_REFRESH)
                tally = whole.tally
                ended = tally.registered + tally.refused + tally.prompted + tally.failed
                bar.update(row, completed=ended, counts=_counts(whole, time.perf_counter() - began))
        finally:
            task.cancel()
    await task
    report = whole.tally.report(time.perf_counter() - began, time.process_time() - processor)
    _say(console, name, report)
    return report


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<8}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TextColumn("{task.fields[counts]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def _counts(whole: Fleet, seconds: float) -> str:
    tally = whole.tally
    others = [
        f"{count} {word}"
        for word, count in (("refused", tally.refused), ("prompted", tally.prompted), ("failed", tally.failed))
        if count
    ]
    return ", ".join([f"{tally.registered / seconds:.0f}/s" if seconds else "", *others, whole.unreachable]).strip(", ")


def _say(console: Console, name: str, report: dict[str, Any]) -> None:
    parts = [f"{report[word]} {word}" for word in ("registered", "refused", "prompted", "failed") if report[word]]
    text = f"{name}: {', '.join(parts) or 'nobody registered'}"
    if report["seconds"]:
        text += f" in {report['seconds']:.1f} s, {report['per_second']:.0f} a second"
    if report["latency_ms"]:
        shown = ", ".join(f"{each} {value:.1f}" for each, value in report["latency_ms"].items())
        text += f"\n  logon in ms: {shown}"
    if report["repeated"] or report["lost"]:
        text += f"\n  {report['repeated']} requests repeated, {report['lost']} datagrams lost"
    for words, count in report["words"].items():
        text += f"\n  {count} times {words or 'nothing'}"
    console.print(text, highlight=False)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StartError(f"cannot write {file}: {error.strerror}") from None
