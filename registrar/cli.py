"""The program's commands. What a command does not need is not imported: ``exec`` must answer at once."""

import contextlib
import importlib
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from registrar import __version__
from registrar.errors import StartError

_PATH = click.Path(path_type=Path)
_URL = click.option("--url", help="The registrar's API, e.g. http://127.0.0.1:8080.")
_DATA = click.option(
    "--data",
    type=_PATH,
    default=Path("data"),
    envvar="REGISTRAR_DATA",
    help="The data folder of the running registrar.  [data]",
)
_YES_NO = click.Choice(["yes", "no"], case_sensitive=False)


_ELSEWHERE = {
    "phone": "registrar.phones.command",
    "fleet": "registrar.phones.fleet_command",
    "run": "registrar.scenario.command",
}
"""Commands that have a module of their own, under their own name."""


class _Commands(click.Group):
    """Loads commands with many options when they are asked for; turns errors into one line and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command."""
        return sorted([*super().list_commands(ctx), *_BUILT, *_ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name."""
        if cmd_name in _ELSEWHERE:
            found: click.Command = getattr(importlib.import_module(_ELSEWHERE[cmd_name]), cmd_name)
            return found
        build = _BUILT.get(cmd_name)
        return build() if build is not None else super().get_command(ctx, cmd_name)

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run the command and leave the process with its exit status."""
        try:
            status = super().main(*args, **extra | {"standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            raise SystemExit(error.exit_code) from None
        except click.UsageError as error:
            command = error.ctx.command_path if error.ctx is not None else "registrar"
            _fail(f"{error.format_message().rstrip('.')}; {command} --help tells what there is", error.exit_code)
        except click.ClickException as error:
            _fail(error.format_message(), error.exit_code)
        except StartError as error:
            _fail(str(error), error.status)
        except click.Abort:
            raise SystemExit(INTERRUPTED) from None
        raise SystemExit(status or 0)


INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it: 128 and the number of the signal."""


def _fail(line: str, status: int) -> NoReturn:
    shown = "".join(c if c.isprintable() else "?" for c in " ".join(line.split()))
    click.echo(f"registrar: {shown}", err=True)
    raise SystemExit(status)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="registrar")
def main() -> None:
    """Lab registrar with the VoIP security of the MiVoice MX-ONE Service Node."""


def _program() -> str:
    """Return what to type to call this very program from this folder."""
    import shlex
    import shutil

    called = Path(sys.argv[0])
    found = shutil.which(called.name)
    if found is not None and called.exists() and Path(found).samefile(called):
        return called.name
    path = Path(sys.executable if called.name == "__main__.py" else called).absolute()
    with contextlib.suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return shlex.join([str(path), "-m", "registrar"] if called.name == "__main__.py" else [str(path)])


def _serve_command() -> click.Command:
    from registrar.settings import described, load

    def serve(config: Path | None, **options: Any) -> None:
        load(config, os.environ, options)  # what is wrong is told before anything is loaded
        from registrar.serve import run

        run(lambda: load(config, os.environ, options), click.echo, _program())

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
@_URL
@_DATA
def execute(commands: tuple[str, ...], url: str | None, data: Path) -> None:
    """Carry out operator's COMMANDS, a line each; - reads them from standard input.

    Exit status: 0 executed or printed, 1 NOT EXECUTED, 2 not the language, 3 no registrar answers; of several lines
    the first that is not 0. The token comes from REGISTRAR_TOKEN or the data folder. On standard input, empty lines and
    those that begin with # are passed over.
    """
    from registrar.remote import Remote

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


@main.command()
@_URL
@_DATA
def shell(url: str | None, data: Path) -> None:
    """Type operator's commands with completion and history, and see what happens meanwhile.

    Without a terminal it carries out the lines of standard input, as exec - does.
    """
    from registrar.remote import Remote
    from registrar.shell.session import run

    raise SystemExit(run(Remote.find(url, data, os.environ), os.environ))


@main.command()
@click.option("--policy", type=click.IntRange(0, 3), required=True, help="0 none, 1, 2, 3 as sec_policy -set.")
@click.option("--protocol", type=click.Choice(["sip", "h323"], case_sensitive=False), required=True)
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


def _asked_pin(numbers: str) -> str:
    """Ask a person for the PIN, or read it from a pipe."""
    if sys.stdin.isatty():
        question = f"PIN of {numbers}, empty for none"
        return str(click.prompt(question, hide_input=True, default="", show_default=False, err=True))
    line = sys.stdin.readline()
    if not line:
        raise StartError(f"the PIN of {numbers} is needed: --pin, or a line on standard input, empty for none", 2)
    return line.rstrip("\r\n")


def _provision_command() -> click.Command:
    from registrar.provision.clients import CLIENTS, write

    @click.command("provision")
    @click.argument("numbers", metavar="NUMBER")
    @click.option("--for", "client", type=click.Choice(sorted(CLIENTS)), required=True, help="The client.")
    @click.option("--transport", type=click.Choice(["udp", "tcp", "tls"]), default="udp", show_default=True)
    @click.option("--pin", help="The PIN; asked for when left out, except those of the demonstration extensions.")
    @click.option("--server", default="", help="The address the client reaches the registrar at, if not its own.")
    @click.option("--out", type=_PATH, help="A folder to write the files to; printed when left out.")
    @_DATA
    def provision(
        numbers: str, client: str, transport: str, pin: str | None, server: str, out: Path | None, data: Path
    ) -> None:
        """Write a ready configuration for a client of NUMBER (or of several: 100,105 and 100..110)."""
        from registrar.commands.numbers import ArgumentError, read_numbers
        from registrar.demonstration import EXTENSIONS
        from registrar.model.flow import Transport
        from registrar.provision.account import Account, Server
        from registrar.remote import needed

        try:
            wanted = read_numbers(numbers)
        except ArgumentError as error:
            raise StartError(f"{numbers!r}: {error}", 2) from None
        where = Server.of(needed(data), server)
        known = {each.number: each.pin for each in EXTENSIONS}
        if pin is None and not known.keys() >= set(wanted):
            pin = _asked_pin(numbers)
        accounts = [
            Account(number, known[number] if pin is None else pin, Transport(transport.upper()), where)
            for number in wanted
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

    return provision


_BUILT = {"serve": _serve_command, "provision": _provision_command}
"""Commands whose options need more than the others."""
_NUMBER = click.option("--number", default="", help="Only what is about this directory number.")


@main.command()
@click.option("--open", "browse", is_flag=True, help="Open it in the browser.")
@_URL
@_DATA
def console(browse: bool, url: str | None, data: Path) -> None:
    """Print the address of the console, with the token that logs in: keep it to yourself."""
    from registrar.remote import Remote

    address = Remote.find(url, data, os.environ).console
    if browse:
        import webbrowser

        webbrowser.open(address)
    else:
        click.echo(address)


@main.group()
def trace() -> None:
    """Show what goes over the wire and what is decided on it; PINs and credentials are masked."""


@trace.command("export")
@click.argument("file", type=_PATH)
@_NUMBER
@_URL
@_DATA
def trace_export(file: Path, number: str, url: str | None, data: Path) -> None:
    """Write the trace to FILE in pcapng, for Wireshark; what came inside TLS is readable in it."""
    from urllib.parse import urlencode

    from registrar.remote import Remote

    query = f"?{urlencode({'number': number})}" if number else ""
    capture = Remote.find(url, data, os.environ).fetch(f"/api/v1/trace.pcapng{query}")
    try:
        file.write_bytes(capture)
    except OSError as error:
        raise StartError(f"cannot write {file}: {error.strerror}") from None


@trace.command("follow")
@_NUMBER
@click.option("-v", "--verbose", is_flag=True, help="The messages too.")
@_URL
@_DATA
def trace_follow(number: str, verbose: bool, url: str | None, data: Path) -> None:
    """Print what happens as it happens, until Ctrl-C."""
    from urllib.parse import urlencode

    from registrar.remote import Remote
    from registrar.trace.terminal import lines

    query = f"?{urlencode({'number': number})}" if number else ""
    with contextlib.suppress(KeyboardInterrupt):
        for record in Remote.find(url, data, os.environ).follow(f"/api/v1/trace{query}"):
            click.echo("\n".join(lines(record, verbose)))


@main.group("license")
def license_() -> None:
    """Issue licence files."""


@license_.command("make")
@click.option("--data", type=_PATH, default=Path("data"), help="The data folder, which holds the issuing key.  [data]")
@click.option("--system", default="LAB", show_default=True, help="The name of the system it is for.")
@click.option("--feature", "features", multiple=True, default=("VOIP-SECURITY",), show_default=True, help="Repeatable.")
@click.option("--expires", help="Its last moment in UTC, e.g. 2030-12-31; without end if not given.")
def license_make(data: Path, system: str, features: tuple[str, ...], expires: str | None) -> None:
    """Print a licence file, signed for the registrar that runs on the data folder: license_status -i FILE."""
    from registrar.model.licence import Licence
    from registrar.policy.licence_file import LicenceError, make_licence, read_moment
    from registrar.settings import Settings
    from registrar.store.errors import StoreError
    from registrar.store.secrets import open_key

    try:
        licence = Licence(system, features, read_moment(expires))
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        click.echo(make_licence(licence, open_key(Settings(data=data).licence_key)), nl=False)
    except (LicenceError, StoreError, OSError) as error:
        raise StartError(str(error)) from None


@main.group()
def certs() -> None:
    """Show the lab CA and the server certificate."""


_FOLDER = click.option(
    "--certs",
    "folder",
    type=_PATH,
    envvar="REGISTRAR_CERTS",
    help="The certificate folder; else that of the registrar that runs on the data folder, else its certs.",
)


def _folder(folder: Path | None, data: Path) -> Path:
    from registrar.remote import running

    if folder is not None:
        return folder
    ready = running(data)
    return Path(ready["ca_file"]).parent if ready else data / "certs"


@certs.command("init")
@_FOLDER
@_DATA
@click.option("--name", "names", multiple=True, help="A name or address the certificate must cover; repeatable.")
def certs_init(folder: Path | None, data: Path, names: tuple[str, ...]) -> None:
    """Make the lab CA and the server certificate where there is none."""
    import time

    from registrar.hosts import own_names
    from registrar.tls.errors import CertificateError
    from registrar.tls.installed import install

    try:
        own = own_names("127.0.0.1", "")
        installed = install(_folder(folder, data), list(dict.fromkeys([*names, *own])), time.time())
    except CertificateError as error:
        raise StartError(str(error)) from None
    click.echo("\n".join(installed.lines(time.time())))


@certs.command("show")
@_FOLDER
@_DATA
def certs_show(folder: Path | None, data: Path) -> None:
    """Show the installed certificate."""
    import time

    from registrar.tls.errors import CertificateError
    from registrar.tls.installed import inspect

    try:
        installed = inspect(_folder(folder, data))
    except CertificateError as error:
        raise StartError(str(error)) from None
    except OSError as error:
        raise StartError(f"cannot read {error.filename}: {error.strerror}; registrar certs init makes it") from None
    click.echo("\n".join(installed.lines(time.time())))


@certs.command("export")
@_FOLDER
@_DATA
def certs_export(folder: Path | None, data: Path) -> None:
    """Print the CA certificate in PEM, for phones to trust."""
    try:
        click.echo((_folder(folder, data) / "ca.pem").read_text(), nl=False)
    except OSError as error:
        raise StartError(f"cannot read {error.filename}: {error.strerror}; registrar certs init makes it") from None
