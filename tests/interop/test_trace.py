"""``registrar trace``: followed in a terminal, written for Wireshark."""

import subprocess
from pathlib import Path

import pytest

from tests.browser.phones import phone, sipsak
from tests.interop.conftest import Serve
from tests.interop.running import PROGRAM, Running


@pytest.mark.interop("sipsak")
def test_the_trace_is_followed_in_a_terminal_with_its_messages_masked(registrar: Running, tmp_path: Path) -> None:
    printed = tmp_path / "follow.txt"

    def registers_and_is_seen() -> bool:
        sipsak(registrar, "12346", "4712")
        return "200 OK" in printed.read_text()

    with printed.open("wb") as out:
        command = [PROGRAM, "trace", "follow", "-v", "--number", "12346", "--data", str(registrar.data)]
        follow = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            registrar.wait_for(registers_and_is_seen)
        finally:
            follow.terminate()
            follow.wait(20)
    text = printed.read_text()
    assert "12346: PIN asked for (T1.4)" in text
    assert f'response="{"*" * 32}"' in text
    assert "12346: accepted, NOT_ENCRYPTED (T1.4)" in text


@pytest.mark.interop("sipsak")
@pytest.mark.interop("tshark")
def test_the_trace_is_written_for_wireshark(registrar: Running, tmp_path: Path) -> None:
    sipsak(registrar, "12345", "4711")
    file = tmp_path / "trace.pcapng"
    export = [PROGRAM, "trace", "export", str(file), "--number", "12345", "--data", str(registrar.data)]
    subprocess.run(export, check=True, timeout=60)
    read = ["tshark", "-r", str(file), "-Y", "sip", "-T", "fields", "-e", "sip.Method", "-e", "sip.Status-Code"]
    found = subprocess.run(read, check=True, capture_output=True, text=True).stdout.splitlines()
    assert found[-4:] == ["REGISTER\t", "\t401", "REGISTER\t", "\t200"]


@pytest.mark.interop("tshark")
@pytest.mark.parametrize(("profile", "where"), [("d4", "inside TLS"), ("h323-client", "inside TLS or wire")])
def test_the_ras_of_an_h323_phone_is_written_for_wireshark(
    serve: Serve, tmp_path: Path, profile: str, where: str
) -> None:
    registrar = serve("--tls-profile", "d4")
    with phone(registrar, "12346", profile, "4712"):
        registrar.event("registered", "12346")
    registrar.event("unregistered", "12346")
    file = tmp_path / "trace.pcapng"
    subprocess.run([PROGRAM, "trace", "export", str(file), "--data", str(registrar.data)], check=True, timeout=60)

    def read(wanted: str, field: str) -> list[str]:
        run = ["tshark", "-r", str(file), "-Y", wanted, "-T", "fields", "-e", field]
        return subprocess.run(run, check=True, capture_output=True, text=True, timeout=60).stdout.splitlines()

    assert read('_ws.malformed || _ws.expert.severity >= "Warning"', "frame.number") == []
    rrq, rcf, urq, ucf = map(str, (3, 4, 6, 7))
    told = read("h225.RasMessage", "h225.RasMessage")
    assert {rrq, rcf} <= set(told[:-2])
    assert told[-2:] == [urq, ucf]
    assert set(read("h225.RasMessage", "frame.interface_name")) <= set(where.split(" or "))


def test_a_file_that_cannot_be_written_is_one_line(registrar: Running) -> None:
    export = [PROGRAM, "trace", "export", "/no/such/folder/x.pcapng", "--data", str(registrar.data)]
    done = subprocess.run(export, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "cannot write /no/such/folder/x.pcapng: No such file or directory" in done.stderr
