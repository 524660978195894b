"""Transport addresses (H.225.0 section 7.6): of the many kinds those that this registrar can reach, IPv4 and IPv6."""

from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any

from registrar.model.flow import Address

Transport = tuple[str, Any]
"""A TransportAddress as the codec has it."""


def address_of(transport: Transport) -> Address | None:
    """Return the address, or ``None`` when it is of another kind or none that anybody has."""
    kind, value = transport
    if kind == "ipAddress":
        host = ".".join(map(str, value["ip"]))
    elif kind == "ip6Address":
        host = str(IPv6Address(value["ip"]))
    else:
        return None
    return (host, value["port"]) if value["port"] and host not in ("0.0.0.0", "::") else None  # noqa: S104


def first_address(transports: list[Transport]) -> Address | None:
    """Return the first usable address of several."""
    for transport in transports:
        address = address_of(transport)
        if address is not None:
            return address
    return None


def transport_of(address: Address) -> Transport:
    """Return the TransportAddress; an IPv6 zone is left out, a host that is no IP address becomes 0.0.0.0."""
    host, port = address
    if ":" in host:
        return "ip6Address", {"ip": IPv6Address(host.partition("%")[0]).packed, "port": port}
    try:
        return "ipAddress", {"ip": IPv4Address(host).packed, "port": port}
    except AddressValueError:
        return "ipAddress", {"ip": bytes(4), "port": port}
