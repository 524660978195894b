"""``license_status``: what is licensed (the requirement, section 3)."""

from datetime import UTC, datetime

from registrar.commands.catalogue.security import ERASE_FEATURE, INSTALL
from registrar.commands.catalogue.shared import VERBOSE
from registrar.commands.effects import ReadText, Refusal, Steps
from registrar.commands.grammar import Arguments
from registrar.commands.node import Execution, Node
from registrar.commands.printout import block, executed, printed, refused, table
from registrar.model.changes import SetLicence
from registrar.model.licence import VOIP_SECURITY, Licence
from registrar.model.policy import Policy
from registrar.policy.licence_file import LicenceError, read_licence


def print_(arguments: Arguments, node: Node, now: float) -> Execution:
    """``license_status -p``."""
    licence = node.state.licence
    lines = ["NO LICENCE"] if licence is None else _table(licence, now)
    if VERBOSE in arguments:
        lines += ["", *block([("THIS SYSTEM", node.system), ("ISSUER", _spaced(node.issuer))])]
    return printed(lines)


def install(arguments: Arguments, node: Node, now: float) -> Steps:
    """``license_status -i``."""
    text: str | Refusal = yield ReadText(arguments[INSTALL], "LICENCE FILE")
    if isinstance(text, Refusal):
        return refused(text.reason, *text.words)
    try:
        licence = read_licence(text, node.issuer)
    except LicenceError as error:
        return refused("LICENCE FILE NOT VALID", str(error), "Make a lab licence: registrar license make")
    if licence.system != node.system:
        return refused(
            "LICENCE IS FOR ANOTHER SYSTEM", f"It is for the system {licence.system}; this one is {node.system}."
        )
    if licence.expires_at is not None and licence.expires_at <= now:
        return refused("LICENCE HAS EXPIRED", f"It was valid until {_date(licence.expires_at)}.")
    return executed(changes=[SetLicence(licence)])


def erase(arguments: Arguments, node: Node, _now: float) -> Execution:
    """``license_status -e``."""
    licence, feature = node.state.licence, arguments[ERASE_FEATURE]
    if licence is None or feature not in licence.features:
        return refused("LICENCE DOES NOT EXIST", "Print what is licensed: license_status -p")
    features = tuple(other for other in licence.features if other != feature)
    left = licence._replace(features=features) if features else None
    in_force = feature == VOIP_SECURITY and node.state.policy is not Policy.NONE
    words = ("Warning: the security policy stays in force; without the licence it can be removed but not set.",)
    return executed(*(words if in_force else ()), changes=[SetLicence(left)])


def _table(licence: Licence, now: float) -> list[str]:
    expires = "never" if licence.expires_at is None else _date(licence.expires_at)
    warning = licence.warning(now)
    rows = [
        [feature, licence.system, expires, "valid" if licence.grants(feature, now) else "EXPIRED"]
        for feature in licence.features
    ]
    lines = table(["LICENCE", "SYSTEM", "EXPIRES", "STATE"], rows)
    return lines if warning is None else [*lines, "", f"WARNING: {warning}"]


def _spaced(key: bytes) -> str:
    text = key.hex()
    return " ".join(text[place : place + 16] for place in range(0, len(text), 16))


def _date(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M UTC")
