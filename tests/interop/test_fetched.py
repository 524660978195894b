"""Telephones fetch their configuration by HTTP, and register with what they are given."""

import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.interop.running import PROGRAM, Running


def fetch(registrar: Running, path: str) -> str:
    host, port = registrar.address("http")
    with urllib.request.urlopen(f"http://{host}:{port}/provision/{path}", timeout=30) as response:
        assert response.headers.get_content_type() == "text/plain"
        return str(response.read().decode())


@pytest.mark.parametrize(
    ("kind", "file", "words"),
    [
        ("mitel-6900", "startup.cfg", "SIP over TLS"),
        ("d4-sip", "d42x02-config.txt", "SIP over TLS"),
        ("d4", "d42x02-config.txt", "RAS over TLS"),
        ("d5", "d44x01-config.txt", "RAS over TLS"),
    ],
)
def test_a_telephone_registers_with_what_it_fetched(
    registrar: Running, tmp_path: Path, kind: str, file: str, words: str
) -> None:
    for name in (file, "ca.pem"):
        (tmp_path / name).write_text(fetch(registrar, name))
    # without the data folder it knows of the registrar only what it fetched
    command = [
        PROGRAM,
        "phone",
        "12345",
        "--profile",
        kind,
        "--pin",
        "4711",
        "--config",
        str(tmp_path / file),
        "--once",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"▢ 12345 registered, {words}" in done.stdout


def test_a_telephone_has_a_file_of_its_own_with_its_number_and_no_pin(registrar: Running) -> None:
    own = fetch(registrar, "12345/00085D112233.cfg")
    assert "sip line1 user name: 12345\n" in own
    assert "password" not in own
    assert fetch(registrar, "99999/00085d112233.cfg") == own.replace("12345", "99999"), "nobody learns what exists"
    assert fetch(registrar, "12345/startup.cfg") == fetch(registrar, "startup.cfg")


def test_security_can_be_left_out(registrar: Running) -> None:
    assert "sip transport protocol: 2\n" in fetch(registrar, "startup.cfg?transport=tcp")
    assert "SECURITY = disabled\n" in fetch(registrar, "d42x02-config.txt?transport=udp")


def test_a_telephone_is_given_the_address_it_asked(registrar: Running) -> None:
    _, port = registrar.address("http")
    request = urllib.request.Request(f"http://127.0.0.1:{port}/provision/startup.cfg", headers={"Host": "localhost"})
    with urllib.request.urlopen(request, timeout=30) as response:
        assert b"sip proxy ip: localhost\n" in response.read()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("aastra.cfg", 404),
        ("00085D112233.cfg", 404),
        ("12345/%2e%2e%2ftoken", 404),
        ("12a/startup.cfg", 404),
        ("startup.cfg?transport=sctp", 422),
    ],
)
def test_nothing_else_is_there(registrar: Running, path: str, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as error:
        fetch(registrar, path)
    assert error.value.code == status
    error.value.close()
