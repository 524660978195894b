"""``registrar phone`` as a person uses it."""

import os
import pty
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.interop.running import PROGRAM, WRONG, Running


def phone(registrar: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [PROGRAM, "phone", "--data", str(registrar.data), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert not [words for words in WRONG if words in done.stderr]
    return done


class Seated:
    """A phone with somebody in front of it: what is typed goes to it through a terminal."""

    def __init__(self, registrar: Running, folder: Path, *arguments: str) -> None:
        self._log = folder / "phone.log"
        self._keyboard, slave = pty.openpty()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "phone", "--data", str(registrar.data), *arguments], stdin=slave, stdout=log, stderr=log
            )
        os.close(slave)

    def types(self, text: str) -> None:
        os.write(self._keyboard, text.encode())

    def shows(self, words: str, times: int = 1) -> str:
        """Wait until it was printed so often."""
        give_up = time.monotonic() + 30
        while (printed := self._log.read_text()).count(words) < times:
            assert self._process.poll() is None, printed
            assert time.monotonic() < give_up, printed
            time.sleep(0.02)
        return printed

    def ends(self) -> tuple[int, str]:
        status = self._process.wait(30)
        os.close(self._keyboard)
        return status, self._log.read_text()

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)


def test_a_phone_registers_once(registrar: Running) -> None:
    done = phone(registrar, "12345", "--profile", "mitel-6900", "--pin", "4711", "--once")
    assert done.returncode == 0, done.stdout
    assert "▢ 12345 registered, SIP over TLS" in done.stdout
    assert done.stdout.rstrip().endswith("▢ Logged off")
    assert registrar.event("unregistered", "12345")["cause"] == "terminal"


@pytest.mark.parametrize(("kind", "words"), [("d5", "RAS over TLS"), ("dbc-425-01", "RAS over UDP")])
def test_an_h323_phone_registers_once(registrar: Running, kind: str, words: str) -> None:
    done = phone(registrar, "12346", "--profile", kind, "--pin", "4712", "--once", "-v")
    assert done.returncode == 0, done.stdout
    assert f"▢ 12346 registered, {words}" in done.stdout
    assert "      registrationRequest\n" in done.stdout
    assert "4712" not in done.stdout


def test_what_was_said_may_be_shown_whole_but_for_what_is_secret(registrar: Running) -> None:
    shown = phone(registrar, "12345", "--profile", "softphone", "--pin", "4711", "--once", "-v").stdout
    assert "      User-Agent: Softphone 1.0" in shown
    assert 'response="*' in shown
    assert "4711" not in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--profile", "softphone"), "▢ Enter PIN:"),
        (("--profile", "softphone", "--pin", "0000"), "▢ Wrong PIN. Enter PIN:"),
        (("--profile", "mitel-6900", "--pin", "4711", "--sips-port", "9"), "connection refused: nobody listens there"),
        (("--profile", "softphone", "--sip-port", "9"), "connection refused: nobody listens there"),
        (("--profile", "softphone", "--server", "nowhere.invalid"), "the server's name is not known"),
        (("--profile", "mitel-6900", "--pin", "1", "--tls", "1.0"), "the server refuses the versions of TLS"),
        (("--profile", "mitel-6900", "--pin", "1", "--ca", "/nowhere.pem"), "the CA file /nowhere.pem is no use"),
    ],
)
def test_what_kept_it_from_registering_is_told(registrar: Running, arguments: tuple[str, ...], words: str) -> None:
    done = phone(registrar, "12345", *arguments, "--once")
    assert done.returncode == 1
    assert words in done.stdout, done.stdout


def test_a_server_that_is_none_is_told(registrar: Running) -> None:
    _, tcp = registrar.address("sip_tcp")
    done = phone(registrar, "12345", "--profile", "mitel-6900", "--pin", "1", "--sips-port", str(tcp), "--once")
    assert "▢ No service: " in done.stdout
    assert "TLS" in done.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SECURITY = on", "line 1: SECURITY is enabled or disabled, not 'on'"),
        ("\nSECURITY", "line 2: expected name = value"),
    ],
)
def test_a_wrong_configuration_file_is_told(registrar: Running, tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "d42x02-config.txt").write_text(text)
    file = str(tmp_path / "d42x02-config.txt")
    done = phone(registrar, "12345", "--profile", "d4-sip", "--config", file, "--once")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"registrar: {file}, ")
    assert words in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("12a", "--profile", "d4"), "an H.323 terminal dials 0 to 9, * and #, not 12a"),
        (("1\n2", "--profile", "softphone"), "is no number to log on with"),
        (("1", "--profile", "softphone", "--says", "x\r\nRoute: y"), "a terminal cannot say that it is"),
        (("1", "--profile", "d4", "--pin", "4" * 65), "a PIN has at most 64 printable ASCII characters"),
        (("1", "--profile", "d4", "--pin", "Ž"), "a PIN has at most 64 printable ASCII characters"),
    ],
)
def test_what_cannot_be_sent_is_told(registrar: Running, arguments: tuple[str, ...], words: str) -> None:
    done = phone(registrar, *arguments, "--once")
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_an_unknown_profile_is_told(registrar: Running) -> None:
    done = phone(registrar, "12345", "--profile", "mitel-6901")
    assert done.returncode == 2
    assert "'mitel-6901' is not one of 'd4', 'd4-sip'" in done.stderr


def test_it_asks_for_the_pin_registers_reads_its_file_again_and_leaves(registrar: Running, tmp_path: Path) -> None:
    file = tmp_path / "d42x02-config.txt"
    file.write_text("SECURITY = disabled\n")
    seated = Seated(registrar, tmp_path, "12346", "--profile", "d4-sip", "--config", str(file))
    seated.shows("▢ Enter PIN:")
    seated.types("4712\n")
    seated.shows("▢ 12346 registered, SIP over UDP")
    file.write_text("SECURITY = enabled\n")
    registrar.execute("extension_unregistration -d 12346")
    seated.shows("▢ 12346 registered, SIP over TLS")
    seated.types("r\n")
    seated.shows("▢ 12346 registered, SIP over TLS", 2)
    seated.types("q\n")
    status, printed = seated.ends()
    assert status == 0
    assert printed.rstrip().endswith("▢ Logged off")
    assert "4712" not in printed


def test_ctrl_c_unregisters_and_leaves(registrar: Running, tmp_path: Path) -> None:
    seated = Seated(registrar, tmp_path, "12347", "--profile", "softphone")
    seated.shows("▢ 12347 registered, SIP over UDP")
    seated.interrupt()
    status, printed = seated.ends()
    assert (status, printed.rstrip().rpartition("▢ ")[2]) == (0, "Logged off")
    assert not [words for words in WRONG if words in printed]
    assert registrar.registrations(number="12347") == []
