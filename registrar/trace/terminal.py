"""The trace in a terminal: ``registrar trace follow``."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from registrar.policy.explain import printable

_ARROWS = {"received": "->", "sent": "<-"}


def lines(record: Mapping[str, Any], verbose: bool) -> list[str]:
    """Return the lines for a record as the API gives it: time, peer, direction, port, what happened.

    With ``verbose`` the message stands below, indented.
    """
    when = datetime.fromtimestamp(record["time"], UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]
    host = f"[{record['address']}]" if ":" in record["address"] else record["address"]
    peer = f"{host}:{record['source_port']}"
    arrow = _ARROWS.get(record["kind"], "==")
    port = f"{record['port']}/{record['transport'].lower()}"
    number = f"{printable(record['number'])}: " if record["kind"] == "decided" else ""
    told = [f"{when}  {peer:<21} {arrow} {port:<8}  {number}{record['summary']}"]
    if verbose and record["text"]:
        told += [f"    {printable(each)}" for each in record["text"].replace("\r\n", "\n").rstrip("\n").split("\n")]
        told.append("")
    return told
