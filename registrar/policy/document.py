"""Writes docs/policy.md from the tables: ``python -m registrar.policy.document > docs/policy.md``."""

import sys
from collections.abc import Iterable, Sequence
from textwrap import wrap

from registrar.model.policy import Policy, Protocol, Signalling
from registrar.model.row import Row
from registrar.policy.admission import ADMISSIONS, Admission
from registrar.policy.answers import RAS, SIP, WARNING
from registrar.policy.classify import SHIPPED, THIRD_PARTY
from registrar.policy.patterns import MAX_PATTERN, MAX_TEXT
from registrar.policy.ports import PORT_RULES, STANDARD_PORTS, STRICT_DOWNGRADE, PortRule
from registrar.policy.tables import TABLE_OF, TABLES

_INTRODUCTION = """\
# The security policy

<!-- Written by `python -m registrar.policy.document > docs/policy.md`; change the tables, not this page. -->

One security policy holds for the whole system. It decides which terminals may register, and over which port; it leaves
registrations that exist alone until they are registered anew. A refresh is a registration: it meets the policy in force
at that time, and a registration keeps the policy and the row under which it was accepted.

## Words
"""

_ORDER = """\
## Order of the checks

Number known, row allows, port agrees, PIN right. So no terminal is asked for a PIN when it could not succeed. A number
that does not exist is decided as if it had the exception NO and a RAC that no PIN matches, so that an answer tells a
stranger nothing; the operator is shown what really happened.

## The policies
"""

_WORDS = (
    (
        "terminal class",
        "SECURE terminals support both TLS and SRTP, INSECURE ones do not. Decided by what the terminal says it is, "
        "never by the port it used",
    ),
    ("exception", "the extension's `--security-exception`: YES lets the number exist without encryption"),
    (
        "RAC",
        "the Regional Authorization Code of a directory number, its PIN. Wherever one is configured it is asked for "
        "and checked, under every policy and whatever the exception; where none is, nothing is asked",
    ),
    ("signalling", "what a registration ends with: ENCRYPTED or NOT_ENCRYPTED"),
    (
        "row",
        "one line of the tables below; every combination of policy, protocol, class, exception and RAC meets exactly "
        "one",
    ),
    ("inferred", "the requirement leaves this cell open; the row is this project's reading of its other sentences"),
)

_ROWS = {True: "YES", False: "NO", None: "any"}
_RACS = {True: "configured", False: "none", None: "any"}
_SIGNALLING = {Signalling.ENCRYPTED: "encrypted", Signalling.NOT_ENCRYPTED: "not encrypted", None: "-"}


def document() -> str:
    """Return the page."""
    words = _table(("word", "meaning"), _WORDS)
    parts = (words, ["", _ORDER], _policies(), _tables(), _ports(), _answers(), _terminals(), _admissions())
    return "\n".join([_INTRODUCTION, *(line for part in parts for line in part)])


def _policies() -> list[str]:
    rows = [
        (
            str(policy.value),
            policy.title,
            str(TABLE_OF[policy, Protocol.SIP]),
            str(TABLE_OF[policy, Protocol.H323]),
        )
        for policy in Policy
    ]
    return [
        *_table(("`sec_policy -set`", "policy", "table for SIP", "table for H.323"), rows),
        "",
        "0 is no policy (`sec_policy -remove`). For SIP, policy 3 behaves as policy 1 (note under table 4, 6.2.4).",
        "",
    ]


def _tables() -> list[str]:
    lines: list[str] = []
    for number, (title, rows) in TABLES.items():
        lines += [f"## Table {number}: {title}", "", f"The requirement, section {rows[0].section}.", ""]
        lines += _table(
            ("row", "terminal", "exception", "RAC", "registration", "signalling", "reason", "source"), map(_row, rows)
        )
        lines.append("")
    return lines


def _row(row: Row) -> tuple[str, ...]:
    return (
        row.id,
        row.terminal.value,
        _ROWS[row.exception],
        _RACS[row.rac],
        "allowed" if row.allowed else "not allowed",
        _SIGNALLING[row.signalling],
        f"`{row.refusal.value}`" if row.refusal is not None else "-",
        "inferred" if row.inferred else row.section,
    )


