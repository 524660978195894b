"""``registrar certs``: the lab CA and the server certificate, whether a registrar runs or not."""

import time
from pathlib import Path

import click

from registrar.cli.options import DATA, PATH
from registrar.errors import StartError
from registrar.hosts import own_names
from registrar.remote import running
from registrar.tls.errors import CertificateError
from registrar.tls.installed import inspect, install


@click.group()
def certs() -> None:
    """Show the lab CA and the server certificate."""


_FOLDER = click.option(
    "--certs",
    "folder",
    type=PATH,
    envvar="REGISTRAR_CERTS",
    help="The certificate folder; else that of the registrar that runs on the data folder, else its certs.",
)


def _folder(folder: Path | None, data: Path) -> Path:
    if folder is not None:
        return folder
    ready = running(data)
    return Path(ready["ca_file"]).parent if ready else data / "certs"


@certs.command("init")
@_FOLDER
@DATA
@click.option("--name", "names", multiple=True, help="A name or address the certificate must cover; repeatable.")
def certs_init(folder: Path | None, data: Path, names: tuple[str, ...]) -> None:
    """Make the lab CA and the server certificate where there is none."""
    try:
        own = own_names("127.0.0.1", "")
        installed = install(_folder(folder, data), list(dict.fromkeys([*names, *own])), time.time())
    except CertificateError as error:
        raise StartError(str(error)) from None
    click.echo("\n".join(installed.lines(time.time())))


@certs.command("show")
@_FOLDER
@DATA
def certs_show(folder: Path | None, data: Path) -> None:
    """Show the installed certificate."""
    try:
        installed = inspect(_folder(folder, data))
    except CertificateError as error:
        raise StartError(str(error)) from None
    except OSError as error:
        raise StartError(f"cannot read {error.filename}: {error.strerror}; registrar certs init makes it") from None
    click.echo("\n".join(installed.lines(time.time())))


@certs.command("export")
@_FOLDER
@DATA
def certs_export(folder: Path | None, data: Path) -> None:
    """Print the CA certificate in PEM, for phones to trust."""
    try:
        click.echo((_folder(folder, data) / "ca.pem").read_text(), nl=False)
    except OSError as error:
        raise StartError(f"cannot read {error.filename}: {error.strerror}; registrar certs init makes it") from None
