"""pjsua: a file for ``--config-file``."""

from collections.abc import Sequence

from registrar.model.flow import Transport
from registrar.provision.account import REFRESH, Account, Configuration


def configure(accounts: Sequence[Account], folder: str) -> Configuration:
    """Return a file that registers all accounts."""
    server = accounts[0].server
    lines = ["--null-audio", "--local-port 0"]
    if server.ipv6:
        lines.append("--ipv6")
    if any(account.transport is Transport.TLS for account in accounts):
        lines += ["--use-tls", "--tls-verify-server", f'--tls-ca-file "{server.ca_file}"']
    for place, account in enumerate(accounts):
        if place:
            lines.append("--next-account")
        lines += _account(account)
    return Configuration({"pjsua.cfg": "\n".join(lines) + "\n"}, ("pjsua", f"--config-file={folder}/pjsua.cfg"))


def _account(account: Account) -> list[str]:
    lines = [f"--id {account.uri}", f"--registrar {account.registrar}", f"--reg-timeout {REFRESH}"]
    if account.pin:
        pin = account.pin_without('"#', "pjsua")
        lines += ["--realm *", f"--username {account.number}", f'--password "{pin}"']
    return lines
