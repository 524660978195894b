"""``registrar fleet``: many phones at once."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.interop.conftest import Serve
from tests.interop.running import PROGRAM, WRONG, Running


@pytest.fixture(scope="module")
def registrar(serve_for_all: Serve) -> Running:
    """All phones are at one address: what they guess wrong must not keep the next test's from being heard."""
    return serve_for_all("--lockout-source-failures", "0")


def fleet(registrar: Running, *arguments: str) -> tuple[subprocess.CompletedProcess[str], Any]:
    done = subprocess.run(
        [PROGRAM, "fleet", "--data", str(registrar.data), *arguments, "--json", "-"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert not [words for words in WRONG if words in done.stderr], done.stderr
    return done, json.loads(done.stdout) if done.stdout else None


def test_a_mix_of_phones_registers_and_comes_back_after_a_storm(registrar: Running) -> None:
    mix = ("--profile", "softphone=2", "--profile", "mitel-6900")
    done, result = fleet(registrar, "--count", "60", *mix, "--pin", "4711", "--create", "--storm", "--rounds", "2")
    assert done.returncode == 0, done.stderr
    assert (result["count"], result["held"], list(result["phases"])) == (60, True, ["logon 1", "logon 2", "storm"])
    for phase in result["phases"].values():
        assert phase["registered"] == 60
        assert phase["latency_ms"]["p50"] <= phase["latency_ms"]["p99"] <= phase["latency_ms"]["max"]
        assert phase["per_second"] > 0
    assert "storm: 60 registered in " in done.stderr
    assert (
        registrar.line("extension -p -d 20000").exit_status != 0
        or "20000" not in registrar.line("extension -p").printout
    )
    assert registrar.registrations(number="20000") == []


def test_wrong_pins_and_lost_datagrams(registrar: Running) -> None:
    arguments = ("--profile", "softphone", "--pin", "4711", "--wrong-pins", "0.2", "--loss", "0.05", "--create")
    done, result = fleet(registrar, "--count", "40", *arguments, "--keep")
    assert done.returncode == 0, done.stderr
    phase = result["phases"]["logon"]
    assert 0 < result["wrong_pins"] < 40
    assert phase["registered"] == 40 - result["wrong_pins"]
    assert phase["prompted"] + phase["refused"] == result["wrong_pins"]
    assert phase["lost"] > 0
    assert phase["repeated"] > 0


def test_a_registrar_elsewhere_is_named_with_its_ports(registrar: Running, tmp_path: Path) -> None:
    port = json.loads((registrar.data / "server.json").read_text())["sip_udp"][1]
    elsewhere = ("--data", str(tmp_path), "--server", "127.0.0.1", "--sip-port", str(port))
    _, result = fleet(registrar, "--count", "1", "--first", "12345", "--profile", "softphone", *elsewhere)
    assert result["unreachable"] == ""
    assert result["phases"]["logon"]["failed"] == 0


@pytest.mark.parametrize("kind", ["d4", "dbc-422-01", "h323-client", "d4-sip"])
def test_every_kind_of_way(registrar: Running, kind: str) -> None:
    arguments = ("--profile", kind, "--pin", "4711", "--create", "--storm", "--wrong-pins", "0.1")
    done, result = fleet(registrar, "--count", "20", *arguments)
    assert done.returncode == 0, done.stderr
    assert result["phases"]["storm"]["registered"] == 20 - result["wrong_pins"]
    assert 0 < result["wrong_pins"] < 20


def test_the_same_seed_makes_the_same_fleet(registrar: Running) -> None:
    arguments = ("--profile", "softphone", "--pin", "1", "--wrong-pins", "0.5", "--create", "--count", "20")
    wrong = {fleet(registrar, *arguments, "--seed", seed)[1]["wrong_pins"] for seed in ("7", "7")}
    assert len(wrong) == 1


def test_phones_that_do_not_register_are_told_and_counted(registrar: Running) -> None:
    done, result = fleet(registrar, "--count", "5", "--profile", "softphone", "--first", "99000")
    assert done.returncode == 1
    assert result["phases"]["logon"]["prompted"] == 5
    assert "5 times 401 Unauthorized" in done.stderr


def test_a_registrar_that_is_not_there_is_told(registrar: Running) -> None:
    done, result = fleet(
        registrar, "--count", "3", "--profile", "softphone", "--transport", "tcp", "--server", "127.0.0.9"
    )
    assert done.returncode == 1
    assert result["phases"]["logon"]["failed"] == 3
    assert "3 times connection refused: nobody listens there" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--count", "3", "--profile", "sofphone"), "there is no profile sofphone; did you mean softphone?"),
        (("--count", "3", "--profile", "softphone=x"), "a share is a number, not x"),
        (("--count", "20", "--profile", "softphone", "--first", "99"), "do not have as many digits"),
        (("--count", "0", "--profile", "softphone"), "0 is not in the range"),
        (("--count", "3", "--profile", "softphone", "--loss", "2"), "2.0 is not in the range"),
    ],
)
def test_wrong_options_are_told(registrar: Running, arguments: tuple[str, ...], words: str) -> None:
    done, _ = fleet(registrar, *arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_numbers_that_exist_already_are_not_created(registrar: Running) -> None:
    done, _ = fleet(registrar, "--count", "3", "--profile", "softphone", "--first", "12345", "--create")
    assert done.returncode == 1
    assert "extension -i was refused" in done.stderr
    assert "12345" in registrar.line("extension -p").printout


def test_ctrl_c_says_what_was_done_so_far_and_erases_what_was_created(registrar: Running, tmp_path: Path) -> None:
    with (tmp_path / "log").open("w+") as log:
        process = subprocess.Popen(
            [PROGRAM, "fleet", "--data", str(registrar.data), "--count", "20", "--profile", "softphone", "--create",
             "--first", "30000", "--stay", "600", "--json", str(tmp_path / "result")],
            stdin=subprocess.DEVNULL,
            stderr=log,
        )  # fmt: skip
        registrar.wait_for(lambda: "staying for 600 s" in (tmp_path / "log").read_text(), 60)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    printed = (tmp_path / "log").read_text()
    assert "interrupted" in printed
    assert "so far: 20 registered" in printed
    assert not [words for words in WRONG if words in printed]
    assert json.loads((tmp_path / "result").read_text())["interrupted"] is True
    assert registrar.registrations(number="30000") == []
