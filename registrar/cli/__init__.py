"""The program's commands. What is not asked for is not imported: ``exec`` must answer at once."""

import importlib
from typing import Any, Final, NoReturn

import click

from registrar import __version__
from registrar.errors import StartError

INTERRUPTED: Final = 130
"""Exit status after Ctrl-C, as shells have it: 128 and the number of the signal."""

COMMANDS: Final = {
    "certs": "registrar.cli.certs:certs",
    "console": "registrar.cli.operate:console",
    "exec": "registrar.cli.operate:execute",
    "explain": "registrar.cli.explain:explain",
    "fleet": "registrar.phones.fleet_command:fleet",
    "license": "registrar.cli.licence:licence",
    "phone": "registrar.phones.command:phone",
    "provision": "registrar.cli.provision:provision",
    "run": "registrar.scenario.command:run",
    "serve": "registrar.cli.serve:serve",
    "shell": "registrar.cli.operate:shell",
    "trace": "registrar.cli.trace:trace",
}
"""Where each command is."""


class _Commands(click.Group):
    """Loads a command when it is asked for; turns errors into one line and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Name every command."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Return the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(importlib.import_module(module), name)
        return found

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


def _fail(line: str, status: int) -> NoReturn:
    shown = "".join(c if c.isprintable() else "?" for c in " ".join(line.split()))
    click.echo(f"registrar: {shown}", err=True)
    raise SystemExit(status)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="registrar")
def main() -> None:
    """Lab registrar with the VoIP security of the MiVoice MX-ONE Service Node."""
