"""Every command of the language: its forms, switches and words. Parser, help pages and documents come from here."""

from typing import Final

from registrar.commands.grammar import Command, Form, Switch, Type
from registrar.commands.numbers import ArgumentError
from registrar.commands.types import (
    ANY_POLICY,
    CLASS,
    CSP_NUMBER,
    CUSTOMER_NUMBER,
    FAMILY_NAME,
    FEATURE,
    FILE,
    LIM_NUMBER,
    MEDIA,
    NAME,
    NUMBERS,
    NUMBERS_OR_ALL,
    PIN,
    POLICY,
    PORT_NUMBER,
    PROTOCOL,
    REGEX,
    STATE,
    YES_NO,
)

# -- switches that several commands share

INITIATE: Final[Switch[None]] = Switch("-i", None, "Initiates.", ("--initiate",))
CHANGE: Final[Switch[None]] = Switch("-c", None, "Changes.", ("--change",))
ERASE: Final[Switch[None]] = Switch("-e", None, "Erases.", ("--erase",))
PRINT: Final[Switch[None]] = Switch("-p", None, "Prints.", ("--print",))
VERBOSE: Final[Switch[None]] = Switch("-v", None, "Prints more.", ("--verbose",))
HELP: Final[Switch[None]] = Switch("--help", None, "Prints the command's page.", ("-?",))
DIR: Final = Switch("-d", NUMBERS, "The directory numbers.", ("--dir",))
CSP: Final = Switch("--csp", CSP_NUMBER, "The common service profile.")
CUSTOMER: Final = Switch("--customer", CUSTOMER_NUMBER, "The customer; 0 when not given.")

# -- extension

LIM: Final = Switch("--lim", LIM_NUMBER, "The server (LIM) that the extension belongs to.")
EXCEPTION: Final = Switch(
    "--security-exception",
    YES_NO,
    "Whether the extension may exist without signalling and media encryption; yes when not given at initiation.",
    ("security-exception",),
)

EXTENSION: Final = Command(
    "extension",
    "Initiates, changes, erases and prints extensions.",
    (
        Form(INITIATE, "Initiates extensions.", (DIR, CSP, LIM), (EXCEPTION, CUSTOMER, VERBOSE)),
        Form(
            CHANGE,
            "Changes extensions; what is not given stays as it is.",
            (DIR,),
            (CSP, LIM, EXCEPTION, CUSTOMER, VERBOSE),
            one_of=(CSP, LIM, EXCEPTION, CUSTOMER),
        ),
        Form(ERASE, "Erases extensions and unregisters their terminals; their RACs stay.", (DIR,), (VERBOSE,)),
        Form(PRINT, "Prints extensions.", (), (DIR, EXCEPTION, VERBOSE)),
    ),
    "Under the policies 1 and 3 the security exception must be given explicitly with no, and a RAC must be configured "
    "first (auth_code). A command over several numbers is carried out for all of them or for none.",
    (
        "extension -i -d 12345 --csp 1 --lim 1 --security-exception yes",
        "extension -c -d 12345,12400..12450 --security-exception no",
        "extension -p --security-exception yes",
    ),
)

# -- extension_profile

CSP_NAME: Final = Switch("--csp-name", NAME, "The profile's name.")

EXTENSION_PROFILE: Final = Command(
    "extension_profile",
    "Initiates, changes, erases and prints common service profiles.",
    (
        Form(INITIATE, "Initiates a profile.", (CSP,), (CSP_NAME, VERBOSE)),
        Form(CHANGE, "Changes a profile's name.", (CSP, CSP_NAME), (VERBOSE,)),
        Form(ERASE, "Erases a profile that no extension uses.", (CSP,), (VERBOSE,)),
        Form(PRINT, "Prints profiles.", (), (CSP, VERBOSE)),
    ),
    "Profile 1 exists from the start and cannot be erased.",
    ('extension_profile -i --csp 2 --csp-name "Conference rooms"', "extension_profile -p"),
)

# -- auth_code

AUTH_CODE_SWITCH: Final = Switch("--auth-code", PIN, "The RAC, which is the PIN. Never printed.", secret=True)

