"""sipsak: one command that registers once."""

from collections.abc import Sequence

from registrar.errors import StartError
from registrar.model.flow import Transport
from registrar.provision.account import REFRESH, Account, Configuration

_DEFAULT_PORT = 5060


def configure(accounts: Sequence[Account], folder: str) -> Configuration:  # noqa: ARG001 - no files
    """Return the command for the first account."""
    account = accounts[0]
    if account.server.ipv6:
        raise StartError("sipsak speaks no IPv6: use another client or address", 2)
    words = ["sipsak", "-U", "-u", account.number]
    if account.pin:
        words += ["-a", account.pin]
    # a port of its own in -s would be cut short in the request
    words += ["-s", account.uri]
    if account.port != _DEFAULT_PORT:
        words += ["-r", str(account.port)]
    if account.transport is not Transport.UDP:
        words += ["-E", account.transport.value.lower()]
    if account.transport is Transport.TLS:
        words += [f"--tls-ca-cert={account.server.ca_file}"]
    return Configuration({}, (*words, "-x", str(REFRESH)))
