"""baresip: a folder for ``baresip -f``. It needs no sound card."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from registrar.provision.account import REFRESH, Account, Configuration

_MODULES: Final = (
    "/usr/lib/baresip/modules",
    "/usr/lib64/baresip/modules",
    "/usr/local/lib/baresip/modules",
    "/opt/homebrew/lib/baresip/modules",
)

_CONFIG: Final = """\
poll_method             {poll}
{interface}sip_cafile              {ca_file}
module_path             {modules}
module                  stdio.so
module                  g711.so
module                  aubridge.so
audio_player            aubridge,nil
audio_source            aubridge,nil
audio_alert             aubridge,nil
module_app              account.so
module_app              menu.so
"""


def configure(accounts: Sequence[Account], folder: str) -> Configuration:
    """Return a folder that registers all accounts at once."""
    server = accounts[0].server
    modules = next((path for path in _MODULES if Path(path).is_dir()), _MODULES[0])
    config = _CONFIG.format(
        poll="kqueue" if "homebrew" in modules else "epoll",
        # where there is no other network it would find no address of its own
        interface=f"net_interface           {'::1' if server.ipv6 else '127.0.0.1'}\n" if server.loopback else "",
        ca_file=server.ca_file,
        modules=modules,
    )
    files = {"config": config, "accounts": "".join(map(_account, accounts)), "contacts": ""}
    return Configuration(files, ("baresip", "-f", folder))


def _account(account: Account) -> str:
    # it resolves names with a DNS client of its own, so the address is the sure way
    transport = account.transport.value.lower()
    pin = account.pin_without(';,"<> ', "baresip")
    password = f";auth_pass={pin}" if pin else ""
    return f"<{account.uri}:{account.port};transport={transport}>{password};regint={REFRESH}\n"
