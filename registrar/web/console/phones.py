"""Where to point a phone: addresses, an account, and QR codes of what it can scan."""

from io import BytesIO
from typing import Any

import segno
from markupsafe import Markup

from registrar.hosts import in_uri
from registrar.model.flow import Transport
from registrar.provision.account import Server
from registrar.web.console.frame import Console
from registrar.web.provisioning import AUTHORITY, FOLDER


def qr(text: str) -> Markup:
    """Return a QR code as a drawing."""
    drawn = BytesIO()
    segno.make(text, error="m").save(drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=3, nl=False)
    return Markup(drawn.getvalue().decode())  # noqa: S704 - segno's own drawing, of numbers alone


def authority_link(console: Console) -> str:
    """Return the address of the CA certificate."""
    host, port = console.ready.get("http", ["127.0.0.1", 0])
    address = in_uri(console.ready.get("address", host))
    return f"http://{address}:{port}{AUTHORITY}"


def phone_setup(console: Console) -> dict[str, Any]:
    """Return what a phone needs to be told."""
    address = str(console.ready.get("address", "127.0.0.1"))
    ports = {port.listener.transport: port for port in console.ports if port.name.startswith("sip") and port.listening}
    number = next(iter(console.system.state.extensions), "")
    lines = [
        (port.title, f"{in_uri(address)}:{port.listener.port}", transport.value.lower(), port.secure)
        for transport, port in ports.items()
    ]
    secure = ports.get(Transport.TLS)
    account = f"sip:{number}@{in_uri(address)}:{secure.listener.port};transport=tls" if secure and number else ""
    authority = authority_link(console)
    return {
        "lines": lines,
        "number": number,
        "account": account,
        "account_qr": qr(account) if account else "",
        "authority": authority,
        "authority_qr": qr(authority),
        "name": Server.of(console.ready).name if "sip_udp" in console.ready else address,
        "ca_file": console.ready.get("ca_file", ""),
        "configuration": authority.removesuffix(AUTHORITY) + FOLDER,
    }
