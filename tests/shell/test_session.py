"""A session at the prompt, typed key by key into a pipe."""

import json
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import parse_qs, urlsplit

import click
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from registrar.commands.complete import complete
from registrar.core.piecewise import at_once
from registrar.core.state import State
from registrar.errors import StartError
from registrar.remote import Remote, Result
from registrar.shell.history import history_file
from registrar.shell.session import Session, page, script

ENTER, TAB, CTRL_C, CTRL_D, CTRL_R = "\r", "\t", "\x03", "\x04", "\x12"


class Line(Remote):
    """A registrar that takes every line, and completes them as the real one does."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 1, "token")
        self.lines: list[str] = []
        self.fails = False

    def execute(self, line: str) -> Result:
        self.lines.append(line)
        if self.fails:
            raise StartError("no registrar answers at 127.0.0.1 port 1: connection refused", 3)
        return Result(f"printout of {line}", 0)

    def fetch(self, path: str) -> bytes:
        if self.fails:
            raise StartError("no registrar answers", 3)
        found = at_once(complete(parse_qs(urlsplit(path).query)["line"][0], State()))
        return json.dumps({"start": found.start, "candidates": [each._asdict() for each in found.candidates]}).encode()

    def follow(self, path: str) -> Iterator[dict[str, Any]]:
        return iter(())


class Until(str):
    """Not typed: what the line is to be before anything more is."""


def type_into(remote: Line, history: Path, *keys: str) -> int:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        opened = Session(remote, history)
        lines: Queue[str] = Queue()
        opened.prompt.default_buffer.on_text_changed += lambda buffer: lines.put(buffer.text)

        def feed() -> None:
            for key in keys:
                if not isinstance(key, Until):
                    pipe.send_text(key)
                    continue
                while lines.get(timeout=20) != key:
                    pass

        feeder = threading.Thread(target=feed)
        feeder.start()
        status = opened.run()
        feeder.join()
        return status


@pytest.fixture
def remote() -> Line:
    return Line()


def test_lines_are_carried_out_until_the_end(remote: Line, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert type_into(remote, tmp_path / "history", f"extension -p{ENTER}", ENTER, f"  help  {ENTER}", CTRL_D) == 0
    assert remote.lines == ["extension -p", "help"]
    assert "printout of extension -p\nprintout of help\n" in capsys.readouterr().out


@pytest.mark.parametrize("leaving", ["exit", "QUIT", "logout"])
def test_a_word_leaves_too(remote: Line, tmp_path: Path, leaving: str) -> None:
    assert type_into(remote, tmp_path / "history", f"{leaving}{ENTER}", f"help{ENTER}") == 0
    assert remote.lines == []


def test_tab_completes_what_is_the_only_way_to_go_on(remote: Line, tmp_path: Path) -> None:
    policy = (f"sec{TAB}", Until("sec_policy"), f" -pri{TAB}", Until("sec_policy -print"), ENTER)
    enable = (f"media_encryption_en{TAB}", Until("media_encryption_enable"), ENTER)
    type_into(remote, tmp_path / "history", *policy, *enable, CTRL_D)
    assert remote.lines == ["sec_policy -print", "media_encryption_enable"]


def test_ctrl_c_throws_a_line_away(remote: Line, tmp_path: Path) -> None:
    type_into(remote, tmp_path / "history", f"sec_policy -remove{CTRL_C}", f"help{ENTER}", CTRL_D)
    assert remote.lines == ["help"]


def test_ctrl_r_finds_a_line_of_a_former_session(remote: Line, tmp_path: Path) -> None:
    history = tmp_path / "deep" / "history"
    type_into(remote, history, f"sec_policy -print{ENTER}", f"extension -p{ENTER}", CTRL_D)
    type_into(remote, history, f"{CTRL_R}sec{ENTER}{ENTER}", CTRL_D)
    assert remote.lines == ["sec_policy -print", "extension -p", "sec_policy -print"]


def test_no_pin_is_remembered(remote: Line, tmp_path: Path) -> None:
    history = tmp_path / "history"
    type_into(remote, history, f"auth_code -i -d 100 --auth-code 471147{ENTER}", CTRL_D)
    assert remote.lines == ["auth_code -i -d 100 --auth-code 471147"]
    assert "471147" not in history.read_text()
    assert "auth_code -i -d 100 --auth-code ****" in history.read_text()
    assert stat.S_IMODE(history.stat().st_mode) == 0o600


def test_a_history_that_cannot_be_kept_keeps_nobody_from_working(remote: Line, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    type_into(remote, tmp_path / "file" / "history", f"help{ENTER}", CTRL_D)
    assert remote.lines == ["help"]


def test_a_registrar_that_is_gone_is_told_and_the_session_goes_on(
    remote: Line, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remote.fails = True
    assert type_into(remote, tmp_path / "history", f"sec{TAB}{ENTER}", f"help{ENTER}", CTRL_D) == 0
    assert capsys.readouterr().err.count("registrar: no registrar answers at 127.0.0.1 port 1") == 2


def test_where_the_history_is_kept() -> None:
    assert history_file({"HOME": "/home/op"}) == Path("/home/op/.local/state/registrar/history")
    assert history_file({"HOME": "/home/op", "XDG_STATE_HOME": "/state"}) == Path("/state/registrar/history")


class Statuses:
    """Answers with the exit status that the line names."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def execute(self, line: str) -> Result:
        self.lines.append(line)
        return Result(line.upper(), int(line.rpartition(" ")[2]))


def test_without_a_terminal_it_carries_out_what_comes_in(capsys: pytest.CaptureFixture[str]) -> None:
    remote = Statuses()
    assert script(remote, ["# remark\n", "\n", "first 0\n", "second 2\n", "third 1\n", "exit\n", "never 0\n"]) == 2
    assert remote.lines == ["first 0", "second 2", "third 1"]
    assert capsys.readouterr().out == "FIRST 0\nSECOND 2\nTHIRD 1\n"


def test_only_a_long_printout_comes_in_pages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paged: list[str] = []
    monkeypatch.setenv("LINES", "10")
    monkeypatch.setattr(click, "echo_via_pager", paged.append)
    page("\n".join(map(str, range(8))))
    assert (paged, capsys.readouterr().out.count("\n")) == ([], 8)
    page("\n".join(map(str, range(10))))
    assert paged == ["\n".join(map(str, range(10))) + "\n"]
