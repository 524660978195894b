"""What each reason means and what to change: the data of docs/reasons.md and of the pages that Error-Info names.

``python -m registrar.policy.reasons > docs/reasons.md`` writes the page.
"""

import sys
from itertools import product
from typing import Final, NamedTuple

from registrar.model.policy import Policy, PortCheck, Protocol, TerminalClass
from registrar.model.reason import Reason
from registrar.model.row import Row
from registrar.policy.answers import RAS, SIP, SIP_REPEATED, SIP_REVEALED, WARNING
from registrar.policy.decide import decide
from registrar.policy.explain import row_words
from registrar.policy.tables import TABLES


class Meaning(NamedTuple):
    """A reason in words. Backquotes stand around what is typed or written on the wire."""

    title: str
    happened: str
    phone: str
    """What to change on the phone."""
    system: str
    """What to change on the system."""


MEANINGS: Final[dict[Reason, Meaning]] = {
    Reason.PIN_REQUIRED: Meaning(
        "The PIN is asked for",
        "The number has a RAC and the request brought no credentials. This is the first half of every ordinary logon: "
        "the phone is challenged and sends its request again with the PIN's digest. It is counted, but it is no event.",
        "Nothing, when a registration follows. When none does, the phone has no PIN: enter it as its password.",
        "Nothing. A number that shall need no PIN loses it with `auth_code -e -d NUMBER`, where the policy allows it.",
    ),
    Reason.STALE_NONCE: Meaning(
        "The challenge was too old",
        "The challenge that was answered has expired, was answered before, was given to another address, or is from "
        "before a restart. In the first two cases the PIN was right, in the others nobody looked at it. "
        "The phone is challenged again with `stale=true` and should answer without asking anybody. It is counted, but "
        "it is no event.",
        "Nothing. A phone that gives up here does not know `stale`: let it register anew.",
        "Raise `nonce_seconds` for phones that answer late.",
    ),
    Reason.WRONG_PIN: Meaning(
        "The PIN is wrong",
        "The number is initiated and has a RAC, and the phone's credentials were made with another PIN.",
        "Enter the number's PIN as the password, and the number itself as the user name for authentication.",
        "`auth_code -p -d NUMBER` shows that a code is set, never the code; `auth_code -c -d NUMBER --auth-code PIN` "
        "sets another one.",
    ),
    Reason.UNKNOWN_NUMBER: Meaning(
        "The number is not initiated",
        "No extension has this number. On the wire it looks like a wrong PIN, so that a stranger learns nothing; only "
        "the operator is told.",
        "Check the number that the phone registers.",
        "Initiate it: `extension -i -d NUMBER --csp 1 --lim 1`, and its PIN: `auth_code -i -d NUMBER --auth-code PIN`. "
        "On a closed bench `reveal_unknown = true` makes the answer say so.",
    ),
    Reason.LOCKED_OUT: Meaning(
        "Too many wrong PINs",
        "So many wrong PINs were tried for this number, or from this address, that nothing is checked for a while, not "
        "even the right PIN. Attempts during a lock do not prolong it.",
        "Correct the PIN and wait for the time in `Retry-After`.",
        "Wait, or set `lockout_failures`, `lockout_source_failures`, `lockout_window` and `lockout_seconds` otherwise. "
        "One burst of digests with one Call-ID counts once.",
    ),
    Reason.SLOWED_DOWN: Meaning(
        "Too soon after wrong PINs",
        "Wrong PINs were tried for this number, or many from this address, nearly as many as lock it, and the next one "
        "is heard only after a wait that grows with each of them. Until then right and wrong ones get the same answer, "
        "and wrong ones count. Where nobody gave a wrong PIN, the number's phone is heard at once.",
        "Correct the PIN and wait for the time in `Retry-After`.",
        "Wait, or end it with `ip_extension -u -d NUMBER`. `lockout_delay` is how long the first wait is, 0 for none.",
    ),
    Reason.ADDRESS_UNPROVEN: Meaning(
        "The terminal must show that it is where it says",
        "Over UDP anybody may write any source address, and an RRQ brings its token along unasked. So many wrong PINs "
        "came for this number, or for all numbers together, in requests that did not show where they come from, that "
        "no more of those are looked at for a while. An endpoint shows it with what only it was sent: the "
        "gatekeeperIdentifier of a GCF that it was given meanwhile, or its own endpointIdentifier.",
        "Nothing, where it discovers the gatekeeper (GRQ) when told so, as most do. Restart one that does not, so that "
        "it begins with a GRQ; let it be told no fixed gatekeeperIdentifier; or register inside TLS on 3727.",
        "Wait, or end it with `ip_extension -u -d NUMBER`, or `--address unproven` where it is for all numbers. "
        "`ip_extension -p --state locked` shows which.",
    ),
    Reason.TLS_REQUIRED: Meaning(
        "A secure port is required",
        "The row promises encrypted signalling, and the request came in the clear. A number without security exception "
        "may not log on insecurely (the requirement, 6.2.3 and 6.2.4).",
        "Set the transport to TLS and the port to 5061 (SIP) or 3727 (H.323), and give the phone the CA file, "
        "`registrar certs export`.",
        "Nothing, where that is the policy's purpose. Policy 2 lets a number with a security exception log on in the "
        "clear: `sec_policy -set 2`, then `extension -c -d NUMBER --security-exception yes`.",
    ),
    Reason.TERMINAL_NOT_ALLOWED: Meaning(
        "This type of terminal is not allowed",
        "The policy wants a secure terminal for this number, and the phone is of a type that is not one. The type is "
        "what the phone says it is (User-Agent, productId), never the port it used.",
        "Use a secure terminal (D4, D5, Mitel 6900, 6800 or 6700i).",
        "Policy 2 lets numbers with a security exception use any terminal: `sec_policy -set 2`, then "
        "`extension -c -d NUMBER --security-exception yes`. For a test a softphone may play a secure terminal: "
        "`terminal_type -i --pattern REGEX --class secure`.",
    ),
    Reason.EXCEPTION_NOT_ALLOWED: Meaning(
        "A security exception is not allowed",
        "The number has a security exception, and the policy takes none.",
        "Nothing: no phone can register with this number as it is.",
        "Take the exception away: `extension -c -d NUMBER --security-exception no` (a RAC must be configured first: "
        "`auth_code -i -d NUMBER --auth-code PIN`), or set policy 2: `sec_policy -set 2`.",
    ),
    Reason.RAC_MANDATORY: Meaning(
        "A PIN is mandatory and none is configured",
        "The number has no security exception, the policy then demands a RAC, and none is configured.",
        "Nothing until a PIN is configured; then enter it as the password.",
        "`auth_code -i -d NUMBER --auth-code PIN`.",
    ),
    Reason.NOT_OWNER: Meaning(
        "The credentials are another number's",
        "The digest's user name is not the number that is being registered.",
        "Make the user name for authentication the number itself.",
        "Nothing.",
    ),
    Reason.INTERVAL_TOO_BRIEF: Meaning(
        "The registration would be too short",
        "The phone asks for fewer seconds than the registrar grants (RFC 3261, 10.3). `Min-Expires` tells the least.",
        "Raise its registration interval.",
        "Lower `min_expires`.",
    ),
    Reason.OUT_OF_ORDER: Meaning(
        "The requests are out of order",
        "A REGISTER with the same Call-ID and a CSeq that is not higher than the last one's (RFC 3261, 10.3). An old "
        "copy came late, or two devices share one Call-ID.",
        "Restart it, so that it begins a new Call-ID.",
        "`extension_unregistration -d NUMBER` forgets what the old request was compared with.",
    ),
    Reason.TOO_MANY_CONTACTS: Meaning(
        "Too many contacts",
        "The number holds as many contacts as it may, and none of them is this device's own.",
        "Let devices that are not used any more unregister.",
        "`extension_unregistration -d NUMBER` removes them all; `max_contacts` is the limit.",
    ),
    Reason.DUPLICATE_ALIAS: Meaning(
        "Another endpoint holds the number or name",
        "An H.323 endpoint that is still alive is registered with this number or name.",
        "Give each endpoint names of its own; let the other one unregister.",
        "`extension_unregistration -d NUMBER` removes the other one.",
    ),
    Reason.REPLAYED: Meaning(
        "The token was used before",
        "The H.235 token is right, but one with the same time stamp and random value was seen before: a copy of an "
        "earlier message, or an endpoint whose random numbers repeat.",
        "Restart it, or look who repeats its messages.",
        "Nothing.",
    ),
    Reason.CLOCK_WRONG: Meaning(
        "The clocks differ too much",
        "The H.235 token is right, but its time stamp is too far from the registrar's clock.",
        "Set its clock, best by NTP.",
        "Set the registrar's clock.",
    ),
    Reason.WRONG_SENDERS_ID: Meaning(
        "The token names another sender",
        "The H.235 token is right, but it names a sender that the request is not from.",
        "Make its sender identification its own number or endpoint identifier.",
        "Nothing.",
    ),
    Reason.WRONG_GENERAL_ID: Meaning(
        "The token is meant for another gatekeeper",
        "The H.235 token is right, but it names another gatekeeper than this one.",
        "Enter this gatekeeper's identifier, or none, so that it takes the one it is told.",
        "Nothing.",
    ),
    Reason.INTEGRITY_FAILED: Meaning(
        "The message does not match its token",
        "One H.235 token is right and another one is not: the message was changed on its way, or is badly made.",
        "Look at what lies between it and the registrar.",
        "Nothing.",
    ),
    Reason.STORE_FAILED: Meaning(
        "The registration could not be stored",
        "What is acknowledged is stored first; the database did not take it, so nothing was acknowledged and nothing "
        "changed.",
        "Nothing: it tries again.",
        "The log's `store_failed` says what is wrong: a full disk, missing permissions, a damaged file.",
    ),
    Reason.OVERLOADED: Meaning(
        "The registrar is overloaded",
        "So many changes wait to be stored that no more are taken for the moment.",
        "Nothing: it tries again after `Retry-After`.",
        'Let fewer phones register at once, use a faster disk, or set `durability = "memory"`.',
    ),
}


