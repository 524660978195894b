"""A database of an older version is brought up to this one's when it is opened, and holds what it held."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from registrar.core.state import State
from registrar.model.binding import Binding, Contact, Endpoint
from registrar.model.extension import Extension
from registrar.model.flow import Flow, Listener, TlsSession, Transport
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.terminal import Terminal
from registrar.policy.decide import decide
from registrar.store import schema
from registrar.store.errors import StoreError
from registrar.store.store import Store
from registrar.store.vault import Vault

VAULT = Vault(bytes(32))

VERSION_3 = """
CREATE TABLE node ("key" TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO node VALUES ('version', '3'), ('policy', '3');
CREATE TABLE extensions (number TEXT NOT NULL PRIMARY KEY, csp INTEGER NOT NULL, lim INTEGER NOT NULL,
    customer INTEGER NOT NULL, security_exception BOOLEAN NOT NULL);
INSERT INTO extensions VALUES ('100', 1, 1, 0, 0), ('101', 1, 2, 7, 1);
CREATE TABLE bindings (protocol TEXT NOT NULL, number TEXT NOT NULL, identity TEXT NOT NULL,
    registered_at FLOAT NOT NULL, refreshed_at FLOAT NOT NULL, expires_at FLOAT NOT NULL, port INTEGER NOT NULL,
    address TEXT NOT NULL, terminal TEXT NOT NULL, policy INTEGER NOT NULL, "row" TEXT NOT NULL, details TEXT NOT NULL,
    PRIMARY KEY (protocol, number, identity)) WITHOUT ROWID;
INSERT INTO bindings VALUES
    ('sip', '100', '<urn:uuid:1>;reg-id=1', 1500000000.5, 1700000060.25, 1700003660.25, 5061, '10.1.2.3',
     'Mitel 6930', 3, 'T4.2',
     '[["sip:100@10.1.2.3:40000",3600,0.5,"<urn:uuid:1>",1,";audio","sip:100@10.1.2.3:40000",null],"c1",7,'
     || '["TLS","127.0.0.1",40000,9,["TLSv1.3","TLS_AES_256_GCM_SHA384","lab","CN=phone"]],'
     || '["Mitel 6930","SECURE","Mitel 6900","^Mitel 69"],[false,true],["sip:edge;lr"],"0123456789abcdef"]'),
    ('h323', '101', 'E1', 1600000000.0, 1600000000.0, 1700003600.0, 1719, '::1', 'IP phone', 3, 'T4.1',
     '[["h323:101",null,null,"E1",0,"","E1",[[["dialledDigits","101"],["h323_ID","desk"]],["::1",1720],["::1",1719],'
     || '"vendor","1.0",true]],"",0,["UDP","::",1719,0,null],["IP phone","INSECURE","third party",""],'
     || '[true,false],[],""]');
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "registrar.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(VERSION_3)
    return path


@contextmanager
def by_hand(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file)) as connection, connection:
        yield connection


async def opened(file: Path) -> State:
    store = await Store.open(f"sqlite:///{file}", VAULT)
    try:
        assert not store.created
        return State(await store.load())
    finally:
        await store.close()


async def test_what_an_older_version_held_is_there(file: Path) -> None:
    secure, insecure = TerminalClass.SECURE, TerminalClass.INSECURE
    tls, ras = (
        Listener(Protocol.SIP, Transport.TLS, "127.0.0.1", 5061),
        Listener(Protocol.H323, Transport.UDP, "::", 1719),
    )
    aliases = (("dialledDigits", "101"), ("h323_ID", "desk"))
    expected = [
        Binding(
            "100",
            Contact("sip:100@10.1.2.3:40000", 3600, 0.5, "<urn:uuid:1>", 1, ";audio", "sip:100@10.1.2.3:40000"),
            "c1",
            7,
            Flow(tls, ("10.1.2.3", 40000), 9, TlsSession("TLSv1.3", "TLS_AES_256_GCM_SHA384", "lab", "CN=phone")),
            Terminal("Mitel 6930", secure, "Mitel 6900", "^Mitel 69"),
            decide(Policy.EXC_TYPE, Protocol.SIP, secure, False, True, True),
            1500000000.5,
            1700000060.25,
            1700003660.25,
            ("sip:edge;lr",),
            "0123456789abcdef",
        ),
        Binding(
            "101",
            Contact(
                "h323:101",
                None,
                None,
                "E1",
                0,
                "",
                "E1",
                Endpoint(aliases, ("::1", 1720), ("::1", 1719), "vendor", "1.0", True),
            ),
            "",
            0,
            Flow(ras, ("::1", 1719)),
            Terminal("IP phone", insecure, "third party", ""),
            decide(Policy.EXC_TYPE, Protocol.H323, insecure, True, False, False),
            1600000000.0,
            1600000000.0,
            1700003600.0,
        ),
    ]
    for _ in range(2):
        state = await opened(file)
        assert list(state.all_bindings()) == expected
        assert state.extensions == {
            "100": Extension("100", 1, 1, security_exception=False),
            "101": Extension("101", 1, 2, 7, True),
        }
        assert state.policy is Policy.EXC_TYPE
    with by_hand(file) as connection:
        assert connection.execute("SELECT value FROM node WHERE key = 'version'").fetchall() == [(str(schema.VERSION),)]
        assert connection.execute("SELECT count(*) FROM bindings WHERE common = ''").fetchone() == (0,)


async def test_an_upgrade_that_a_death_cut_short_is_gone_on_with(file: Path, tmp_path: Path) -> None:
    with by_hand(file) as connection:
        connection.execute("ALTER TABLE bindings ADD COLUMN common TEXT NOT NULL DEFAULT ''")
    assert {binding.number for binding in (await opened(file)).all_bindings()} == {"100", "101"}


async def test_a_row_that_cannot_be_brought_up_is_told_and_nothing_is_changed(file: Path) -> None:
    with by_hand(file) as connection:
        connection.execute("UPDATE bindings SET details = '[1' WHERE number = '101'")
    with pytest.raises(StoreError) as error:
        await opened(file)
    assert str(error.value).startswith("the database is damaged in a registration of 101: restore a backup")
    with by_hand(file) as connection:
        connection.execute("DELETE FROM bindings WHERE number = '101'")
    assert [binding.number for binding in (await opened(file)).all_bindings()] == ["100"]
