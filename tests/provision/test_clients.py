"""What each client is given, as a person reads it."""

import stat
from pathlib import Path
from textwrap import dedent

import pytest

from registrar.errors import StartError
from registrar.model.flow import Transport
from registrar.provision.account import Account, Configuration, Server
from registrar.provision.clients import CLIENTS, write

READY = {
    "address": "127.0.0.1",
    "name": "lab.example",
    "sip_udp": ["127.0.0.1", 5060],
    "sip_tcp": ["127.0.0.1", 5060],
    "sip_tls": ["127.0.0.1", 5061],
    "ca_file": "/data/certs/ca.pem",
}
LOCAL = Server.of(READY)
ELSEWHERE = Server.of({**READY, "address": "192.0.2.7"})
IPV6 = Server.of({**READY, "address": "::1"})


def given(
    client: str,
    transport: Transport = Transport.UDP,
    pin: str = "4711",
    server: Server = LOCAL,
    numbers: tuple[str, ...] = ("12345",),
) -> Configuration:
    return CLIENTS[client]([Account(number, pin, transport, server) for number in numbers], "/phones/1")


def test_baresip_is_given_a_folder() -> None:
    configuration = given("baresip", Transport.TLS, numbers=("12345", "12346"))
    assert configuration.line == "baresip -f /phones/1"
    assert configuration.files["accounts"] == (
        "<sip:12345@127.0.0.1:5061;transport=tls>;auth_pass=4711;regint=300\n"
        "<sip:12346@127.0.0.1:5061;transport=tls>;auth_pass=4711;regint=300\n"
    )
    config = [line.split() for line in configuration.files["config"].splitlines()]
    assert ["sip_cafile", "/data/certs/ca.pem"] in config
    assert ["net_interface", "127.0.0.1"] in config
    assert configuration.files["contacts"] == ""


def test_baresip_chooses_its_own_address_towards_other_hosts() -> None:
    assert "net_interface" not in given("baresip", server=ELSEWHERE).files["config"]


def test_linphone_is_given_a_linphonerc() -> None:
    configuration = given("linphone", Transport.TLS)
    assert configuration.line == "linphonec -c /phones/1/linphonerc"
    _, _, accounts = configuration.files["linphonerc"].partition("zrtp.db\n\n")
    assert accounts == dedent(
        """\
        [proxy_0]
        reg_proxy=<sip:localhost:5061;transport=tls>
        reg_identity=sip:12345@localhost
        reg_sendregister=1
        reg_expires=300

        [auth_info_0]
        username=12345
        passwd=4711
        domain=localhost
        """
    )
    assert (
        "root_ca=/data/certs/ca.pem\nverify_server_certs=1\nverify_server_cn=1\n" in configuration.files["linphonerc"]
    )


def test_linphone_goes_by_name_over_tls_alone() -> None:
    assert "<sip:lab.example:5061;" in given("linphone", Transport.TLS, server=ELSEWHERE).files["linphonerc"]
    assert "<sip:192.0.2.7:5060;" in given("linphone", Transport.TCP, server=ELSEWHERE).files["linphonerc"]


def test_pjsua_is_given_a_file_of_options() -> None:
    configuration = given("pjsua", Transport.TLS)
    assert configuration.line == "pjsua --config-file=/phones/1/pjsua.cfg"
    assert configuration.files["pjsua.cfg"] == dedent(
        """\
        --null-audio
        --local-port 0
        --use-tls
        --tls-verify-server
        --tls-ca-file "/data/certs/ca.pem"
        --id sip:12345@127.0.0.1
        --registrar sip:127.0.0.1:5061;transport=tls
        --reg-timeout 300
        --realm *
        --username 12345
        --password "4711"
        """
    )


def test_sipp_is_given_a_scenario_and_its_terminals() -> None:
    configuration = given("sipp", Transport.TCP, numbers=("12345", "12346"))
    assert configuration.line == (
        "sipp 127.0.0.1 -t t1 -i 127.0.0.1 -sf /phones/1/register.xml -inf /phones/1/users.csv -m 2 -nostdin"
    )
    assert configuration.files["users.csv"] == (
        "SEQUENTIAL\n"
        "12345;[authentication username=12345 password=4711];300;SIPp\n"
        "12346;[authentication username=12346 password=4711];300;SIPp\n"
    )


def test_sipsak_is_given_a_command() -> None:
    assert given("sipsak").line == "sipsak -U -u 12345 -a 4711 -s sip:12345@127.0.0.1 -x 300"
    assert given("sipsak", Transport.TLS).line == (
        "sipsak -U -u 12345 -a 4711 -s sip:12345@127.0.0.1 -r 5061 -E tls --tls-ca-cert=/data/certs/ca.pem -x 300"
    )
    assert given("sipsak").files == {}


@pytest.mark.parametrize("client", CLIENTS)
def test_without_a_pin_none_is_given(client: str) -> None:
    configuration = given(client, pin="")
    everything = configuration.line + "".join(configuration.files.values())
    assert "4711" not in everything
    assert "auth_pass" not in everything
    assert "-a " not in configuration.line


@pytest.mark.parametrize(
    ("client", "transport", "server", "pin", "words"),
    [
        ("sipsak", Transport.UDP, IPV6, "4711", "no IPv6"),
        ("sipp", Transport.TLS, LOCAL, "4711", "no TLS"),
        ("sipp", Transport.UDP, LOCAL, "47;11", "has one of ; space ]"),
        ("baresip", Transport.UDP, LOCAL, "47>11", "has one of ;"),
        ("pjsua", Transport.UDP, LOCAL, '47"11', "has one of"),
        ("linphone", Transport.UDP, LOCAL, " 4711", "begins or ends with a space"),
    ],
)
def test_what_a_client_cannot_do_is_told(
    client: str, transport: Transport, server: Server, pin: str, words: str
) -> None:
    with pytest.raises(StartError, match=words) as refused:
        given(client, transport, pin, server)
    assert refused.value.status == 2
    assert pin not in str(refused.value)


def test_ipv6_addresses_are_written_as_uris_write_them() -> None:
    assert given("baresip", server=IPV6).files["accounts"].startswith("<sip:12345@[::1]:5060;transport=udp>")
    assert given("sipp", server=IPV6).line.startswith("sipp '[::1]' -i ::1 -auth_uri '[::1]:5060' ")
    assert "--ipv6\n" in given("pjsua", server=IPV6).files["pjsua.cfg"]


def test_files_are_for_their_owner_and_replaced_only_on_demand(tmp_path: Path) -> None:
    folder = tmp_path / "phones" / "1"
    configuration = given("baresip")
    write(folder, configuration)
    assert {file.name: file.read_text() for file in folder.iterdir()} == configuration.files
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    with pytest.raises(StartError, match="exists already"):
        write(folder, given("baresip", pin="1"))
    assert (folder / "accounts").read_text() == configuration.files["accounts"]
    write(folder, given("baresip", pin="1"), replace=True)
    assert "auth_pass=1;" in (folder / "accounts").read_text()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=f"cannot write {tmp_path / 'file'}"):
        write(tmp_path / "file" / "folder", given("baresip"))
