"""``license_status``: what is licensed (the requirement, section 3)."""

import json
from datetime import UTC, datetime
from typing import Any

from registrar.commands.catalogue.security import ERASE_FEATURE, INSTALL
from registrar.commands.effects import ReadText, Refusal, Steps
from registrar.commands.grammar import Arguments
from registrar.commands.node import Execution, Node
from registrar.commands.printout import executed, printed, refused, table
from registrar.model.changes import SetLicence
from registrar.model.licence import VOIP_SECURITY, Licence
from registrar.model.policy import Policy


def print_(_arguments: Arguments, node: Node, now: float) -> Execution:
    """``license_status -p``."""
    licence = node.state.licence
    if licence is None:
        return printed(["NO LICENCE"])
    expires = "never" if licence.expires_at is None else _date(licence.expires_at)
    rows = [
        [feature, licence.system, expires, "valid" if licence.grants(feature, now) else "EXPIRED"]
        for feature in licence.features
    ]
    return printed(table(["LICENCE", "SYSTEM", "EXPIRES", "STATE"], rows) if rows else ["NO LICENCE"])


def install(arguments: Arguments, _node: Node, now: float) -> Steps:
    """``license_status -i``."""
    text: str | Refusal = yield ReadText(arguments[INSTALL], "LICENCE FILE")
    if isinstance(text, Refusal):
        return refused(text.reason, *text.words)
    try:
        licence = read_licence(text)
    except ValueError as error:
        return refused("LICENCE FILE NOT VALID", f"{error}.")
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


def read_licence(text: str) -> Licence:
    """Read a licence file; raise ``ValueError`` that says what is wrong."""
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("It is not JSON") from None
    if not isinstance(data, dict):
        raise ValueError("It is not a JSON object")
    system, features, expires = data.get("system"), data.get("features"), data.get("expires")
    if not isinstance(system, str) or not system or not system.isprintable():
        raise ValueError('"system" must be a name')
    if not isinstance(features, list) or not all(isinstance(one, str) and one.isprintable() for one in features):
        raise ValueError('"features" must be a list of names')
    if expires is None:
        return Licence(system, tuple(features))
    try:
        until = datetime.fromisoformat(expires)
    except (TypeError, ValueError):
        raise ValueError('"expires" must be a date such as "2030-12-31", or left out') from None
    return Licence(system, tuple(features), (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp())


def _date(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M UTC")
