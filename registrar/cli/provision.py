"""``registrar provision``: a ready configuration for a client."""

import sys
from pathlib import Path

import click

from registrar.cli.options import DATA, PATH
from registrar.commands.numbers import ArgumentError, read_numbers
from registrar.demonstration import EXTENSIONS
from registrar.errors import StartError
from registrar.model.flow import Transport
from registrar.provision.account import Account, Server
from registrar.provision.clients import CLIENTS, write
from registrar.remote import needed


def _asked_pin(numbers: str) -> str:
    """Ask a person for the PIN, or read it from a pipe."""
    if sys.stdin.isatty():
        question = f"PIN of {numbers}, empty for none"
        return str(click.prompt(question, hide_input=True, default="", show_default=False, err=True))
    line = sys.stdin.readline()
    if not line:
        raise StartError(f"the PIN of {numbers} is needed: --pin, or a line on standard input, empty for none", 2)
    return line.rstrip("\r\n")


@click.command("provision")
@click.argument("numbers", metavar="NUMBER")
@click.option("--for", "client", type=click.Choice(sorted(CLIENTS)), required=True, help="The client.")
@click.option("--transport", type=click.Choice(["udp", "tcp", "tls"]), default="udp", show_default=True)
@click.option("--pin", help="The PIN; asked for when left out, except those of the demonstration extensions.")
@click.option("--server", default="", help="The address the client reaches the registrar at, if not its own.")
@click.option("--out", type=PATH, help="A folder to write the files to; printed when left out.")
@DATA
def provision(
    numbers: str, client: str, transport: str, pin: str | None, server: str, out: Path | None, data: Path
) -> None:
    """Write a ready configuration for a client of NUMBER (or of several: 100,105 and 100..110)."""
    try:
        wanted = read_numbers(numbers)
    except ArgumentError as error:
        raise StartError(f"{numbers!r}: {error}", 2) from None
    where = Server.of(needed(data), server)
    known = {each.number: each.pin for each in EXTENSIONS}
    if pin is None and not known.keys() >= set(wanted):
        pin = _asked_pin(numbers)
    accounts = [
        Account(number, known[number] if pin is None else pin, Transport(transport.upper()), where) for number in wanted
    ]
    configuration = CLIENTS[client](accounts, str(out or "."))
    if out is not None:
        write(out, configuration)
    else:
        for name, text in configuration.files.items():
            click.echo(f"# {name}\n{text}" if len(configuration.files) > 1 else text, nl=False)
    if configuration.command and (out is not None or not configuration.files):
        click.echo(configuration.line)
    if configuration.advice:
        click.echo(configuration.advice, err=True)
