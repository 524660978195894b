"""What a start prints: a screenful that says what to point a phone at. Its commands work as they are printed."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from registrar import __version__
from registrar.demonstration import Demonstration
from registrar.hosts import WILDCARDS, in_uri
from registrar.model.flow import Transport
from registrar.model.policy import Policy
from registrar.provision.account import Server

WIDTH: Final = 79
_WORDS: Final = re.compile(r"(?:-[^ ]+ (?!-))?(?:'[^']*'|[^ ])+")
"""A word of a command, with the option before it that it belongs to."""
_INITIATE: Final = (
    "auth_code -i -d 100 --auth-code 1234",
    "extension -i -d 100 --csp 1 --lim 1 --security-exception no",
)


def banner(
    ready: Mapping[str, Any],
    policy: Policy,
    demonstration: Sequence[Demonstration],
    clients: Sequence[str],
    execute: str,
) -> str:
    """Return the screenful, styled for a terminal.

    ``ready`` is what the ready file holds, ``clients`` the lines that start clients for the demonstration extensions,
    ``execute`` what to type before an operator's line.
    """
    server = Server.of(ready)
    ports = "   ".join(f"{transport.value.lower()} {server.host}:{server.ports[transport]}" for transport in Transport)
    host = in_uri(ready["address"])
    lines = [
        "",
        f"  {click.style(f'registrar {__version__}', bold=True)}   security policy {policy.value} {policy.title}",
        f"  {_label('SIP')}{ports}",
        f"  {_label('H.323')}udp {server.host}:{ready['ras_udp'][1]}   tls {server.host}:{ready['ras_tls'][1]}"
        f"   gatekeeper {ready['gatekeeper']}",
        f"  {_label('WEB')}http://{host}:{ready['http'][1]}/   token {_short(ready['token_file'])}",
        f"  {_label('CA')}{_short(ready['ca_file'])}   name in the certificate {server.name}",
    ]
    if ready["sip_udp"][0] in WILDCARDS:
        lines.append("  It listens on every address of this host.")
    lines.append("")
    if demonstration:
        lines.append(click.style("  NUMBER  PIN   SECURITY EXCEPTION", dim=True))
        lines += [
            f"  {each.number:<7} {each.pin or 'none':<5} {'yes' if each.exception else 'no'}" for each in demonstration
        ]
        lines += ["", "  Point a phone at it; in another terminal, here, each works as it stands:", *_commands(clients)]
        lines += ["", "  See who is registered and by which rule, then set a policy:"]
        lines += _commands([f"{execute} '{line}'" for line in ("ip_extension -p", "sec_policy -set 1")])
    else:
        lines += ["  Initiate an extension and point a phone at it:"]
        lines += _commands([f"{execute} '{line}'" for line in _INITIATE])
    return "\n".join([*lines, "", "  Ctrl-C stops it.", ""])


def _label(text: str) -> str:
    return click.style(f"{text:<6}", dim=True)


def _commands(commands: Sequence[str]) -> list[str]:
    return [click.style(line, fg="cyan") for command in commands for line in _folded(command)]


def _folded(command: str) -> list[str]:
    """Fold a command so that it can still be pasted into a shell."""
    lines = ["   "]
    for words in _WORDS.findall(command):
        if len(lines[-1]) + len(words) + 3 > WIDTH and lines[-1].strip():
            lines[-1] += " \\"
            lines.append("     ")
        lines[-1] += f" {words}"
    return lines


def _short(path: str) -> str:
    """Return the path as seen from the working folder, when it is in there."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
