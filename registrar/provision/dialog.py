"""D4 and D5: ``d42x02-config.txt`` and ``d44x01-config.txt``. Who is at the telephone enters number and PIN.

Only ``SECURITY = enabled`` of these files was ever published; the other names are this project's choice.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

from registrar.model.flow import Transport
from registrar.provision.account import Account, Configuration, Server, authority

D4_FILE: Final = "d42x02-config.txt"
D5_FILE: Final = "d44x01-config.txt"

_TEXT: Final = """\
# {file}
SECURITY = {security}
GATEKEEPER = {host}
GATEKEEPER_PORT = {ras_port}
GATEKEEPER_SECURE_PORT = {ras_tls_port}
PROXY = {host}
PROXY_PORT = {sip_port}
PROXY_SECURE_PORT = {sips_port}
ROOT_CERTIFICATE = ca.pem
"""


def configure(file: str, accounts: Sequence[Account], folder: str) -> Configuration:  # noqa: ARG001 - as in mitel
    """Return the file; when the accounts are to use TLS security is enabled, and the CA certificate comes with it."""
    server, transport = accounts[0].server, accounts[0].transport
    files = {file: text(file, server, transport)}
    if transport is Transport.TLS:
        files["ca.pem"] = authority(server)
    numbers = ", ".join(account.number for account in accounts)
    return Configuration(files, (), f"put the files where the telephones fetch theirs; log on as {numbers}")


def text(file: str, server: Server, transport: Transport) -> str:
    """Return the file's text. No PIN is in it."""
    return _TEXT.format(
        file=file,
        security="enabled" if transport is Transport.TLS else "disabled",
        host=server.address,
        ras_port=server.ras_port,
        ras_tls_port=server.ras_tls_port,
        sip_port=server.ports[Transport.UDP],
        sips_port=server.ports[Transport.TLS],
    )


d4 = partial(configure, D4_FILE)
d5 = partial(configure, D5_FILE)
