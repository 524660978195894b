"""``registrar provision`` on the command line."""

import subprocess
from pathlib import Path

from tests.interop.running import PROGRAM, Running


def provision(program: Running, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    command = [PROGRAM, "provision", *words, "--data", str(program.data)]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60)


def test_one_file_is_printed_as_it_is(registrar: Running) -> None:
    run = provision(registrar, "12345", "--for", "linphone")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("[sip]\n")
    assert "passwd=4711\n" in run.stdout


def test_several_files_are_told_apart(registrar: Running) -> None:
    run = provision(registrar, "12345..12347", "--for", "sipp")
    assert [line for line in run.stdout.splitlines() if line.startswith("# ")] == ["# register.xml", "# users.csv"]
    assert "12347;[authentication username=12347 password=];300;SIPp\n" in run.stdout
    assert run.stderr == "The last field of users.csv is what the terminal says it is.\n"


def test_a_folder_is_written_and_the_command_printed(registrar: Running, tmp_path: Path) -> None:
    run = provision(registrar, "12345", "--for", "baresip", "--transport", "tls", "--out", str(tmp_path / "phone"))
    assert run.stdout == f"baresip -f {tmp_path / 'phone'}\n"
    again = provision(registrar, "12345", "--for", "baresip", "--out", str(tmp_path / "phone"))
    assert again.returncode == 1
    assert again.stderr == (
        f"registrar: {tmp_path / 'phone' / 'config'} exists already: choose another folder, or remove it\n"
    )


def test_the_pin_of_any_other_number_is_asked_for_and_never_read_from_the_store(registrar: Running) -> None:
    registrar.execute("auth_code -i -d 200 --auth-code 987654", "extension -i -d 200 --csp 1 --lim 1")
    run = provision(registrar, "200", "--for", "sipsak", typed="135\n")
    assert run.stdout.startswith("sipsak -U -u 200 -a 135 -s sip:200@127.0.0.1 ")
    assert run.stderr == ""
    nothing = provision(registrar, "200", "--for", "sipsak")
    assert (nothing.returncode, nothing.stderr.count("\n")) == (2, 1)


def test_another_address_may_be_named(registrar: Running) -> None:
    run = provision(registrar, "12345", "--for", "linphone", "--transport", "tls", "--server", "lab.example")
    assert f"reg_proxy=<sip:lab.example:{registrar.address('sip_tls')[1]};transport=tls>\n" in run.stdout


def test_what_is_wrong_is_one_line(registrar: Running, tmp_path: Path) -> None:
    wrong = provision(registrar, "12x45", "--for", "sipsak")
    assert (wrong.returncode, wrong.stderr) == (2, "registrar: '12x45': a directory number has digits only, not 'x'\n")
    nobody = subprocess.run(
        [PROGRAM, "provision", "12345", "--for", "sipsak", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert nobody.returncode == 3
    assert nobody.stderr.startswith(f"registrar: no registrar runs on the data folder {tmp_path}: ")
    assert nobody.stderr.count("\n") == 1
