"""``registrar exec``, ``shell`` and ``console``: what an operator does with a running registrar."""

import os
import sys
from pathlib import Path

import click

from registrar.cli.options import DATA, URL
from registrar.errors import StartError
from registrar.remote import Remote


@click.command("exec")
@click.argument("commands", nargs=-1, required=True)
@URL
@DATA
def execute(commands: tuple[str, ...], url: str | None, data: Path) -> None:
    """Carry out operator's COMMANDS, a line each; - reads them from standard input.

    Exit status: 0 executed or printed, 1 NOT EXECUTED, 2 not the language, 3 no registrar answers; of several lines
    the first that is not 0. The token comes from REGISTRAR_TOKEN or the data folder. On standard input, empty lines and
    those that begin with # are passed over.
    """
    lines = [line for command in commands for line in (_standard_input() if command == "-" else [command])]
    remote = Remote.find(url, data, os.environ)
    status = 0
    for line in lines:
        result = remote.execute(line)
        click.echo(result.printout)
        status = status or result.exit_status
    raise SystemExit(status)


def _standard_input() -> list[str]:
    try:
        lines = sys.stdin.buffer.read().decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise StartError("standard input is not text in UTF-8", 2) from None
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


@click.command()
@URL
@DATA
def shell(url: str | None, data: Path) -> None:
    """Type operator's commands with completion and history, and see what happens meanwhile.

    Without a terminal it carries out the lines of standard input, as exec - does.
    """
    from registrar.shell.session import run

    raise SystemExit(run(Remote.find(url, data, os.environ), os.environ))


@click.command()
@click.option("--open", "browse", is_flag=True, help="Open it in the browser.")
@URL
@DATA
def console(browse: bool, url: str | None, data: Path) -> None:
    """Print the address of the console, with the token that logs in: keep it to yourself."""
    address = Remote.find(url, data, os.environ).console
    if browse:
        import webbrowser

        webbrowser.open(address)
    else:
        click.echo(address)
