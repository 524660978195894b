"""What this host is called, and where phones reach it."""

import contextlib
import re
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

WILDCARDS: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - told apart, not bound


def own_names(host: str, domain: str) -> list[str]:
    """Return the names and addresses this host answers to when it listens on ``host``, the one to show first."""
    names = [domain, _host_name(), "localhost", "127.0.0.1", "::1"]
    if host not in WILDCARDS:
        names.append(host)
    else:
        names += _addresses()
    return list(dict.fromkeys(name for name in names if name))


def address_for_phones(host: str) -> str:
    """Return the address to point a phone at: the one listened on, or one that other hosts reach."""
    if host not in WILDCARDS:
        return host
    version = 6 if host == "::" else 4
    for address in _addresses():
        found = ip_address(address)
        if found.version == version and not (found.is_loopback or found.is_link_local):
            return address
    return "::1" if version == 6 else "127.0.0.1"


def in_uri(address: str) -> str:
    """Write an address as URIs do: an IPv6 address in brackets."""
    return f"[{address}]" if ":" in address else address


def _host_name() -> str:
    """The host's name, or nothing where it is none that a certificate or a URI could hold."""
    name = socket.gethostname()
    return name if all(re.fullmatch("[A-Za-z0-9_-]{1,63}", label) for label in name.split(".")) else ""


def _addresses() -> Iterator[str]:
    """Yield the host's own addresses; the ones towards other networks are asked of the kernel, nothing is sent."""
    with contextlib.suppress(OSError):
        for *_, address in socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_DGRAM):
            yield str(address[0]).partition("%")[0]
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))
            yield probe.getsockname()[0]
