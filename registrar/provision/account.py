"""What a client needs to know, and what it is given."""

import shlex
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from registrar.errors import StartError
from registrar.model.flow import Transport

REFRESH: Final = 300
"""Seconds that clients register for: short enough to watch them come back."""

_RAS_PORTS: Final = {"ras_udp": 1719, "ras_tls": 3727}
_PORT_NAMES: Final = {Transport.UDP: "sip_udp", Transport.TCP: "sip_tcp", Transport.TLS: "sip_tls"}


class Server(NamedTuple):
    """Where phones find the registrar."""

    address: str
    """An IP address or a name."""
    name: str
    """A DNS name that its certificate holds and that leads there: some clients match no IP address."""
    ports: Mapping[Transport, int]
    ca_file: str
    """The absolute path of the certificate that clients must trust."""
    ras_port: int = 1719
    ras_tls_port: int = 3727

    @classmethod
    def of(cls, ready: Mapping[str, Any], address: str = "") -> Self:
        """Return the server that wrote this ready file; phones reach it at ``address``, if one is given."""
        address = address or ready["address"]
        ports = {transport: int(ready[name][1]) for transport, name in _PORT_NAMES.items()}
        host = _ip(address)
        name = address if host is None else "localhost" if host.is_loopback else ready["name"]
        ras = (int(ready[port][1]) if port in ready else standard for port, standard in _RAS_PORTS.items())
        return cls(address, name, ports, ready["ca_file"], *ras)

    @property
    def host(self) -> str:
        """The address as URIs write it: an IPv6 address in brackets."""
        return f"[{self.address}]" if self.ipv6 else self.address

    @property
    def loopback(self) -> bool:
        """True when only clients on the same machine reach it."""
        host = _ip(self.address)
        return host.is_loopback if host is not None else self.address == "localhost"

    @property
    def ipv6(self) -> bool:
        """True when the address is an IPv6 one."""
        return ":" in self.address


def authority(server: Server) -> str:
    """Return the CA certificate in PEM, for clients that keep their own copy. Raises ``StartError``."""
    try:
        return Path(server.ca_file).read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"cannot read the CA file {server.ca_file}: {error}") from None


def _ip(address: str) -> IPv4Address | IPv6Address | None:
    """Return the address, or ``None`` for a name."""
    try:
        return ip_address(address)
    except ValueError:
        return None


class Account(NamedTuple):
    """One number on one client."""

    number: str
    pin: str
    """Empty when no RAC is configured."""
    transport: Transport
    server: Server

    @property
    def port(self) -> int:
        """The server's port for the account's transport."""
        return self.server.ports[self.transport]

    @property
    def uri(self) -> str:
        """The address of record."""
        return f"sip:{self.number}@{self.server.host}"

    @property
    def registrar(self) -> str:
        """The registrar's URI, port and transport always named."""
        return f"sip:{self.server.host}:{self.port};transport={self.transport.value.lower()}"

    def pin_without(self, characters: str, client: str) -> str:
        """Return the PIN; raise ``StartError`` when it has one of the characters, which the client cannot be given."""
        if set(self.pin) & set(characters):
            shown = " ".join("space" if character == " " else character for character in characters)
            raise StartError(f"{client} cannot be given a PIN that has one of {shown}", 2)
        return self.pin


class Configuration(NamedTuple):
    """A client's files by their names within a folder, and what to type."""

    files: Mapping[str, str]
    command: tuple[str, ...]
    """The words of the shell command that starts the client with them; empty when there is none."""
    advice: str = ""
    """What else to do, in one line."""

    @property
    def line(self) -> str:
        """The command as one line for a POSIX shell."""
        return shlex.join(self.command)