AUTH_CODE: Final = Command(
    "auth_code",
    "Initiates, changes, erases and prints Regional Authorization Codes (PINs).",
    (
        Form(INITIATE, "Gives numbers a RAC.", (DIR, AUTH_CODE_SWITCH), (CUSTOMER, VERBOSE)),
        Form(
            CHANGE,
            "Changes the RAC of numbers that have one.",
            (DIR,),
            (AUTH_CODE_SWITCH, CUSTOMER, VERBOSE),
            one_of=(AUTH_CODE_SWITCH, CUSTOMER),
        ),
        Form(ERASE, "Takes the RAC away.", (DIR,), (VERBOSE,)),
        Form(PRINT, "Prints which numbers have a RAC, never the code.", (), (DIR, VERBOSE)),
    ),
    "A RAC belongs to a directory number and may be configured before the extension is initiated. Wherever one is "
    "configured it is asked for at every logon, under every policy. Registrations that exist are left alone.",
    ("auth_code -i -d 12345 --auth-code 4711", "auth_code -p -d 12345"),
)

# -- sec_policy

SET: Final = Switch("-set", POLICY, "The policy to set: 1 ALL_SECURE, 2 ALL_SECURE + EXC_EXT, 3 ALL_SECURE + EXC_TYPE.")
REMOVE: Final[Switch[None]] = Switch("-remove", None, "Removes the policy.")
PRINT_POLICY: Final[Switch[None]] = Switch("-print", None, "Prints the policy and what it stands on.")
PREVIEW: Final = Switch("-preview", ANY_POLICY, "The policy to try; 0 for none.")

SEC_POLICY: Final = Command(
    "sec_policy",
    "Sets, removes, prints and previews the security policy of the system.",
    (
        Form(SET, "Sets the policy."),
        Form(REMOVE, "Removes the policy: everything may register."),
        Form(PRINT_POLICY, "Prints the policy, and which registrations were accepted under another one."),
        Form(PREVIEW, "Prints what a policy would refuse and which registrations would be lost; changes nothing."),
    ),
    "Setting a policy needs the licence VOIP-SECURITY and a valid certificate; removing it needs neither. The policies "
    "1 and 3 are refused while an extension has a security exception. A change leaves registrations alone until they "
    "are registered anew: extension_unregistration -d all.",
    ("sec_policy -preview 1", "sec_policy -set 1", "sec_policy -remove"),
)

# -- extension_unregistration

DIR_OR_ALL: Final = Switch("-d", NUMBERS_OR_ALL, "The directory numbers, or all.", ("--dir",))

EXTENSION_UNREGISTRATION: Final = Command(
    "extension_unregistration",
    "Unregisters terminals, so that they register anew under the policy in force.",
    (Form(None, "Removes every registration of the numbers.", (DIR_OR_ALL,), (VERBOSE,)),),
    "Terminals that can be told are told to register again.",
    ("extension_unregistration -d 12345", "extension_unregistration -d all"),
)

# -- ip_extension

LOCAL_PORT: Final = Switch(
    "--port", PORT_NUMBER, "Only what arrived on this port: 5061 and 3727 are secure, 5060 and 1719 are not."
)
STATE_SWITCH: Final = Switch("--state", STATE, "Registered terminals (when not given) or refused ones.")

IP_EXTENSION: Final = Command(
    "ip_extension",
    "Prints the registered and the refused IP terminals.",
    (Form(PRINT, "Prints one line for each registration.", (), (DIR, LOCAL_PORT, STATE_SWITCH, VERBOSE)),),
    "PORT is the port of the service node where the terminal registered: 5061 (SIP) and 3727 (H.323) are secure, 5060 "
    "and 1719 are not. P ROW is the policy and the table row under which it was accepted. SIGNALLING: CLEAR is not "
    "encrypted; DOWNGRADED is not encrypted although the row promises it. Verbose also shows which pattern classed the "
    "terminal.",
    ("ip_extension -p", "ip_extension -p --port 5060", "ip_extension -p --state refused -v"),
)

# -- media_encryption

MEDIA_TYPE: Final = Switch(
    "-type", MEDIA, "What for: IP extensions, IP routes (trunks and tie lines), or connections between media gateways."
)

