"""Kamailio as a registrar of the same job: one worker a socket, digest, bindings in memory or written through."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.process import Process, free_port
from benchmarks.registrar import Running
from benchmarks.terminal import PIN, REALM

MODULES = Path("/usr/lib/x86_64-linux-gnu/kamailio/modules")
TABLES = Path("/usr/share/kamailio/db_sqlite")

_CONFIG = """\
children=1
tcp_children=1
debug=0
log_stderror=yes
enable_tls=yes
tcp_max_connections=30000
tls_max_connections=30000
listen=udp:127.0.0.1:{udp}
listen=tcp:127.0.0.1:{tcp}
listen=tls:127.0.0.1:{tls}
loadmodule "{modules}/sl.so"
loadmodule "{modules}/pv.so"
loadmodule "{modules}/auth.so"
loadmodule "{modules}/usrloc.so"
loadmodule "{modules}/registrar.so"
loadmodule "{modules}/tls.so"
{database}
modparam("usrloc", "db_mode", {db_mode})
modparam("usrloc", "hash_size", 14)
modparam("registrar", "max_contacts", 10)
modparam("tls", "private_key", "{key}")
modparam("tls", "certificate", "{certificate}")
modparam("tls", "tls_method", "TLSv1.2+")

request_route {{
    if ($rm != "REGISTER") {{ sl_send_reply("405", "Method Not Allowed"); exit; }}
    if (!pv_www_authenticate("{realm}", "{pin}", "0")) {{ www_challenge("{realm}", "1"); exit; }}
    save("location");
    exit;
}}
"""

_DATABASE = """\
loadmodule "{modules}/db_sqlite.so"
modparam("db_sqlite", "db_set_journal_mode", "{file}=WAL")
modparam("usrloc", "db_url", "sqlite:///{file}")
"""


@contextmanager
def kamailio(folder: Path, *, durable: bool, certificate: Path, key: Path) -> Iterator[Running]:
    """Run Kamailio in the folder: ``db_mode`` 1 on SQLite in WAL mode when ``durable``, else 0."""
    ports = {name: free_port() for name in ("udp", "tcp", "tls")}
    file = folder / "location.db"
    if durable:
        _make_tables(file)
    config = folder / "kamailio.cfg"
    config.write_text(
        _CONFIG.format(
            **ports,
            modules=MODULES,
            database=_DATABASE.format(modules=MODULES, file=file) if durable else "",
            db_mode=1 if durable else 0,
            certificate=certificate,
            key=key,
            realm=REALM,
            pin=PIN,
        )
    )
    command = ["kamailio", "-f", str(config), "-DD", "-E", "-m", "1024", "-M", "32", "-Y", str(folder), "-P"]
    with Process([*command, str(folder / "pid")], folder / "kamailio.log") as process:
        yield Running(process, ("127.0.0.1", ports["udp"]), ("127.0.0.1", ports["tls"]))


def _make_tables(file: Path) -> None:
    connection = sqlite3.connect(file)
    for script in ("standard", "usrloc"):
        connection.executescript((TABLES / f"{script}-create.sql").read_text())
    connection.close()
