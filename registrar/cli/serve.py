"""``registrar serve``: its options are the settings."""

import contextlib
import gc
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from registrar.cli.options import PATH
from registrar.settings import described, load


def _program() -> str:
    """Return what to type to call this very program from this folder."""
    called = Path(sys.argv[0])
    found = shutil.which(called.name)
    if found is not None and called.exists() and Path(found).samefile(called):
        return called.name
    path = Path(sys.executable if called.name == "__main__.py" else called).absolute()
    with contextlib.suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return shlex.join([str(path), "-m", "registrar"] if called.name == "__main__.py" else [str(path)])


def _serve(config: Path | None, **options: Any) -> None:
    load(config, os.environ, options)  # what is wrong is told before anything is loaded
    gc.disable()
    from registrar.serve import run

    gc.freeze()  # what was loaded stays: looking through it again and again took a tenth of a start
    gc.enable()
    run(lambda: load(config, os.environ, options), click.echo, _program())


def _params() -> list[click.Parameter]:
    params: list[click.Parameter] = [
        click.Option(["--config"], type=PATH, help="A TOML file of settings; docs/settings.md lists them.")
    ]
    for setting in described():
        if setting.kind is dict:
            continue
        kind: Any = PATH if setting.kind is Path else setting.kind
        if setting.choices:
            kind = click.Choice(setting.choices, case_sensitive=False)
        shown = "" if setting.default in (None, "", False) else f"  [{setting.default}]"
        flag = {"is_flag": True} if setting.kind is bool else {"type": kind}
        name = f"--{setting.name.replace('_', '-')}"
        params.append(click.Option([name], default=None, help=setting.text.replace("`", "") + shown, **flag))
    return params


serve = click.Command("serve", callback=_serve, params=_params(), help="Run the registrar.")
