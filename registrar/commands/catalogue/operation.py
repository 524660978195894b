"""Running the system: routes and backups."""

from typing import Final

from registrar.commands.catalogue.shared import PRINT
from registrar.commands.grammar import Command, Form, Switch
from registrar.commands.types import FILE, HOST_AND_PORT, HOST_NAME, PORT_NUMBER, ROUTE_NUMBER, TRANSPORT, YES_NO

# -- RIANI, RIANC, RIANP, RIANE

ROUTE: Final = Switch("-route", ROUTE_NUMBER, "The route; SIP and H.323 routes share their numbers.")
URI: Final = Switch("-uri", HOST_AND_PORT, "The far end.")
TLS: Final = Switch("-tls", YES_NO, "Whether signalling is encrypted; no when not given at initiation.")
CHECK: Final[Switch[None]] = Switch("-check", None, "Tries the far ends now, for at most 3 seconds each.")

_FAR_END: Final = (
    "-check connects, shakes hands where it is TLS, and shows the certificate that it met; without it nothing is tried."
)

RIANI: Final = Command(
    "RIANI",
    "Initiates an H.323 route.",
    (Form(None, "Initiates an H.323 route.", (ROUTE, URI), (TLS,)),),
    "An H.323 system listens for encrypted call signalling on TCP port 1300, for plain on 1720.",
    ("RIANI -route 7 -uri gateway.example.com:1300 -tls yes",),
)

RIANC: Final = Command(
    "RIANC",
    "Changes an H.323 route.",
    (Form(None, "Changes an H.323 route; what is not given stays as it is.", (ROUTE,), (URI, TLS), one_of=(URI, TLS)),),
    "TLS over an H.323 trunk is set here (section 5.1.3 of the requirement).",
    ("RIANC -route 7 -tls yes",),
)

RIANP: Final = Command(
    "RIANP",
    "Prints H.323 routes.",
    (Form(None, "Prints one route, or all.", (), (ROUTE, CHECK)),),
    f"The media encryption is that of media_encryption_enable -type route; it affects gateway calls. {_FAR_END}",
    ("RIANP", "RIANP -route 7 -check"),
)

RIANE: Final = Command(
    "RIANE",
    "Erases an H.323 route.",
    (Form(None, "Erases an H.323 route.", (ROUTE,)),),
    "",
    ("RIANE -route 7",),
)

# -- sip_route

SET_ROUTE: Final[Switch[None]] = Switch("-set", None, "Initiates or changes a route.")
PRINT_ROUTE: Final[Switch[None]] = Switch("-print", None, "Prints routes.")
REMOVE_ROUTE: Final[Switch[None]] = Switch("-remove", None, "Removes a route.")
PROXY: Final = Switch("-proxyip", HOST_NAME, "The far end: a host name or an address; needed for a new route.")
PROXY_PORT: Final = Switch("-proxyport", PORT_NUMBER, "Its port; 5060, or 5061 over TLS, when not given.")
PROTOCOL_OF_ROUTE: Final = Switch("-protocol", TRANSPORT, "The transport; udp when not given for a new route.")

SIP_ROUTE: Final = Command(
    "sip_route",
    "Sets, prints and removes SIP routes.",
    (
        Form(
            SET_ROUTE,
            "Initiates a route, or changes it; what is not given stays as it is.",
            (ROUTE,),
            (PROXY, PROXY_PORT, PROTOCOL_OF_ROUTE),
            one_of=(PROXY, PROXY_PORT, PROTOCOL_OF_ROUTE),
        ),
        Form(PRINT_ROUTE, "Prints one route, or all.", (), (ROUTE, CHECK)),
        Form(REMOVE_ROUTE, "Removes a route.", (ROUTE,)),
    ),
    f"The media encryption is that of media_encryption_enable -type route; it affects gateway calls. {_FAR_END} A SIP "
    "route is asked with OPTIONS.",
    ("sip_route -set -route 8 -proxyip sbc.example.com -protocol tls", "sip_route -print -route 8 -check"),
)

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
