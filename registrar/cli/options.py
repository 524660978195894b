"""Options that several commands have."""

from pathlib import Path

import click

PATH = click.Path(path_type=Path)
URL = click.option("--url", help="The registrar's API, e.g. http://127.0.0.1:8080.")
DATA = click.option(
    "--data",
    type=PATH,
    default=Path("data"),
    envvar="REGISTRAR_DATA",
    help="The data folder of the running registrar.  [data]",
)
YES_NO = click.Choice(["yes", "no"], case_sensitive=False)