class Refusing(NamedTuple):
    """A row under which a registration is refused for a reason, by itself or for the port."""

    row: Row
    strict: bool
    """Only with ``port_check = "strict"``."""


def rows_of(reason: Reason) -> tuple[Refusing, ...]:
    """Return the rows under which a registration is refused for this reason."""
    met = {check: _rows_that_refuse(reason, check) for check in PortCheck}
    return tuple(
        Refusing(row, row.id not in met[PortCheck.STANDARD])
        for _, rows in TABLES.values()
        for row in rows
        if row.id in met[PortCheck.STRICT]
    )


def _rows_that_refuse(reason: Reason, check: PortCheck) -> set[str]:
    conditions = product(Policy, Protocol, TerminalClass, (False, True), (False, True), (False, True))
    return {decision.row.id for each in conditions if (decision := decide(*each, check)).reason is reason}


def conditions(row: Row) -> str:
    """Return what a registration is like that meets the row."""
    exception = {True: "security exception YES", False: "security exception NO", None: "whatever the exception"}
    rac = {True: "RAC configured", False: "no RAC", None: "with or without a RAC"}
    return f"{row.terminal.value} terminal, {exception[row.exception]}, {rac[row.rac]}"


def answers(reason: Reason) -> list[str]:
    """Return what the terminal is told, SIP first, a line each."""
    lines = [f"SIP {SIP[reason].status} {SIP[reason].phrase}"]
    if reason in (Reason.WRONG_PIN, Reason.UNKNOWN_NUMBER, Reason.NOT_OWNER):
        first = SIP[Reason.PIN_REQUIRED]
        lines = [f"SIP {first.status} {first.phrase}; again in one burst {SIP_REPEATED.status} {SIP_REPEATED.phrase}"]
    if reason is Reason.UNKNOWN_NUMBER:
        lines[0] += f"; with `reveal_unknown` {SIP_REVEALED.status} {SIP_REVEALED.phrase}"
    if reason in WARNING:
        lines.append(f'Warning: 399 "{WARNING[reason]} (*row*)"')
    return [*lines, f"H.323 {RAS[reason]}"]


