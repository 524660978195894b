"""The program's commands. What a command does not need is not imported: ``exec`` must answer at once."""

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from registrar import __version__
from registrar.errors import StartError

_PATH = click.Path(path_type=Path)
_YES_NO = click.Choice(["yes", "no"], case_sensitive=False)


class _Commands(click.Group):
    """Loads ``serve`` with its many options when it is asked for; turns errors into one line and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command."""
        return sorted([*super().list_commands(ctx), "serve"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name."""
        return _serve_command() if cmd_name == "serve" else super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except StartError as error:
            _fail(str(error), error.status)
        except BrokenPipeError:
            sys.stderr.close()
            raise SystemExit(1) from None


def _fail(line: str, status: int) -> NoReturn:
    click.echo(f"registrar: {line}", err=True)
    raise SystemExit(status)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="registrar")
def main() -> None:
    """Lab registrar with the VoIP security of the MiVoice MX-ONE Service Node."""


def _serve_command() -> click.Command:
    from registrar.settings import described, load

    def serve(config: Path | None, **options: Any) -> None:
        settings = load(config, os.environ, options)
        from registrar.serve import run

        run(settings, click.echo)

    params: list[click.Parameter] = [
        click.Option(["--config"], type=_PATH, help="A TOML file of settings; docs/settings.md lists them.")
    ]
    for setting in described():
        if setting.kind is dict:
            continue
        kind: Any = _PATH if setting.kind is Path else setting.kind
        if setting.choices:
            kind = click.Choice(setting.choices, case_sensitive=False)
        shown = "" if setting.default in (None, "", False) else f"  [{setting.default}]"
        flag = {"is_flag": True} if setting.kind is bool else {"type": kind}
        name = f"--{setting.name.replace('_', '-')}"
        params.append(click.Option([name], default=None, help=setting.text.replace("`", "") + shown, **flag))
    return click.Command("serve", callback=serve, params=params, help="Run the registrar.")


@main.command("exec")
@click.argument("commands", nargs=-1, required=True)
@click.option("--url", help="The registrar's API, e.g. http://127.0.0.1:8080.")
@click.option("--data", type=_PATH, default=Path("data"), help="The data folder of the running registrar.  [data]")
def execute(commands: tuple[str, ...], url: str | None, data: Path) -> None:
    """Carry out operator's COMMANDS, a line each; - reads them from standard input.

    Exit status: 0 executed or printed, 1 NOT EXECUTED, 2 not the language, 3 no registrar answers; of several lines
    the first that is not 0. The token comes from REGISTRAR_TOKEN or the data folder.
    """
    from registrar.remote import Remote

    remote = Remote.find(url, data, os.environ)
    lines = [line for command in commands for line in (sys.stdin if command == "-" else [command])]
    status = 0
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        result = remote.execute(line.rstrip("\r\n"))
        click.echo(result.printout)
        status = status or result.exit_status
    raise SystemExit(status)


@main.command()
@click.option("--policy", type=click.IntRange(0, 3), required=True, help="0 none, 1, 2, 3 as sec_policy -set.")
@click.option("--protocol", type=click.Choice(["sip", "h323"]), required=True)
@click.option("--terminal", required=True, help="What the terminal says it is (User-Agent, productId).")
@click.option("--exception", type=_YES_NO, required=True, help="The extension's --security-exception.")
@click.option("--rac", type=_YES_NO, required=True, help="Whether a PIN is configured.")
@click.option("--port", type=click.Choice(["5060", "5061", "1719", "3727"]), required=True)
@click.option("--port-check", type=click.Choice(["standard", "strict"]), default="standard", show_default=True)
def explain(policy: int, protocol: str, terminal: str, exception: str, rac: str, port: str, port_check: str) -> None:
    """Say what would become of a registration, and by which row of which table. Needs no running registrar."""
    from registrar.model.policy import Policy, PortCheck, Protocol
    from registrar.policy.explain import explain as decide

    if (protocol == "sip") != (port in ("5060", "5061")):
        ports = "5060 or 5061" if protocol == "sip" else "1719 or 3727"
        raise StartError(f"{protocol} arrives on port {ports}, not on {port}", 2)
    explanation = decide(
        Policy(policy),
        Protocol(protocol),
        terminal,
        exception == "yes",
        rac == "yes",
        int(port),
        port in ("5061", "3727"),
        PortCheck(port_check),
    )
    click.echo("\n".join(explanation.lines()))


@main.group()
def certs() -> None:
    """Show the lab CA and the server certificate."""


_FOLDER = click.option(
    "--certs", "folder", type=_PATH, default=Path("data/certs"), help="The certificate folder.  [data/certs]"
)


@certs.command("init")
@_FOLDER
@click.option("--name", "names", multiple=True, help="A name or address the certificate must cover; repeatable.")
def certs_init(folder: Path, names: tuple[str, ...]) -> None:
    """Make the lab CA and the server certificate where there is none."""
    import time

    from registrar.serve import own_names
    from registrar.settings import Settings
    from registrar.tls.errors import CertificateError
    from registrar.tls.installed import install

    try:
        installed = install(folder, list(dict.fromkeys([*names, *own_names(Settings())])), time.time())
    except CertificateError as error:
        raise StartError(str(error)) from None
    click.echo("\n".join(installed.lines(time.time())))


@certs.command("show")
@_FOLDER
def certs_show(folder: Path) -> None:
    """Show the installed certificate."""
    import time

    from registrar.tls.errors import CertificateError
    from registrar.tls.installed import inspect

    try:
        installed = inspect(folder)
    except CertificateError as error:
        raise StartError(str(error)) from None
    except OSError as error:
        raise StartError(f"cannot read {error.filename}: {error.strerror}; registrar certs init makes it") from None
    click.echo("\n".join(installed.lines(time.time())))


@certs.command("export")
@_FOLDER
def certs_export(folder: Path) -> None:
    """Print the CA certificate in PEM, for phones to trust."""
    try:
        click.echo((folder / "ca.pem").read_text(), nl=False)
    except OSError as error:
        raise StartError(f"cannot read {error.filename}: {error.strerror}; registrar certs init makes it") from None
