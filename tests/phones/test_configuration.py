"""Configuration files as the phones read them."""

from pathlib import Path

import pytest

from registrar.model.flow import Transport
from registrar.model.policy import Protocol, TerminalClass
from registrar.phones.configuration import Configuration, ConfigurationError, Server, read, read_dialog, read_mitel
from registrar.phones.profiles import profile, profiles
from registrar.policy.classify import Classifier

BASE = Configuration(Server("127.0.0.1"))
D4 = Path("/tftp/d42x02-config.txt")
MITEL = Path("/tftp/startup.cfg")


@pytest.mark.parametrize(("value", "security"), [("enabled", True), ("Enabled", True), ("disabled", False)])
def test_security_in_the_file_of_a_d4(value: str, security: bool) -> None:
    assert read_dialog(f"# by hand\nSECURITY = {value}\n", D4, BASE).security is security


def test_the_other_names_in_the_file_of_a_d4() -> None:
    text = """
        GATEKEEPER = lab.example
        GATEKEEPER_PORT = 1
        GATEKEEPER_SECURE_PORT = 2
        PROXY_PORT = 3
        PROXY_SECURE_PORT = 4
        ROOT_CERTIFICATE = ca.pem
        RINGING_TONE = 7
    """
    found = read_dialog(text, D4, BASE)
    assert found.server == Server("lab.example", 3, 4, 1, 2)
    assert found.ca == Path("/tftp/ca.pem")


def test_a_mitel_set_to_tls() -> None:
    text = """
        # startup.cfg
        sip transport protocol: 4
        sip proxy ip: lab.example
        sip proxy port: 15061
        sips trusted certificates: ca.pem
        sip line1 user name: 12345
        sip line1 password: 47:11
        sip line1 screen name: somebody
    """
    found = read_mitel(text, MITEL, BASE)
    assert found.server == Server("lab.example", sips_port=15061)
    assert (found.security, found.transport, found.ca) == (True, Transport.UDP, Path("/tftp/ca.pem"))
    assert (found.number, found.pin) == ("12345", "47:11")
    assert "47:11" not in repr(found)


@pytest.mark.parametrize(("value", "transport"), [("1", Transport.UDP), ("2", Transport.TCP)])
def test_a_mitel_set_to_a_transport_in_the_clear(value: str, transport: Transport) -> None:
    found = read_mitel(f"sip transport protocol: {value}\nsip registrar port: 15060", MITEL, BASE)
    assert (found.security, found.transport, found.server.sip_port) == (False, transport, 15060)


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        (D4, "\nSECURITY = on", "/tftp/d42x02-config.txt, line 2: SECURITY is enabled or disabled, not 'on'"),
        (D4, "SECURITY: enabled", "line 1: expected name = value, not 'SECURITY: enabled'"),
        (D4, "GATEKEEPER_PORT = 70000", "line 1: GATEKEEPER_PORT is a port, 0 to 65535, not '70000'"),
        (MITEL, "sip transport protocol: 3", "line 1: sip transport protocol is 1 (UDP), 2 (TCP) or 4 (TLS), not '3'"),
        (MITEL, "a: b\nsip proxy port: five", "line 2: sip proxy port is a port, 0 to 65535, not 'five'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(file: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        (read_mitel if file is MITEL else read_dialog)(text, file, BASE)
    assert words in str(error.value)


def test_the_dialect_goes_by_the_name(tmp_path: Path) -> None:
    (tmp_path / "00085D112233.cfg").write_text("sip transport protocol: 4\n")
    (tmp_path / "d44x01-config.txt").write_text("SECURITY = enabled\n")
    assert read(tmp_path / "00085D112233.cfg", BASE).security
    assert read(tmp_path / "d44x01-config.txt", BASE).security
    with pytest.raises(ConfigurationError, match=r"cannot read .*nothing\.cfg: No such file"):
        read(tmp_path / "nothing.cfg", BASE)


def test_every_profile_is_of_the_class_that_its_terminal_has() -> None:
    classes = {name: Classifier().classify(each.says, each.protocol) for name, each in profiles().items()}
    secure = {name for name, terminal in classes.items() if terminal.terminal_class is TerminalClass.SECURE}
    assert secure == {"d4", "d4-sip", "d5", "mitel-6900", "mitel-6800", "mitel-6700"}
    assert {name for name, each in profiles().items() if each.secure} == secure
    assert {classes[name].family for name in ("softphone", "h323-client")} == {"third party"}


def test_profiles_serve_both_protocols() -> None:
    assert {each.protocol for each in profiles().values()} == set(Protocol)
    with pytest.raises(KeyError, match="did you mean mitel-6900"):
        profile("mitel-6901")
    with pytest.raises(KeyError, match="profiles are d4, d4-sip, d5"):
        profile("zzz")
