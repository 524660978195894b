"""``registrar phone``: one simulated terminal, its user at this terminal."""

import asyncio
import contextlib
import os
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TextIO

import click

from registrar.errors import StartError
from registrar.model.flow import Transport
from registrar.phones import make
from registrar.phones.configuration import Configuration, ConfigurationError, Server, read, server_of
from registrar.phones.phone import State
from registrar.phones.profiles import Profile, profiles
from registrar.phones.terminal import Terminal, Trust
from registrar.phones.transcript import Entry, Kind, Transcript
from registrar.remote import running

LEAVING_SECONDS: Final = 2.0
"""How long the answer to the last unregistration is waited for."""
_PATH = click.Path(path_type=Path)
_KEYS: Final = "keys: PIN and Enter logs on with it, r reboots, q unregisters and leaves"


def _list(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted:
        for name, each in profiles().items():
            click.echo(f"{name:<12} {each.title:<32} {each.protocol.value:<5} {each.says}")
        ctx.exit()


@click.command("phone")
@click.argument("number")
@click.option("--profile", "kind", required=True, type=click.Choice(list(profiles())), help="The kind of terminal.")
@click.option("--list", is_flag=True, expose_value=False, is_eager=True, callback=_list, help="List the profiles.")
@click.option("--pin", envvar="REGISTRAR_PIN", help="The PIN its user enters at the logon; asked for when left out.")
@click.option("--server", help="The registrar's host.  [the one that runs on --data, else 127.0.0.1]")
@click.option(
    "--data", type=_PATH, default=Path("data"), envvar="REGISTRAR_DATA", help="The data folder of a registrar."
)
@click.option("--config", type=_PATH, help="The phone's configuration file, read again at every start.")
@click.option("--transport", type=click.Choice(["udp", "tcp", "tls"]), help="What it uses where no PIN goes over TLS.")
@click.option("--security/--no-security", default=None, help="Whether a PIN goes over TLS.  [as the profile has it]")
@click.option("--sip-port", type=click.IntRange(1, 65535), help="Of the registrar.")
@click.option("--sips-port", type=click.IntRange(1, 65535), help="Of the registrar.")
@click.option("--ras-port", type=click.IntRange(1, 65535), help="Of the registrar.")
@click.option("--ras-tls-port", type=click.IntRange(1, 65535), help="Of the registrar.")
@click.option("--ca", type=_PATH, help="The CA file it trusts.")
@click.option("--any-certificate", is_flag=True, help="Take any certificate.")
@click.option("--tls", "tls", multiple=True, type=click.Choice(["1.0", "1.1", "1.2", "1.3"]), help="Speak only these.")
@click.option("--says", help="What it says it is, instead of what the profile says.")
@click.option("--expires", type=click.IntRange(0), help="The registration time it asks for, seconds.")
@click.option("--once", is_flag=True, help="Register, say what came of it, unregister, leave.")
@click.option("-v", "--verbose", is_flag=True, help="Show whole messages.")
def phone(number: str, kind: str, *, once: bool, verbose: bool, any_certificate: bool, **options: Any) -> None:
    """Simulate the terminal of NUMBER and print what happens there.

    Exit status: 0 when it was registered at the end, 1 when it was not, 2 when something that was given is wrong.
    """
    profile = profiles()[kind]
    profile = profile._replace(
        says=options["says"] or profile.says,
        tls=options["tls"] or profile.tls,
        expires=profile.expires if options["expires"] is None else options["expires"],
    )
    base = _configuration(profile, options)
    file: Path | None = options["config"]

    def reread() -> Configuration:
        return read(file, base) if file is not None else base

    try:
        configuration = reread()
        made = make.phone(profile, number, configuration)
        make.check_pin(options["pin"] or "")
    except ConfigurationError as error:
        raise StartError(str(error), 2) from None
    transcript = Transcript(number, profile.protocol, lambda entry: click.echo(_printed(entry, verbose)))
    terminal = Terminal(made, transcript, clock=time.time, trust=Trust(profile.tls, not any_certificate), reread=reread)
    pin: str | None = options["pin"] if options["pin"] is not None else configuration.pin or None
    registered = asyncio.run((_once if once else _stay)(terminal, pin))
    raise SystemExit(0 if registered else 1)


def _configuration(profile: Profile, options: dict[str, Any]) -> Configuration:
    """The registrar of the data folder, if there is one, as the options change it."""
    ready = running(options["data"]) or {}
    if options["server"] and options["server"] not in ("localhost", ready.get("address")):
        ready = {}
    known = server_of(ready)
    server = Server(
        options["server"] or known.host,
        options["sip_port"] or known.sip_port,
        options["sips_port"] or known.sips_port,
        options["ras_port"] or known.ras_port,
        options["ras_tls_port"] or known.ras_tls_port,
    )
    ca = options["ca"] or (Path(ready["ca_file"]) if "ca_file" in ready else None)
    security = profile.secure if options["security"] is None else options["security"]
    return Configuration(server, security, Transport((options["transport"] or "udp").upper()), ca)


def _printed(entry: Entry, verbose: bool) -> str:
    text = entry.printed(verbose)
    return click.style(text, bold=True) if entry.kind is Kind.SHOWN else text


async def _once(terminal: Terminal, pin: str | None) -> bool:
    terminal.log_on(pin or "")
    stopped, settled = asyncio.ensure_future(_signalled().wait()), asyncio.ensure_future(terminal.settled())
    _, under_way = await asyncio.wait((stopped, settled), return_when=asyncio.FIRST_COMPLETED)
    for task in under_way:
        task.cancel()
    registered = terminal.phone.state is State.REGISTERED
    await _leave(terminal)
    return registered


async def _stay(terminal: Terminal, pin: str | None) -> bool:
    stopped = _signalled()
    with _typed(lambda line: _key(line, terminal, stopped)):
        if sys.stdin.isatty():
            click.echo(_KEYS)
        terminal.log_on(pin or "")
        await stopped.wait()
    registered = terminal.phone.state is State.REGISTERED
    await _leave(terminal)
    return registered


def _key(line: str, terminal: Terminal, stopped: asyncio.Event) -> None:
    match line:
        case "q":
            stopped.set()
        case "r":
            terminal.reboot()
        case _:
            try:
                make.check_pin(line)
            except ConfigurationError as error:
                click.echo(str(error), err=True)
            else:
                terminal.enter_pin(line)


async def _leave(terminal: Terminal) -> None:
    if terminal.phone.state is State.REGISTERED:
        terminal.log_off()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(terminal.settled(), LEAVING_SECONDS)
    await terminal.close()


def _signalled() -> asyncio.Event:
    """Return what is set when Ctrl-C or SIGTERM comes."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


@contextlib.contextmanager
def _typed(take: Callable[[str], None]) -> Iterator[None]:
    """Hand on every line typed, without showing it: it may be a PIN."""
    loop = asyncio.get_running_loop()
    stdin: TextIO = sys.stdin

    def readable() -> None:
        line = os.read(stdin.fileno(), 4096).decode("utf-8", "replace")
        if not line:
            loop.remove_reader(stdin)
            return
        for each in line.splitlines():
            take(each)

    with _hidden(stdin):
        with contextlib.suppress(OSError):  # a regular file cannot be waited for
            loop.add_reader(stdin, readable)
        try:
            yield
        finally:
            loop.remove_reader(stdin)


@contextlib.contextmanager
def _hidden(stream: TextIO) -> Iterator[None]:
    """Do not show what is typed while this lasts."""
    if not stream.isatty():
        yield
        return
    before = termios.tcgetattr(stream)
    hidden = termios.tcgetattr(stream)
    hidden[3] &= ~termios.ECHO
    termios.tcsetattr(stream, termios.TCSADRAIN, hidden)
    try:
        yield
    finally:
        termios.tcsetattr(stream, termios.TCSADRAIN, before)
