"""The program as a person meets it: what it prints, how it ends, and one clear line for everything that is wrong."""

import contextlib
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from click.testing import CliRunner

from registrar import __version__
from registrar.cli import main
from tests.interop.running import PROGRAM, Running

SECONDS = 30
FREE = [f"--{name}-port=0" for name in ("sip", "sips", "ras", "ras-tls", "http")]


def call(*arguments: str, cwd: Path, text: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call the program in a folder, with this standard input and environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRAR_")}
    return subprocess.run(
        [PROGRAM, *arguments],
        cwd=cwd,
        input=text,
        stdin=subprocess.DEVNULL if text is None else None,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env=kept | environment,
        check=False,
    )


class Ended(NamedTuple):
    """What a call in this process led to."""

    status: int
    printed: str
    said: str


def invoke(*arguments: str, cwd: Path, text: str | None = None, **environment: str) -> Ended:
    """The same call without a process of its own: most calls need none. What it leaves open fails the test."""
    kept: dict[str, str | None] = {name: None for name in os.environ if name.startswith("REGISTRAR_")}
    with contextlib.chdir(cwd):
        result = CliRunner().invoke(main, arguments, input=text, env=kept | environment, prog_name="registrar")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Ended(result.exit_code, result.stdout, result.stderr)


def refused(*arguments: str, cwd: Path, status: int, text: str | None = None, **environment: str) -> str:
    """The one line that a call ends with."""
    ended = invoke(*arguments, cwd=cwd, text=text, **environment)
    assert (ended.status, ended.printed) == (status, ""), ended
    lines = ended.said.splitlines()
    assert len(lines) == 1, ended.said
    assert lines[0].startswith("registrar: ")
    return lines[0].removeprefix("registrar: ")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start the program on the data folder of the test; what still runs after the test is killed."""
    started: list[Running] = []

    def serve(*arguments: str) -> Running:
        started.append(Running(tmp_path / "data", *arguments, cwd=tmp_path))
        return started[-1]

    yield serve
    for running in started:
        running.process.kill()
        running.process.wait(SECONDS)


@pytest.fixture(scope="module")
def registrar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("program") / "data")
    yield running
    running.stop()


# -- start and stop


def test_the_ready_file_is_written_whole_when_everything_listens(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    ready.write_text("left by an earlier start")
    process = subprocess.Popen(
        [PROGRAM, "serve", *FREE, "--ready-file", str(ready)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        seen: set[str] = set()
        deadline = time.monotonic() + SECONDS
        while not (seen - {"left by an earlier start", ""}):
            assert time.monotonic() < deadline
            with contextlib.suppress(FileNotFoundError):
                seen.add(ready.read_text())
        told: dict[str, Any] = json.loads((seen - {"left by an earlier start"}).pop())
        assert told.keys() >= {"sip_udp", "sip_tcp", "sip_tls", "http", "ca_file", "token_file", "pid"}
        assert told["pid"] == process.pid
        assert Path(told["ca_file"]).is_absolute()
        assert Path(told["ca_file"]).exists()
        assert Path(told["token_file"]).stat().st_mode & 0o777 == 0o600
        for name in ("sip_tcp", "sip_tls", "http"):
            socket.create_connection(tuple(told[name]), SECONDS).close()
        assert {each.name for each in tmp_path.iterdir()} == {"data", "ready.json"}
    finally:
        process.terminate()
        printed, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert f"tcp {told['sip_tcp'][0]}:{told['sip_tcp'][1]}" in printed
    first, *_, last = said.splitlines()
    assert " listening " in first
    assert last.endswith("stopped")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_whatever_hangs_on_it(serve: Callable[..., Running], number: signal.Signals) -> None:
    running = serve()
    head = f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {running.token}\r\n"
    with (
        socket.create_connection(running.address("http"), SECONDS) as follower,
        socket.create_connection(running.address("http"), SECONDS) as idle,
        socket.create_connection(running.address("sip_tcp"), SECONDS) as phone,
        socket.create_connection(running.address("sip_tls"), SECONDS) as handshake,
    ):
        follower.sendall(f"{head}Accept: text/event-stream\r\n\r\n".encode())
        assert b": connected" in _until(follower, b": connected")
        phone.sendall(b"REGISTER sip:127.0.0.1 SIP/2.0\r\n")
        handshake.sendall(b"\x16\x03\x01")
        assert idle.getpeername()
        began = time.monotonic()
        running.process.send_signal(number)
        assert running.process.wait(SECONDS) == 0
        assert time.monotonic() - began < 10
    running.stop()
    assert not (running.data / "server.json").exists()
    assert running.printed.splitlines()[-1].endswith("stopped")


def _until(connection: socket.socket, words: bytes) -> bytes:
    data = b""
    while words not in data:
        more = connection.recv(4096)
        assert more, data
        data += more
    return data


def test_a_second_start_finds_everything_and_shows_the_same_numbers(serve: Callable[..., Running]) -> None:
    first = serve()
    assert re.findall(r"^  (\d{5}) +(\w+)", first.banner, re.MULTILINE) == [
        ("12345", "4711"),
        ("12346", "4712"),
        ("12347", "none"),
    ]
    first.execute("auth_code -c -d 12346 --auth-code 90210573")
    first.stop()
    first.log.unlink()
    second = serve()
    assert [number for number, _ in re.findall(r"^  (\d{5}) +(\w+)", second.banner, re.MULTILINE)][:1] == ["12345"]
    assert "90210573" not in second.banner
    assert "4712" not in second.banner
    second.stop()


def test_one_address_leaves_others_a_connection_however_few_files_the_system_allows(tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.write_text(f'#!/bin/sh\nulimit -n 200\nexec {PROGRAM} "$@"\n')
    few.chmod(0o755)
    running = Running(tmp_path / "data", program=str(few))
    with contextlib.ExitStack() as stack:
        stack.callback(running.process.wait, SECONDS)
        stack.callback(running.process.kill)
        for port in ("sip_tcp", "sip_tls", "ras_tls"):
            taken = [stack.enter_context(_from("127.0.0.2", running.address(port))) for _ in range(80)]
            assert taken[60].recv(1) == b"", "a quarter of the files is its own, and no more"
        other = stack.enter_context(_from("127.0.0.1", running.address("sip_tcp")))
        other.sendall(b"\r\n\r\n")
        assert other.recv(2) == b"\r\n", "it is heard"


def _from(source: str, address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, SECONDS, source_address=(source, 0))


def test_empty_means_no_demonstration_extensions(serve: Callable[..., Running]) -> None:
    running = serve("--empty")
    assert "12345" not in running.banner
    assert running.get("extensions")["total"] == 0
    assert running.get("policy")["licensed"]
    running.stop()


# -- what keeps it from starting


@pytest.mark.parametrize("name", ["sip", "sips", "http"])
def test_a_port_in_use_is_named(registrar: Running, tmp_path: Path, name: str) -> None:
    taken = {"sip": "sip_tcp", "sips": "sip_tls", "http": "http"}[name]
    host, port = registrar.address(taken)
    ports = [option for option in FREE if not option.startswith(f"--{name}-port")]
    line = refused("serve", *ports, f"--{name}-port={port}", cwd=tmp_path, status=1)
    words = {"sip": "SIP over (UDP|TCP)", "sips": "SIP over TLS", "http": "HTTP"}[name]
    assert re.fullmatch(f"cannot listen for {words} on {host} port {port}: Address already in use;.*", line)
    assert "stop what uses it, or choose another port" in line


CONFIGURATIONS = [
    ("sip_prot = 5060", "registrar.toml, line 1: there is no setting sip_prot; did you mean sip_port?"),
    ("sip_port = [", "registrar.toml: Invalid value"),
    ('sip_port = "5060"', "registrar.toml, line 1: sip_port must be a whole number, not '5060'"),
    ("sip_port = 70000", "registrar.toml, line 1: sip_port must be at most 65535, not 70000"),
    ("host = '256.0.0.1'", "cannot listen on '256.0.0.1': "),
    ("host = '192.0.2.77'", "on 192.0.2.77 port 0: Cannot assign requested address"),
    ("domain = 'a b'", "registrar.toml, line 1: domain must be a host name or an address, not 'a b'"),
    ("database = 'mysql://x/y'", "mysql is not supported: use sqlite:///PATH or postgresql+asyncpg://HOST/NAME"),
    ("database = 'sqlite:////proc/registrar.db'", "the database cannot be opened: check the folder"),
    ("tls_key_log = '/proc/keys.log'", "cannot write the TLS key log /proc/keys.log: "),
]


@pytest.mark.parametrize(("text", "words"), CONFIGURATIONS, ids=[text[:24] for text, _ in CONFIGURATIONS])
def test_a_broken_configuration_is_told_and_starts_nothing(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "registrar.toml").write_text(text)
    status = 2 if words.startswith("registrar.toml") else 1
    line = refused("serve", "--config", "registrar.toml", *FREE, cwd=tmp_path, status=status)
    assert words in line
    assert not (tmp_path / "data" / "server.json").exists()
    if status == 2:
        assert [each.name for each in tmp_path.iterdir()] == ["registrar.toml"]


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--data=/proc/registrar", "cannot use the data folder /proc/registrar: "),
        ("--data=file", "cannot use the data folder file: File exists; choose another with --data"),
        ("--certs=file", "cannot use the certificate file file: "),
        ("--ready-file=none/ready.json", "cannot write none/ready.json: No such file or directory"),
        ("--ready-file=/proc/ready.json", "cannot write /proc/ready.json: "),
        ("--ready-file=.", "cannot write .: it is no ordinary file"),
        ("--config=none.toml", "cannot read the settings file none.toml: No such file or directory"),
        ("--sip-port=many", "Invalid value for '--sip-port': 'many' is not a valid integer; registrar serve --help"),
        ("--sip-prot=5060", "No such option '--sip-prot'"),
        ("--durability=forever", "Invalid value for '--durability': 'forever' is not one of"),
        ("now", "Got unexpected extra argument (now); registrar serve --help tells what there is"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, option: str, words: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    status = 1 if words.startswith(("cannot use", "cannot write")) else 2
    assert words in refused("serve", *FREE, option, cwd=tmp_path, status=status)
    assert (tmp_path / "file").read_text() == "not a folder"


def test_a_data_folder_on_a_file_system_that_takes_nothing_is_told(tmp_path: Path) -> None:
    """Root may write anywhere but where the system has nothing to write to; so the data folder is in /proc."""
    line = refused("serve", "--data=/proc/self/data", *FREE, cwd=tmp_path, status=1)
    assert line.startswith("cannot use the data folder /proc/self/data: ")


def test_two_registrars_cannot_use_one_data_folder(registrar: Running, tmp_path: Path) -> None:
    line = refused("serve", "--data", str(registrar.data), *FREE, cwd=tmp_path, status=1)
    assert line.startswith("another registrar uses this database: stop it, or choose another --data folder")
    assert registrar.line("sec_policy -print").exit_status == 0


def test_a_certificate_that_does_not_match_its_key_is_told(tmp_path: Path) -> None:
    certs = tmp_path / "certs"
    assert invoke("certs", "init", "--certs", "certs", cwd=tmp_path).status == 0
    (certs / "server.key").write_bytes(trustme.CA().issue_cert("x").private_key_pem.bytes())
    before = {file.name: file.read_bytes() for file in certs.iterdir()}
    line = refused("serve", "--certs", "certs", *FREE, cwd=tmp_path, status=1)
    assert line == (
        "certs/server.key does not belong to certs/server.pem: install the key that the certificate was made with"
    )
    assert {file.name: file.read_bytes() for file in certs.iterdir()} == before


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("token", b"", "holds no token: remove the file, and the next start makes a new one"),
        ("token", b"two words", "holds no token"),
        ("rac.key", b"short", "holds 5 octets where a key has 32: put the right file back"),
        ("registrar.db", b"no database at all" * 60, "the file is no database: restore a backup or move it away"),
    ],
)
def test_a_damaged_file_in_the_data_folder_is_told(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / name).write_bytes(content)
    (data / name).chmod(0o600)
    assert words in refused("serve", *FREE, cwd=tmp_path, status=1)
    assert (data / name).read_bytes() == content


def test_another_databases_key_is_told(serve: Callable[..., Running], tmp_path: Path) -> None:
    running = serve()
    running.stop()
    (tmp_path / "data" / "rac.key").write_bytes(bytes(32))
    line = refused("serve", *FREE, cwd=tmp_path, status=1)
    assert re.fullmatch(r"the RAC of \d+ does not open with this key: put the rac\.key back.*", line)


# -- exec


def test_a_line_is_carried_out_and_printed(registrar: Running, tmp_path: Path) -> None:
    ended = call("exec", "--data", str(registrar.data), "sec_policy -print", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("SECURITY POLICY")


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["extension -p"], 0),
        (["extension -e -d 99999"], 1),
        (["extnsion -p"], 2),
        ([""], 2),
        (["extension -p", "extension -e -d 99999", "extnsion -p"], 1),
        (["extension -p", "extnsion -p", "extension -e -d 99999"], 2),
    ],
)
def test_the_exit_status_is_that_of_the_first_line_that_failed(
    registrar: Running, tmp_path: Path, lines: list[str], status: int
) -> None:
    ended = invoke("exec", *lines, cwd=tmp_path, REGISTRAR_DATA=str(registrar.data))
    assert (ended.status, ended.said) == (status, "")
    assert ended.printed


def test_lines_from_standard_input_with_remarks_and_empty_ones_passed_over(registrar: Running, tmp_path: Path) -> None:
    text = "# a remark\n\nextension -i -d 30000 --csp 1 --lim 1\r\n  \nextension -e -d 30000"
    ended = invoke("exec", "--data", str(registrar.data), "-", cwd=tmp_path, text=text)
    assert (ended.status, ended.printed) == (0, "EXECUTED\nEXECUTED\n")


def test_by_address_and_token_from_the_environment(registrar: Running, tmp_path: Path) -> None:
    host, port = registrar.address("http")
    for url in (f"http://{host}:{port}", f"{host}:{port}", f"http://localhost:{port}/"):
        ended = invoke("exec", "--url", url, "help", cwd=tmp_path, REGISTRAR_TOKEN=registrar.token)
        assert (ended.status, ended.said) == (0, ""), url


@contextlib.contextmanager
def answering(body: bytes, status: int = 200) -> Iterator[int]:
    """Another program's HTTP server; its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_without_a_running_registrar(tmp_path: Path) -> None:
    assert "cannot read data/token: No such file or directory; start the registrar" in refused(
        "exec", "help", cwd=tmp_path, status=3
    )
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "token").write_text("a-token")
    assert "no registrar runs on the data folder data: start it" in refused("exec", "help", cwd=tmp_path, status=3)
    (tmp_path / "data" / "server.json").write_text("{")
    assert "no registrar runs on the data folder data" in refused("exec", "help", cwd=tmp_path, status=3)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = refused("exec", f"--url=http://127.0.0.1:{port}", "help", cwd=tmp_path, status=3)
    assert line == f"no registrar answers at 127.0.0.1 port {port}: Connection refused"


