"""The single entry: an operator's line is read, judged, and turned into a printout and the changes it asks for."""

from collections.abc import Callable
from typing import Final, NamedTuple

from registrar.commands import (
    auth_code,
    backup,
    certificate,
    extension,
    extension_profile,
    extension_unregistration,
    ip_extension,
    license_status,
    media_encryption,
    pages,
    routes,
    sec_policy,
    terminal_type,
)
from registrar.commands.effects import Effect, Steps
from registrar.commands.grammar import Arguments
from registrar.commands.line import masked
from registrar.commands.node import Execution, Node
from registrar.commands.parse import LanguageError, parse
from registrar.core.piecewise import Pause, Piecewise

__all__ = ["FUNCTIONS", "Execution", "advance", "execute", "masked", "read"]

Function = Callable[[Arguments, Node, float], Execution | Steps]

FUNCTIONS: Final[dict[tuple[str, str], Function]] = {
    ("extension", "-i"): extension.initiate,
    ("extension", "-c"): extension.change,
    ("extension", "-e"): extension.erase,
    ("extension", "-p"): extension.print_,
    ("extension_profile", "-i"): extension_profile.initiate,
    ("extension_profile", "-c"): extension_profile.change,
    ("extension_profile", "-e"): extension_profile.erase,
    ("extension_profile", "-p"): extension_profile.print_,
    ("auth_code", "-i"): auth_code.initiate,
    ("auth_code", "-c"): auth_code.change,
    ("auth_code", "-e"): auth_code.erase,
    ("auth_code", "-p"): auth_code.print_,
    ("sec_policy", "-set"): sec_policy.set_,
    ("sec_policy", "-remove"): sec_policy.remove,
    ("sec_policy", "-print"): sec_policy.print_,
    ("sec_policy", "-preview"): sec_policy.preview_,
    ("extension_unregistration", ""): extension_unregistration.unregister,
    ("ip_extension", "-p"): ip_extension.print_,
    ("ip_extension", "-u"): ip_extension.unlock,
    ("media_encryption_enable", ""): media_encryption.enable,
    ("media_encryption_disable", ""): media_encryption.disable,
    ("media_encryption_print", ""): media_encryption.print_,
    ("certificate", "-p"): certificate.print_,
    ("certificate", "-request"): certificate.request,
    ("certificate", "-install"): certificate.install,
    ("certificate", "-trust"): certificate.trust,
    ("certificate", "-renew"): certificate.renew,
    ("license_status", "-p"): license_status.print_,
    ("license_status", "-i"): license_status.install,
    ("license_status", "-e"): license_status.erase,
    ("terminal_type", "-i"): terminal_type.initiate,
    ("terminal_type", "-e"): terminal_type.erase,
    ("terminal_type", "-p"): terminal_type.print_,
    ("RIANI", ""): routes.initiate,
    ("RIANC", ""): routes.change,
    ("RIANP", ""): routes.print_h323,
    ("RIANE", ""): routes.erase,
    ("sip_route", "-set"): routes.set_,
    ("sip_route", "-print"): routes.print_sip,
    ("sip_route", "-remove"): routes.remove,
    ("data_backup", ""): backup.back_up,
    ("data_backup", "-p"): backup.list_,
    ("data_restore", ""): backup.restore,
    ("help", ""): pages.help_,
}
"""What carries out each form, by command and verb."""


PRINTS: Final = frozenset({"-p", "-print", "-preview"})


class Asked(NamedTuple):
    """A line that is the language."""

    function: Function
    arguments: Arguments
    changes: bool
    """It may change something: only one such line at a time is carried out."""

    def carry_out(self, node: Node, now: float) -> Execution | Steps:
        """Carry it out at POSIX time ``now``."""
        return self.function(self.arguments, node, now)


def read(line: str) -> Asked | Execution:
    """Read a line; one that is not the language gives exit status 2, never an exception."""
    try:
        command, form, arguments = parse(line)
    except LanguageError as error:
        return Execution(False, error.printout(), exit_status=2)
    function = FUNCTIONS[command.name, form.name]
    prints = form.name in PRINTS or function in (media_encryption.print_, pages.help_, backup.back_up)
    return Asked(function, arguments, not prints)


def execute(line: str, node: Node, now: float) -> Execution | Steps:
    """Read a line and carry it out.

    Nothing is changed here: the caller stores and applies ``changes``, then the printout is true. A command that needs
    the world outside, or takes long, gives its steps; ``advance`` takes them.
    """
    asked = read(line)
    return asked if isinstance(asked, Execution) else asked.carry_out(node, now)


def advance(steps: Steps, answer: object = None) -> Piecewise[Effect | Execution]:
    """Send what came of the last effect (nothing at the start); return the next effect, or the end."""
    try:
        step = steps.send(answer)
        while isinstance(step, Pause):
            yield step
            step = next(steps)
        return step
    except StopIteration as end:
        execution: Execution = end.value
        return execution
