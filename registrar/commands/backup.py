"""``data_backup`` and ``data_restore``: the settings as a whole (the requirement, section 5.1.1 step 4)."""

from collections.abc import Iterable
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
from registrar.core.piecewise import PAUSE, Piecewise, in_pieces, let_go
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
    answer: Backup | Refusal = yield WriteBackup(settings, arguments.get(BACKUP_FILE))
    if isinstance(answer, Refusal):
        return refused(answer.reason, *answer.words)
    content = yield from _content(settings)
    yield from let_go(settings)
    return executed(f"{answer.file}: {content}; {answer.octets:,} octets.")


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
    changes = yield from replacing(node.state, answer.settings)
    gone: dict[str, None] = {}
    for piece in in_pieces(changes):
        gone.update(dict.fromkeys([each.number for each in piece if isinstance(each, SetExtension) and not each[1]]))
        yield PAUSE
    content = yield from _content(answer.settings)
    yield from let_go(answer.settings)
    return executed(
        f"{answer.backup.file}, made {_moment(answer.backup.made_at)}: {content}.",
        "Registrations meet these settings when they register anew:",
        "  extension_unregistration -d all",
        changes=changes,
        unregister=gone,
    )


def replacing(state: State, settings: Iterable[Setting]) -> Piecewise[list[Setting]]:
    """Return what makes the state's settings these: what they lack is erased, what is the same is left alone."""
    present = yield from _placed(state.settings())
    wanted = yield from _placed(settings)
    changes: list[Setting] = []
    for present_ones in in_pieces(present.items()):
        changes += [_erasing(setting) for place, setting in present_ones if place not in wanted]
        yield PAUSE
    for wanted_ones in in_pieces(wanted.items()):
        changes += [setting for place, setting in wanted_ones if present.get(place) != setting]
        yield PAUSE
    yield from let_go(present)
    yield from let_go(wanted)
    return changes


_Place = tuple[object, ...]


def _placed(settings: Iterable[Setting]) -> Piecewise[dict[_Place, Setting]]:
    placed: dict[_Place, Setting] = {}
    for piece in in_pieces(settings):
        placed.update([(_place(setting), setting) for setting in piece])
        yield PAUSE
    return placed


def _erasing(setting: Setting) -> Setting:
    if isinstance(setting, SetExtension):
        return SetExtension(setting.number, None)
    if isinstance(setting, SetRac):
        return SetRac(setting.number, None)
    if isinstance(setting, SetProfile):
        return SetProfile(setting.csp, None)
    assert isinstance(setting, SetRoute)
    return SetRoute(setting.number, None)


def _place(setting: Setting) -> _Place:
    """Return what a setting is of: of two with the same place one replaces the other."""
    return (type(setting), setting[0] if len(setting) > 1 else None)


def _content(settings: Iterable[Setting]) -> Piecewise[str]:
    extensions = racs = routes = 0
    for piece in in_pieces(settings):
        for setting in piece:
            extensions += isinstance(setting, SetExtension)
            racs += isinstance(setting, SetRac)
            routes += isinstance(setting, SetRoute)
        yield PAUSE
    return ", ".join((counted(extensions, "extension"), counted(racs, "RAC"), counted(routes, "route")))


def _moment(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M UTC")