def test_with_a_wrong_token(registrar: Running, tmp_path: Path) -> None:
    host, port = registrar.address("http")
    url = f"--url=http://{host}:{port}"
    line = refused("exec", url, "help", cwd=tmp_path, status=3, REGISTRAR_TOKEN="wrong")
    assert line == "the registrar does not take this token: name its data folder with --data"
    assert "the token is none" in refused("exec", url, "help", cwd=tmp_path, status=3, REGISTRAR_TOKEN="a\nb")


@pytest.mark.parametrize("url", ["https://127.0.0.1", "http://", "127.0.0.1:port", "http://[::1", "ftp://x"])
def test_with_an_address_that_is_none(tmp_path: Path, url: str) -> None:
    line = refused("exec", "--url", url, "help", cwd=tmp_path, status=2, REGISTRAR_TOKEN="x")
    assert line == f"{url} is no address of a registrar: http://HOST:PORT is"


@pytest.mark.parametrize(("body", "status"), [(b"<html>", 200), (b"[]", 200), (b'{"ok": true}', 200), (b"", 404)])
def test_with_another_program_at_the_address(tmp_path: Path, body: bytes, status: int) -> None:
    with answering(body, status) as port:
        url = f"--url=127.0.0.1:{port}"
        line = refused("exec", url, "help", cwd=tmp_path, status=3, REGISTRAR_TOKEN="x")
    assert line == f"what answers at 127.0.0.1 port {port} is no registrar"


