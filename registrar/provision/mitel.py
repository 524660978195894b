"""Mitel 6700i, 6800 and 6900: ``startup.cfg`` for all of them, and each telephone's own ``MAC.cfg``."""

from collections.abc import Sequence
from hashlib import blake2s
from typing import Final

from registrar.errors import StartError
from registrar.model.flow import Transport
from registrar.provision.account import REFRESH, Account, Configuration, Server, authority

PROTOCOLS: Final = {Transport.UDP: 1, Transport.TCP: 2, Transport.TLS: 4}
"""``sip transport protocol``."""
PREFIX: Final = "00085D"
"""Of the MAC addresses of such telephones."""

_SERVER: Final = """\
# for all Mitel 6700i, 6800 and 6900 telephones
sip transport protocol: {protocol}
sip proxy ip: {host}
sip proxy port: {port}
sip registrar ip: {host}
sip registrar port: {port}
sip registration period: {refresh}
"""
_TLS: Final = """\
sips persistent tls: 1
sips trusted certificates: ca.pem
"""
_OWN: Final = """\
# for one telephone: named by its MAC address
sip line1 user name: {number}
sip line1 auth name: {number}
sip line1 screen name: {number}
"""


def configure(accounts: Sequence[Account], folder: str) -> Configuration:  # noqa: ARG001 - nothing names its folder
    """Return ``startup.cfg``, a ``MAC.cfg`` for each account, and the CA certificate."""
    server, transport = accounts[0].server, accounts[0].transport
    files = {"startup.cfg": startup(server, transport)}
    for account in accounts:
        if account.pin != account.pin.strip():
            raise StartError("a Mitel telephone cannot be given a PIN that begins or ends with a space", 2)
        files[f"{mac_of(account.number)}.cfg"] = own(account.number, account.pin)
    if transport is Transport.TLS:
        files["ca.pem"] = authority(server)
    return Configuration(
        files, (), "put the files where the telephones fetch theirs, MAC.cfg named by each one's own MAC"
    )


def startup(server: Server, transport: Transport) -> str:
    """Return ``startup.cfg``; with TLS it names the CA certificate ``ca.pem`` beside it. No PIN is in it."""
    text = _SERVER.format(
        protocol=PROTOCOLS[transport], host=server.address, port=server.ports[transport], refresh=REFRESH
    )
    return text + _TLS if transport is Transport.TLS else text


def own(number: str, pin: str) -> str:
    """Return a telephone's own file; without a PIN its user is asked."""
    return _OWN.format(number=number) + (f"sip line1 password: {pin}\n" if pin else "")


def mac_of(number: str) -> str:
    """Return the MAC address of the simulated telephone with this number: always the same."""
    return f"{PREFIX}{blake2s(number.encode(), digest_size=3).hexdigest().upper()}"
