"""What a start writes for the demonstration extensions, so that the lines of its banner work as they are printed."""

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

from registrar.model.flow import Transport
from registrar.provision import baresip, linphone, sipp, sipsak
from registrar.provision.account import Account
from registrar.provision.clients import write


def write_samples(folder: Path, accounts: Sequence[Account]) -> list[str]:
    """Write a folder for each client and return the lines that start them. Raises ``StartError``.

    Linphone and sipsak take the first account, baresip takes one over each transport, SIPp all.
    """
    if not accounts:
        return []
    spread = [account._replace(transport=way) for account, way in zip(accounts, cycle(Transport), strict=False)]
    samples = {
        "baresip": baresip.configure(spread, str(folder / "baresip")),
        "linphone": linphone.configure(accounts[:1], str(folder / "linphone")),
        "sipp": sipp.configure(accounts, str(folder / "sipp")),
    }
    lines = [] if accounts[0].server.ipv6 else [sipsak.configure(accounts, "").line]
    for name, configuration in samples.items():
        write(folder / name, configuration, replace=True)
        lines.append(configuration.line)
    return lines
