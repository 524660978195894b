"""Every command of the language: its forms, switches and words. Parser, help pages and documents come from here."""

from typing import Final

from registrar.commands.catalogue.extensions import (
    AUTH_CODE,
    EXTENSION,
    EXTENSION_PROFILE,
    EXTENSION_UNREGISTRATION,
    IP_EXTENSION,
    TERMINAL_TYPE,
)
from registrar.commands.catalogue.operation import DATA_BACKUP, DATA_RESTORE, RIANC, RIANE, RIANI, RIANP, SIP_ROUTE
from registrar.commands.catalogue.security import (
    CERTIFICATE,
    LICENSE_STATUS,
    MEDIA_ENCRYPTION_DISABLE,
    MEDIA_ENCRYPTION_ENABLE,
    MEDIA_ENCRYPTION_PRINT,
    SEC_POLICY,
)
from registrar.commands.grammar import Command, Form, Switch, Type
from registrar.commands.numbers import ArgumentError


def _command_name(text: str) -> str:
    if text.lower() not in COMMANDS:
        raise ArgumentError("the name of a command")
    return text.lower()


TOPIC: Final[Switch[str]] = Switch("COMMAND", Type("COMMAND", "the name of a command", _command_name), "The command.")

HELP_COMMAND: Final = Command(
    "help",
    "Lists the commands, or prints the page of one.",
    (Form(None, "Lists the commands, or prints the page of one."),),
    "COMMAND --help and COMMAND -? print the same page.",
    ("help", "help sec_policy"),
    positional=TOPIC,
)

COMMANDS: Final[dict[str, Command]] = {
    command.name.lower(): command
    for command in (
        EXTENSION,
        EXTENSION_PROFILE,
        AUTH_CODE,
        SEC_POLICY,
        EXTENSION_UNREGISTRATION,
        IP_EXTENSION,
        MEDIA_ENCRYPTION_ENABLE,
        MEDIA_ENCRYPTION_DISABLE,
        MEDIA_ENCRYPTION_PRINT,
        CERTIFICATE,
        LICENSE_STATUS,
        TERMINAL_TYPE,
        RIANI,
        RIANC,
        RIANP,
        RIANE,
        SIP_ROUTE,
        DATA_BACKUP,
        DATA_RESTORE,
        HELP_COMMAND,
    )
}
"""By name in lower case."""

SECRETS: Final[frozenset[str]] = frozenset(
    name for command in COMMANDS.values() for name, switch in command.switches().items() if switch.secret
)
"""Every way to write a switch whose argument is never shown."""
