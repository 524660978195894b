"""Linphone: a ``linphonerc`` for ``linphonec -c`` and for the desktop program's ``--config``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from registrar.errors import StartError
from registrar.model.flow import Transport
from registrar.provision.account import REFRESH, Account, Configuration

_HEAD: Final = """\
[sip]
sip_port=-1
sip_tcp_port=-1
sip_tls_port=-1
default_proxy=0
register_only_when_network_is_up=0
root_ca={ca_file}
verify_server_certs=1
verify_server_cn={by_name:d}

[storage]
backend=sqlite3
uri={folder}/linphone.db
call_logs_db_uri={folder}/calls.db
zrtp_secrets_db_uri={folder}/zrtp.db
"""
# linphonec does not make the folder of its default databases, and without the first one registers nothing

_ACCOUNT: Final = """
[proxy_{place}]
reg_proxy=<{proxy}>
reg_identity=sip:{number}@{domain}
reg_sendregister=1
reg_expires={expires}

[auth_info_{place}]
username={number}
passwd={pin}
domain={domain}
"""


def configure(accounts: Sequence[Account], folder: str) -> Configuration:
    """Return a ``linphonerc``."""
    server = accounts[0].server
    # it matches no IP address of a certificate; localhost is an IPv4 address on most hosts
    by_name = not (server.loopback and server.ipv6)
    text = _HEAD.format(ca_file=server.ca_file, folder=Path(folder).absolute(), by_name=by_name)
    text += "".join(_account(account, place, by_name) for place, account in enumerate(accounts))
    return Configuration({"linphonerc": text}, ("linphonec", "-c", f"{folder}/linphonerc"))


def _account(account: Account, place: int, by_name: bool) -> str:
    if account.pin != account.pin.strip():
        raise StartError("Linphone cannot be given a PIN that begins or ends with a space", 2)
    server = account.server
    host = server.name if by_name and account.transport is Transport.TLS else server.host
    proxy = f"sip:{host}:{account.port};transport={account.transport.value.lower()}"
    return _ACCOUNT.format(
        place=place, proxy=proxy, number=account.number, domain=host, pin=account.pin, expires=REFRESH
    )
