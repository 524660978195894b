"""Directory numbers and what registers on them: extension to ip_extension."""

from typing import Final

from registrar.commands.catalogue.shared import CHANGE, CSP, CUSTOMER, DIR, ERASE, INITIATE, PRINT, VERBOSE
from registrar.commands.grammar import Command, Form, Switch
from registrar.commands.types import (
    CLASS,
    FAMILY_NAME,
    HOST_NAME,
    LIM_NUMBER,
    NAME,
    NUMBERS_OR_ALL,
    PIN,
    PORT_NUMBER,
    PROTOCOL,
    REGEX,
    STATE,
    YES_NO,
)

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
STATE_SWITCH: Final = Switch(
    "--state",
    STATE,
    "Registered terminals (when not given), refused ones, or what wrong PINs have locked or slow down.",
)

UNLOCK: Final[Switch[None]] = Switch("-u", None, "Unlocks.", ("--unlock",))
ADDRESS: Final = Switch("--address", HOST_NAME, "The address that is locked, or unproven.")

IP_EXTENSION: Final = Command(
    "ip_extension",
    "Prints registered, refused and locked IP terminals; ends locks.",
    (
        Form(PRINT, "Prints one line for each registration.", (), (DIR, LOCAL_PORT, STATE_SWITCH, VERBOSE)),
        Form(
            UNLOCK,
            "Lets numbers, or everybody at an address, log on again at once that guessed wrong too often.",
            (),
            (DIR, ADDRESS, VERBOSE),
            one_of=(DIR, ADDRESS),
        ),
    ),
    "PORT is the port of the service node where the terminal registered: 5061 (SIP) and 3727 (H.323) are secure, 5060 "
    "and 1719 are not. P ROW is the policy and the table row under which it was accepted. SIGNALLING: CLEAR is not "
    "encrypted; DOWNGRADED is not encrypted although the row promises it. Verbose also shows which pattern classed the "
    "terminal. A lock ends by itself after a while; until then even the right PIN is refused. "
    "What is locked for the unproven is so only for H.323 over UDP that does not show where it comes from.",
    (
        "ip_extension -p",
        "ip_extension -p --port 5060",
        "ip_extension -p --state refused -v",
        "ip_extension -u -d 12345",
    ),
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
