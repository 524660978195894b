"""What desk telephones are given, and that the simulated ones understand it."""

from pathlib import Path
from textwrap import dedent

import pytest

from registrar.errors import StartError
from registrar.model.flow import Transport
from registrar.phones.configuration import Configuration as Read
from registrar.phones.configuration import Server as Found
from registrar.phones.configuration import read
from registrar.provision.account import Account, Server
from registrar.provision.clients import CLIENTS, write
from registrar.provision.mitel import mac_of

READY = {
    "address": "192.0.2.7",
    "name": "lab.example",
    "sip_udp": ["192.0.2.7", 15060],
    "sip_tcp": ["192.0.2.7", 15060],
    "sip_tls": ["192.0.2.7", 15061],
    "ras_udp": ["192.0.2.7", 11719],
    "ras_tls": ["192.0.2.7", 13727],
}
BASE = Read(Found("nowhere"))


@pytest.fixture
def server(tmp_path: Path) -> Server:
    (tmp_path / "authority.pem").write_text("the CA\n")
    return Server.of({**READY, "ca_file": str(tmp_path / "authority.pem")})


def given(client: str, server: Server, transport: Transport, pin: str = "4711") -> dict[str, str]:
    return dict(CLIENTS[client]([Account("12345", pin, transport, server)], "/phones").files)


def test_a_mitel_is_given_what_all_share_and_what_is_its_own(server: Server) -> None:
    files = given("mitel", server, Transport.TLS)
    assert list(files) == ["startup.cfg", f"{mac_of('12345')}.cfg", "ca.pem"]
    assert files["startup.cfg"] == dedent("""\
        # for all Mitel 6700i, 6800 and 6900 telephones
        sip transport protocol: 4
        sip proxy ip: 192.0.2.7
        sip proxy port: 15061
        sip registrar ip: 192.0.2.7
        sip registrar port: 15061
        sip registration period: 300
        sips persistent tls: 1
        sips trusted certificates: ca.pem
        """)
    assert files[f"{mac_of('12345')}.cfg"] == dedent("""\
        # for one telephone: named by its MAC address
        sip line1 user name: 12345
        sip line1 auth name: 12345
        sip line1 screen name: 12345
        sip line1 password: 4711
        """)
    assert files["ca.pem"] == "the CA\n"
    assert mac_of("12345").startswith("00085D")
    assert mac_of("12345") != mac_of("12346")


def test_a_mitel_without_tls_needs_no_authority(server: Server) -> None:
    files = given("mitel", server, Transport.TCP)
    assert "ca.pem" not in files
    assert "sip transport protocol: 2\n" in files["startup.cfg"]
    assert "sip proxy port: 15060\n" in files["startup.cfg"]


@pytest.mark.parametrize(("client", "file"), [("d4", "d42x02-config.txt"), ("d5", "d44x01-config.txt")])
def test_a_d4_and_a_d5_are_given_their_file(client: str, file: str, server: Server) -> None:
    files = given(client, server, Transport.TLS)
    assert files[file] == dedent(f"""\
        # {file}
        SECURITY = enabled
        GATEKEEPER = 192.0.2.7
        GATEKEEPER_PORT = 11719
        GATEKEEPER_SECURE_PORT = 13727
        PROXY = 192.0.2.7
        PROXY_PORT = 15060
        PROXY_SECURE_PORT = 15061
        ROOT_CERTIFICATE = ca.pem
        """)
    assert "SECURITY = disabled\n" in given(client, server, Transport.UDP)[file]
    assert "4711" not in "".join(files.values()), "who is at the telephone enters it"


@pytest.mark.parametrize("client", ["d4", "d5", "mitel"])
@pytest.mark.parametrize("transport", Transport)
def test_the_simulated_telephones_read_what_is_written(
    client: str, transport: Transport, server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "fetched"
    write(folder, CLIENTS[client]([Account("12345", "4711", transport, server)], str(folder)))
    found = BASE
    for file in sorted(folder.iterdir(), key=lambda each: each.name != "startup.cfg"):
        if file.name != "ca.pem":
            found = read(file, found)
    secure = transport is Transport.TLS
    assert found.security is secure
    assert found.server.host == "192.0.2.7"
    assert (found.server.sips_port == 15061) is (secure or client != "mitel")
    if client == "mitel":
        assert (found.number, found.pin) == ("12345", "4711")
        assert found.transport is (Transport.UDP if secure else transport)
    else:
        assert found.server == Found("192.0.2.7", 15060, 15061, 11719, 13727)
    if secure:
        assert found.ca is not None
        assert found.ca.read_text() == "the CA\n"


def test_what_cannot_be_given_is_told(server: Server) -> None:
    with pytest.raises(StartError, match="a PIN that begins or ends with a space"):
        given("mitel", server, Transport.UDP, " 4711")
    with pytest.raises(StartError, match="cannot read the CA file"):
        given("mitel", server._replace(ca_file="/nowhere.pem"), Transport.TLS)