def test_with_a_name_that_the_registrar_does_not_serve(registrar: Running, tmp_path: Path) -> None:
    _, port = registrar.address("http")
    url = f"--url=http://127.0.0.2:{port}"
    line = refused("exec", url, "help", cwd=tmp_path, status=3, REGISTRAR_TOKEN=registrar.token)
    assert "Connection refused" in line or "this host is not served here" in line


def test_what_is_no_text_is_told(registrar: Running, tmp_path: Path) -> None:
    ended = subprocess.run(
        [PROGRAM, "exec", "--data", str(registrar.data), "-"],
        input=b"extension -p \xff\xfe",
        capture_output=True,
        timeout=SECONDS,
        cwd=tmp_path,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr == b"registrar: standard input is not text in UTF-8\n"
    ended = subprocess.run(
        [PROGRAM, "exec", "--data", str(registrar.data), b"extension -p \xff"],
        capture_output=True,
        timeout=SECONDS,
        cwd=tmp_path,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.count(b"\n") == 1


# -- the rest


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sreve"], "No such command 'sreve'"),
        (["exec"], "Missing argument 'COMMANDS...'; registrar exec --help tells what there is"),
        (["--verbose"], "No such option '--verbose'"),
        (["explain", "--policy", "4"], "Invalid value for '--policy': 4 is not in the range 0<=x<=3"),
        (["explain", "--policy", "1"], "Missing option '--protocol'"),
        (["certs", "shw"], "No such command 'shw'"),
        (["license", "make", "--expires", "2030-13-45"], '"expires" must be a date such as "2030-12-31", or null'),
        (["license", "make", "--system", ""], '"system" must be a name'),
        (["license", "make", "--data", "/proc/none"], "cannot use the data folder /proc/none: "),
        (["certs", "show"], "cannot read data/certs/server.pem: No such file or directory; registrar certs init"),
        (["certs", "export"], "cannot read data/certs/ca.pem: No such file or directory; registrar certs init"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_command_line_is_one_line(tmp_path: Path, arguments: list[str], words: str) -> None:
    status = 1 if words.startswith("cannot ") else 2
    assert words in refused(*arguments, cwd=tmp_path, status=status)


def test_its_version_and_its_help(tmp_path: Path) -> None:
    assert call("--version", cwd=tmp_path).stdout == f"registrar, version {__version__}\n"
    ended = invoke("--help", cwd=tmp_path)
    assert ended.status == 0
    listed = set(re.findall(r"^  ([a-z]+) ", ended.printed, re.MULTILINE))
    assert listed >= {"serve", "exec", "explain", "certs"}
    for name in listed:
        assert invoke(name, "--help", cwd=tmp_path).status == 0


EXPLAIN = {
    "policy": "1",
    "protocol": "sip",
    "terminal": "Mitel 6930 SIP/5.1.0",
    "exception": "no",
    "rac": "yes",
    "port": "5060",
}


def explained(cwd: Path, **changed: str) -> Ended:
    options = [part for name, value in {**EXPLAIN, **changed}.items() for part in (f"--{name}", value)]
    return invoke("explain", *options, cwd=cwd)


def test_the_explainer_needs_no_registrar(tmp_path: Path) -> None:
    ended = explained(tmp_path)
    assert (ended.status, ended.said) == (0, "")
    assert ended.printed.startswith("result     refused, TLS_REQUIRED\n")
    assert explained(tmp_path, port="5061").printed.startswith("result     accepted, ENCRYPTED\n")
    assert list(tmp_path.iterdir()) == []


def test_the_explainer_knows_which_protocol_speaks_on_which_port(tmp_path: Path) -> None:
    ended = explained(tmp_path, port="1719")
    assert (ended.status, ended.said) == (2, "registrar: sip arrives on port 5060 or 5061, not on 1719\n")


def test_certificates_are_made_shown_and_exported(tmp_path: Path) -> None:
    made = invoke("certs", "init", "--certs", "certs", "--name", "lab.example", cwd=tmp_path)
    assert made.status == 0
    assert "names        lab.example, " in made.printed
    shown = invoke("certs", "show", cwd=tmp_path, REGISTRAR_CERTS="certs")
    assert shown.printed == made.printed
    exported = invoke("certs", "export", "--certs", "certs", cwd=tmp_path)
    assert exported.printed == (tmp_path / "certs" / "ca.pem").read_text()
    assert {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "certs").iterdir()} == {
        "ca.key": 0o600,
        "ca.pem": 0o644,
        "server.key": 0o600,
        "server.pem": 0o644,
    }


def test_certificates_are_those_of_the_running_registrar(serve: Callable[..., Running], tmp_path: Path) -> None:
    running = serve("--certs", "elsewhere")
    exported = invoke("certs", "export", cwd=tmp_path)
    shown = invoke("certs", "show", cwd=tmp_path)
    running.stop()
    assert exported.printed == (tmp_path / "elsewhere" / "ca.pem").read_text()
    assert str(tmp_path / "elsewhere") in shown.printed