_INTRODUCTION: Final = """\
# Reasons

<!-- Written by `python -m registrar.policy.reasons > docs/reasons.md`; change the meanings there, not this page. -->

Every refusal has a code. It stands in events, listings, metrics and the log, and is never renamed. A SIP refusal by the
policy names its page in `Error-Info`, `http://HOST:8080/reasons/CODE?row=ROW`, which says the same as this one.

"""


def document() -> str:
    """Return ``docs/reasons.md``."""
    lines = ["| code | what it means |", "| --- | --- |"]
    lines += [f"| [`{reason.value}`](#{reason.value.lower()}) | {MEANINGS[reason].title} |" for reason in Reason]
    for reason in Reason:
        title, happened, phone, system = MEANINGS[reason]
        lines += ["", f"## {reason.value}", "", f"**{title}.** {happened}", ""]
        lines += [f"- On the phone: {phone}", f"- On the system: {system}"]
        lines += [f"- The terminal is told: {'; '.join(f'`{line}`' for line in map(_plain, answers(reason)))}"]
        for row, strict in rows_of(reason):
            only = '; only with `port_check = "strict"`' if strict else ""
            lines.append(f"- Row {row_words(row)} ({conditions(row)}{only})")
    return _INTRODUCTION + "\n".join(lines) + "\n"


def _plain(line: str) -> str:
    return line.replace("`", "").replace("*row*", "row")


if __name__ == "__main__":
    sys.stdout.write(document())
