"""What a terminal reads at its start: where the server is, and whether security is enabled.

Two dialects of file: ``NAME = value`` of the D4 and D5 (only ``SECURITY = enabled`` was ever published, the other names
are this project's choice), and ``name: value`` of the Mitel 6700i, 6800 and 6900. Lines that begin with ``#`` are
remarks; names that a dialect does not know are left alone, as those phones have hundreds more.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from registrar.model.flow import Transport
from registrar.model.policy import Protocol


class Server(NamedTuple):
    """A registrar and gatekeeper: its host and its ports."""

    host: str
    sip_port: int = 5060
    sips_port: int = 5061
    ras_port: int = 1719
    ras_tls_port: int = 3727

    def port(self, protocol: Protocol, transport: Transport) -> int:
        """Return the port that serves the protocol over the transport."""
        if protocol is Protocol.SIP:
            return self.sips_port if transport is Transport.TLS else self.sip_port
        return self.ras_tls_port if transport is Transport.TLS else self.ras_port


def server_of(ready: Mapping[str, Any], host: str = "") -> Server:
    """Return where phones find the registrar that wrote this ready file; the standard ports where it names none."""
    ports = {"sip_udp": 5060, "sip_tls": 5061, "ras_udp": 1719, "ras_tls": 3727}
    return Server(
        host or str(ready.get("address", "127.0.0.1")),
        *(int(ready[name][1]) if name in ready else port for name, port in ports.items()),
    )


class Configuration(NamedTuple):
    """How a terminal is set up."""

    server: Server
    security: bool = False
    """Whether a PIN that was entered goes over TLS."""
    transport: Transport = Transport.UDP
    """What it uses otherwise. TLS here means TLS always, as in a softphone set to it."""
    ca: Path | None = None
    """The file of CAs it trusts."""
    number: str = ""
    pin: str = ""
    """The PIN that it was given with its configuration; empty when its user is asked."""

    def __repr__(self) -> str:
        return f"Configuration({self.server!r}, security={self.security}, transport={self.transport.value})"


class ConfigurationError(Exception):
    """A configuration file that cannot be used: one line that names the file and the line."""


_SWITCH: Final = {"enabled": True, "disabled": False}
_TRANSPORTS: Final = {"1": Transport.UDP, "2": Transport.TCP, "4": Transport.TLS}
"""``sip transport protocol`` of the Mitel phones."""


def read(file: Path, base: Configuration) -> Configuration:
    """Return ``base`` as the file changes it; the dialect goes by the file's name. Raises ``ConfigurationError``."""
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file} is not text in UTF-8") from None
    return (read_mitel if file.suffix == ".cfg" else read_dialog)(text, file, base)


def read_dialog(text: str, file: Path, base: Configuration) -> Configuration:
    """Read ``d42x02-config.txt`` or ``d44x01-config.txt``."""
    for number, name, value in _lines(text, "=", file):
        where = f"{file}, line {number}"
        match name.upper():
            case "SECURITY":
                if value.lower() not in _SWITCH:
                    raise ConfigurationError(f"{where}: SECURITY is enabled or disabled, not {value!r}")
                base = base._replace(security=_SWITCH[value.lower()])
            case "GATEKEEPER" | "PROXY":
                base = base._replace(server=base.server._replace(host=value))
            case "GATEKEEPER_PORT":
                base = base._replace(server=base.server._replace(ras_port=_port(value, name, where)))
            case "GATEKEEPER_SECURE_PORT":
                base = base._replace(server=base.server._replace(ras_tls_port=_port(value, name, where)))
            case "PROXY_PORT":
                base = base._replace(server=base.server._replace(sip_port=_port(value, name, where)))
            case "PROXY_SECURE_PORT":
                base = base._replace(server=base.server._replace(sips_port=_port(value, name, where)))
            case "ROOT_CERTIFICATE":
                base = base._replace(ca=file.parent / value)
    return base


def read_mitel(text: str, file: Path, base: Configuration) -> Configuration:
    """Read ``startup.cfg`` or a phone's own ``MAC.cfg``: TLS is security enabled."""
    found = {name.lower(): (number, value) for number, name, value in _lines(text, ":", file)}
    if "sip transport protocol" in found:
        number, value = found["sip transport protocol"]
        if value not in _TRANSPORTS:
            raise ConfigurationError(
                f"{file}, line {number}: sip transport protocol is 1 (UDP), 2 (TCP) or 4 (TLS), not {value!r}"
            )
        transport = _TRANSPORTS[value]
        base = base._replace(
            security=transport is Transport.TLS,
            transport=Transport.UDP if transport is Transport.TLS else transport,
        )
    server = base.server
    for kind in ("proxy", "registrar"):
        if f"sip {kind} ip" in found:
            server = server._replace(host=found[f"sip {kind} ip"][1])
        if f"sip {kind} port" in found:
            number, value = found[f"sip {kind} port"]
            port = _port(value, f"sip {kind} port", f"{file}, line {number}")
            if port:
                server = server._replace(sips_port=port) if base.security else server._replace(sip_port=port)
    base = base._replace(server=server)
    if "sips trusted certificates" in found:
        base = base._replace(ca=file.parent / found["sips trusted certificates"][1])
    values = {name: value for name, (_, value) in found.items()}
    return base._replace(
        number=values.get("sip line1 user name", base.number), pin=values.get("sip line1 password", base.pin)
    )


def _lines(text: str, between: str, file: Path) -> Iterator[tuple[int, str, str]]:
    """Yield the number, name and value of each line that says something."""
    for number, line in enumerate(text.splitlines(), 1):
        name, found, value = line.partition(between)
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not found or not name.strip():
            raise ConfigurationError(f"{file}, line {number}: expected name {between} value, not {line.strip()!r}")
        yield number, name.strip(), value.strip()


def _port(value: str, name: str, where: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value) <= 65535):
        raise ConfigurationError(f"{where}: {name} is a port, 0 to 65535, not {value!r}")
    return int(value)
