"""Running the system: backups."""

from typing import Final

from registrar.commands.catalogue.shared import PRINT
from registrar.commands.grammar import Command, Form, Switch
from registrar.commands.types import FILE

# -- data_backup

BACKUP_FILE: Final = Switch("-file", FILE, "Where to write it; in the folder of backups when it is no whole path.")

DATA_BACKUP: Final = Command(
    "data_backup",
    "Writes a backup of all settings, or lists the backups.",
    (
        Form(None, "Writes a backup of the moment, while everything goes on.", (), (BACKUP_FILE,)),
        Form(PRINT, "Lists the backups in their folder."),
    ),
    "A backup holds extensions, RACs, profiles, policy, media encryption, licence, routes and terminal patterns; "
    "registrations and certificates are not in it. RACs stay sealed: only a system with the same rac.key can restore "
    "it, and nobody can change it without that key.",
    ("data_backup", "data_backup -file before-the-change.backup", "data_backup -p"),
)

# -- data_restore

RESTORE_FILE: Final = Switch("-file", FILE, "The backup; in the folder of backups when it is no whole path.")

DATA_RESTORE: Final = Command(
    "data_restore",
    "Replaces all settings by those of a backup.",
    (Form(None, "Checks the backup whole, then replaces all settings or none.", (RESTORE_FILE,)),),
    "A backup that is damaged, of another program, system or key, or of a newer version is refused and nothing "
    "changes. Registrations of numbers that the backup does not have are removed; the others stay until they register "
    "anew.",
    ("data_restore -file before-the-change.backup",),
)
