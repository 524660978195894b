"""What a start prints: the ports, and what to point a phone at."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from registrar.demonstration import Demonstration


def banner(ready: Mapping[str, Any], name: str, demonstration: Sequence[Demonstration], accounts: Path) -> str:
    """Return a screenful. ``ready`` is what the ready file holds, ``name`` the server's name in its certificate.

    ``accounts`` is a folder of ready client configurations, named where demonstration extensions exist.
    """
    host, udp = ready["sip_udp"]
    tcp, tls, http = (ready[port][1] for port in ("sip_tcp", "sip_tls", "http"))
    shown = f"[{host}]" if ":" in host else host
    lines = [
        "",
        f"  SIP   udp {shown}:{udp}   tcp {shown}:{tcp}   tls {shown}:{tls} (name: {name})",
        f"  API   http://{shown}:{http}/api/v1   token {ready['token_file']}",
        f"  CA    {ready['ca_file']}",
    ]
    if demonstration:
        lines += ["", "  number   PIN    security exception"]
        lines += [
            f"  {each.number}    {each.pin or '-':<6} {'yes' if each.exception else 'no'}" for each in demonstration
        ]
        first = demonstration[0]
        lines += [
            "",
            "  point a phone at it:",
            f"  baresip    baresip -f {accounts}/baresip -t 5",
            f"  linphone   linphonecsh init; linphonecsh register --host {shown}:{udp} \\",
            f"               --username {first.number} --password {first.pin}",
            f"  sipsak     sipsak -U -i -u {first.number} -a {first.pin} -s sip:{first.number}@{shown} \\",
            f"               -r {udp} -C sip:{first.number}@{shown}:5999 -x 120 -v",
            f"  SIPp       sipp {shown}:{udp} -sf {accounts}/sipp/register.xml \\",
            f"               -inf {accounts}/sipp/users.csv -m 1 -nostdin",
        ]
    lines += [
        "",
        "  registrar exec 'ip_extension -p'      registrar exec 'sec_policy -set 1'",
        "  Ctrl-C stops it.",
        "",
    ]
    return "\n".join(lines)
