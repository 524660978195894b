"""``registrar license make``: licence files of the lab's own issuer."""

from pathlib import Path

import click

from registrar.cli.options import PATH
from registrar.errors import StartError
from registrar.model.licence import Licence
from registrar.policy.licence_file import LicenceError, make_licence, read_moment
from registrar.settings import Settings
from registrar.store.errors import StoreError
from registrar.store.secrets import open_key


@click.group("license")
def licence() -> None:
    """Issue licence files."""


@licence.command("make")
@click.option("--data", type=PATH, default=Path("data"), help="The data folder, which holds the issuing key.  [data]")
@click.option("--system", default="LAB", show_default=True, help="The name of the system it is for.")
@click.option("--feature", "features", multiple=True, default=("VOIP-SECURITY",), show_default=True, help="Repeatable.")
@click.option("--expires", help="Its last moment in UTC, e.g. 2030-12-31; without end if not given.")
def make(data: Path, system: str, features: tuple[str, ...], expires: str | None) -> None:
    """Print a licence file, signed for the registrar that runs on the data folder: license_status -i FILE."""
    try:
        issued = Licence(system, features, read_moment(expires))
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        click.echo(make_licence(issued, open_key(Settings(data=data).licence_key)), nl=False)
    except LicenceError as error:
        raise StartError(str(error).rstrip("."), 2) from None
    except OSError as error:
        raise StartError(f"cannot use the data folder {data}: {error.strerror}; choose another with --data") from None
    except StoreError as error:
        raise StartError(str(error)) from None