MEDIA_ENCRYPTION_ENABLE: Final = Command(
    "media_encryption_enable",
    "Enables media encryption (SRTP) for extensions, routes or inter media gateway connections.",
    (Form(None, "Enables media encryption.", (MEDIA_TYPE,)),),
    "Media encryption is disabled from the start; the three types are independent. Enabling needs the licence "
    "VOIP-SECURITY. SIP terminals that offer SRTP when they register (Security-Client: sdes-srtp;mediasec) are told "
    "from their next registration on.",
    (
        "media_encryption_enable -type extension",
        "media_encryption_enable -type route",
        "media_encryption_enable -type intermgw",
    ),
)

MEDIA_ENCRYPTION_DISABLE: Final = Command(
    "media_encryption_disable",
    "Disables media encryption (SRTP) for extensions, routes or inter media gateway connections.",
    (Form(None, "Disables media encryption.", (MEDIA_TYPE,)),),
    "For extensions it is refused under every security policy. It needs no licence.",
    ("media_encryption_disable -type extension",),
)

MEDIA_ENCRYPTION_PRINT: Final = Command(
    "media_encryption_print",
    "Prints the media encryption settings, and which calls each of them affects.",
    (Form(None, "Prints one type, or all three.", (), (MEDIA_TYPE,)),),
    "Gateway calls are routed through a media gateway of the system; non-gateway calls go from terminal to terminal.",
    ("media_encryption_print -type extension", "media_encryption_print"),
)

# -- license_status

INSTALL: Final = Switch("-i", FILE, "The licence file to install.", ("--initiate",))
ERASE_FEATURE: Final = Switch("-e", FEATURE, "The feature to remove.", ("--erase",))

LICENSE_STATUS: Final = Command(
    "license_status",
    "Prints, installs and removes licences.",
    (
        Form(PRINT, "Prints what is licensed.", (), (VERBOSE,)),
        Form(INSTALL, "Installs a licence file in place of the present licence.", (), (VERBOSE,)),
        Form(ERASE_FEATURE, "Removes a feature.", (), (VERBOSE,)),
    ),
    'A licence file is JSON: {"system": "LAB", "features": ["VOIP-SECURITY"], "expires": "2030-12-31"}; expires may '
    "be left out. A policy that is set stays in force when the licence goes.",
    ("license_status -p", "license_status -e VOIP-SECURITY"),
)

# -- terminal_type

PATTERN: Final = Switch("--pattern", REGEX, "The pattern, searched in the SIP User-Agent or the H.323 productId.")
CLASS_SWITCH: Final = Switch("--class", CLASS, "The class of what it matches.")
FAMILY: Final = Switch("--family", FAMILY_NAME, "A name for what it matches.")
PROTOCOL_SWITCH: Final = Switch("--protocol", PROTOCOL, "The protocol it is tried for; both when not given.")

TERMINAL_TYPE: Final = Command(
    "terminal_type",
    "Initiates, erases and prints the patterns that class terminals.",
    (
        Form(INITIATE, "Adds a pattern.", (PATTERN, CLASS_SWITCH), (FAMILY, PROTOCOL_SWITCH, VERBOSE)),
        Form(ERASE, "Erases a pattern of the operator's own.", (PATTERN,), (VERBOSE,)),
        Form(PRINT, "Prints all patterns in the order they are tried.", (), (VERBOSE,)),
    ),
    "The operator's patterns are tried in their order before the shipped ones; the first match wins; what matches "
    "nothing is INSECURE. A pattern is found anywhere unless it begins with ^. Registrations keep their class until "
    "they are registered anew.",
    ('terminal_type -i --pattern "^baresip" --class secure --family "lab softphone"', "terminal_type -p"),
)

# -- help


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
    command.name: command
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
        LICENSE_STATUS,
        TERMINAL_TYPE,
        HELP_COMMAND,
    )
}
"""By name."""

SECRETS: Final[frozenset[str]] = frozenset(
    name for command in COMMANDS.values() for name, switch in command.switches().items() if switch.secret
)
"""Every way to write a switch whose argument is never shown."""
