"""``registrar trace``: what goes over the wire, in a terminal or as a file."""

import contextlib
import os
from pathlib import Path
from urllib.parse import urlencode

import click

from registrar.cli.options import DATA, PATH, URL
from registrar.errors import StartError
from registrar.remote import Remote
from registrar.trace.terminal import lines

_NUMBER = click.option("--number", default="", help="Only what is about this directory number.")


@click.group()
def trace() -> None:
    """Show what goes over the wire and what is decided on it; PINs and credentials are masked."""


@trace.command("export")
@click.argument("file", type=PATH)
@_NUMBER
@URL
@DATA
def trace_export(file: Path, number: str, url: str | None, data: Path) -> None:
    """Write the trace to FILE in pcapng, for Wireshark; what came inside TLS is readable in it."""
    query = f"?{urlencode({'number': number})}" if number else ""
    capture = Remote.find(url, data, os.environ).fetch(f"/api/v1/trace.pcapng{query}")
    try:
        file.write_bytes(capture)
    except OSError as error:
        raise StartError(f"cannot write {file}: {error.strerror}") from None


@trace.command("follow")
@_NUMBER
@click.option("-v", "--verbose", is_flag=True, help="The messages too.")
@URL
@DATA
def trace_follow(number: str, verbose: bool, url: str | None, data: Path) -> None:
    """Print what happens as it happens, until Ctrl-C."""
    query = f"?{urlencode({'number': number})}" if number else ""
    with contextlib.suppress(KeyboardInterrupt):
        for record in Remote.find(url, data, os.environ).follow(f"/api/v1/trace{query}"):
            click.echo("\n".join(lines(record, verbose)))