def _ports() -> list[str]:
    ports = [
        (str(number), port.words, "secure" if port.secure else "insecure") for number, port in STANDARD_PORTS.items()
    ]
    return [
        "## The port",
        "",
        "A row promises a result; the port is what happened.",
        "",
        *_table(("port", "what speaks there", "which is"), ports),
        "",
        *_table(("rule", "the row says", "arrived on", "answer", "why"), map(_rule, PORT_RULES)),
        "",
        'With the setting `port_check = "strict"` rule P4 reads:',
        "",
        *_table(("rule", "the row says", "arrived on", "answer", "why"), [_rule(STRICT_DOWNGRADE)]),
        "",
    ]


def _rule(rule: PortRule) -> tuple[str, ...]:
    promise = "not allowed" if rule.promise is None else f"allowed, {_SIGNALLING[rule.promise]}"
    bound = {
        None: "",
        True: ", exception NO, policy 1, 2 or 3",
        False: ", policy NONE or exception YES",
    }[rule.bound]
    port = {None: "any port", True: "secure port", False: "insecure port"}[rule.secure_port]
    if rule.allowed and rule.signalling is not None:
        answer = f"accepted, {rule.signalling.value}{', flagged downgraded' if rule.downgraded else ''}"
    else:
        answer = f"refused, `{rule.reason.value}`" if rule.reason is not None else "refused, for the row's reason"
    return (rule.id, promise + bound, port, answer, rule.words)


def _answers() -> list[str]:
    rows = [
        (f"`{reason.value}`", f"{SIP[reason].status} {SIP[reason].phrase}", f"{text} (*row*)", RAS[reason])
        for reason, text in WARNING.items()
    ]
    return [
        "## What a refused terminal is told",
        "",
        *_table(("reason", "SIP", "Warning 399", "H.323"), rows),
        "",
    ]


def _terminals() -> list[str]:
    protocols = {Protocol.SIP: "SIP", Protocol.H323: "H.323", None: "both"}
    rows = [
        (
            pattern.family,
            f"`{pattern.pattern.replace('|', chr(92) + '|')}`",
            protocols[pattern.protocol],
            pattern.terminal_class.value,
        )
        for pattern in SHIPPED
    ]
    return [
        "## Terminal types",
        "",
        *wrap(
            "What a terminal says it is (SIP `User-Agent`, H.323 `productId`) is a claim, not a proof. Patterns are "
            "searched without regard to case, the operator's own (`terminal_type`) before the shipped ones, each list "
            f"in its order; the first match wins. What matches nothing is INSECURE, family *{THIRD_PARTY}*: all third "
            f"party telephones and soft clients. The first {MAX_TEXT} characters count; NUL bytes and outer spaces do "
            f"not. An operator's pattern has at most {MAX_PATTERN} characters and must not repeat so much that "
            "matching takes long.",
            120,
        ),
        "",
        *_table(("family", "pattern", "protocol", "class"), rows),
        "",
        "The exact product strings of the D4 and D5 telephones were never published; these are this project's choice.",
        "",
    ]


def _admissions() -> list[str]:
    rows = [
        (f"{request.value}", *(_admission(columns[policy]) for policy in Policy))
        for request, columns in ADMISSIONS.items()
    ]
    return [
        "## Commands under each policy",
        "",
        *_table(("command", *(f"{policy.value} {policy.title}" for policy in Policy)), rows),
        "",
        *wrap(
            "Without `--security-exception`, `extension -i` means yes where it is accepted. `sec_policy -set` also "
            "needs the licence VOIP-SECURITY and a currently valid certificate (section 3); `sec_policy -remove` needs "
            "neither.",
            120,
        ),
        "",
    ]


def _admission(admission: Admission) -> str:
    if admission.allowed:
        return f"accepted. {admission.text}" if admission.text else "accepted"
    return f"rejected: {admission.text or f'`{admission.refusal}`'}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(cells) + " |" for cells in (header, ["---"] * len(header), *rows)]


if __name__ == "__main__":
    sys.stdout.write(document())
