"""``data_backup`` and ``data_restore``: the settings as a whole (the requirement, section 5.1.1 step 4)."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from registrar.commands.catalogue.operation import BACKUP_FILE, RESTORE_FILE
from registrar.commands.effects import (
    Backup,
    ListBackups,
    ReadBackup,
    Refusal,
    Restored,
    Settle,
    Steps,
    WriteBackup,
)
from registrar.commands.grammar import Arguments
from registrar.commands.node import Node
from registrar.commands.printout import counted, executed, printed, refused, table
from registrar.core.piecewise import PAUSE, in_pieces
from registrar.core.state import State
from registrar.model.changes import SetExtension, SetProfile, SetRac, SetRoute, Setting


def back_up(arguments: Arguments, node: Node, _now: float) -> Steps:
    """``data_backup``: what is set at one moment, once that is stored."""
    settings: list[Setting] = []
    for piece in in_pieces(node.state.settings()):
        settings += piece
        yield PAUSE
    unsettled: Refusal | None = yield Settle()
    if unsettled is not None:
        return refused(unsettled.reason, *unsettled.words)
    answer: Backup | Refusal = yield WriteBackup(tuple(settings), arguments.get(BACKUP_FILE))
    if isinstance(answer, Refusal):
        return refused(answer.reason, *answer.words)
    return executed(f"{answer.file}: {_content(settings)}; {answer.octets:,} octets.")


def list_(_arguments: Arguments, _node: Node, _now: float) -> Steps:
    """``data_backup -p``."""
    answer: list[Backup] | Refusal = yield ListBackups()
    if isinstance(answer, Refusal):
        return refused(answer.reason, *answer.words)
    if not answer:
        return printed(["NO BACKUPS"])
    rows = [
        [backup.file, _moment(backup.made_at), backup.system, "own" if backup.own_key else "OTHER", str(backup.octets)]
        for backup in answer
    ]
    return printed(table(["FILE", "MADE", "SYSTEM", "KEY", ">OCTETS"], rows))


def restore(arguments: Arguments, node: Node, _now: float) -> Steps:
    """``data_restore``: all of the backup's settings in the place of all present ones."""
    answer: Restored | Refusal = yield ReadBackup(arguments[RESTORE_FILE])
    if isinstance(answer, Refusal):
        return refused(answer.reason, *answer.words)
    kept = {change.number for change in answer.settings if isinstance(change, SetExtension)}
    return executed(
        f"{answer.backup.file}, made {_moment(answer.backup.made_at)}: {_content(answer.settings)}.",
        "Registrations meet these settings when they register anew:",
        "  extension_unregistration -d all",
        changes=replacing(node.state, answer.settings),
        unregister=sorted({number for _, number in node.state.bindings} - kept),
    )


def replacing(state: State, settings: Iterable[Setting]) -> Iterator[Setting]:
    """Yield what makes the state's settings these: what they lack is erased, what is the same is left alone."""
    present = {_place(setting): setting for setting in state.settings()}
    wanted = {_place(setting): setting for setting in settings}
    for place, setting in present.items():
        if place not in wanted:
            yield _erasing(setting)
    for place, setting in wanted.items():
        if present.get(place) != setting:
            yield setting


def _erasing(setting: Setting) -> Setting:
    if isinstance(setting, SetExtension):
        return SetExtension(setting.number, None)
    if isinstance(setting, SetRac):
        return SetRac(setting.number, None)
    if isinstance(setting, SetProfile):
        return SetProfile(setting.csp, None)
    assert isinstance(setting, SetRoute)
    return SetRoute(setting.number, None)


def _place(setting: Setting) -> tuple[object, ...]:
    """Return what a setting is of: of two with the same place one replaces the other."""
    return (type(setting), setting[0] if len(setting) > 1 else None)


def _content(settings: Iterable[Setting]) -> str:
    extensions = racs = routes = 0
    for setting in settings:
        extensions += isinstance(setting, SetExtension)
        racs += isinstance(setting, SetRac)
        routes += isinstance(setting, SetRoute)
    return ", ".join((counted(extensions, "extension"), counted(racs, "RAC"), counted(routes, "route")))


def _moment(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M UTC")
