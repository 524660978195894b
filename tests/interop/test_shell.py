"""The prompt in a real terminal: tmux types and looks at the screen."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.conftest import Serve
from tests.interop.running import PROGRAM, Running
from tests.interop.terminal import Terminal
from tests.interop.wire import Udp

pytestmark = pytest.mark.interop("tmux", "less")


class Screen:
    """A terminal of 100 columns and 24 lines in which the prompt runs."""

    def __init__(self, registrar: Running, state: Path) -> None:
        self._registrar = registrar
        self._socket = str(state / "tmux")
        state.mkdir(exist_ok=True)
        environment = {**os.environ, "XDG_STATE_HOME": str(state), "TERM": "xterm", "PAGER": "less"}
        command = [PROGRAM, "shell", "--data", str(registrar.data)]
        subprocess.run(
            ["tmux", "-S", self._socket, "-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "24", *command],
            check=True,
            env=environment,
        )

    def type(self, *keys: str) -> None:
        subprocess.run(["tmux", "-S", self._socket, "send-keys", *keys], check=True)

    def text(self) -> str:
        """What stands on the screen."""
        seen = subprocess.run(
            ["tmux", "-S", self._socket, "capture-pane", "-p"], capture_output=True, text=True, check=False
        )
        return seen.stdout

    def wait(self, words: str) -> str:
        self._registrar.wait_for(lambda: words in self.text())
        return self.text()

    @property
    def alive(self) -> bool:
        done = subprocess.run(["tmux", "-S", self._socket, "has-session"], capture_output=True, check=False)
        return done.returncode == 0

    def close(self) -> None:
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], capture_output=True, check=False)


@pytest.fixture
def registrar(serve: Serve) -> Running:
    return serve()


@pytest.fixture
def screen(registrar: Running, tmp_path: Path) -> Iterator[Screen]:
    screen = Screen(registrar, tmp_path / "state")
    try:
        screen.wait("registrar>")
        yield screen
    finally:
        screen.close()


def test_a_session_as_an_operator_has_it(registrar: Running, screen: Screen, tmp_path: Path) -> None:
    screen.type("sec", "Tab")
    screen.wait("registrar> sec_policy")
    screen.type(" -pr", "Tab")
    assert "Prints what a policy would refuse" in screen.wait("-preview")
    screen.type("C-c", "extension -p -d 1234", "Tab")
    assert "exception NO, RAC" in screen.wait("12345  ")
    screen.type("C-c", "extension_unregistration -d all", "Enter")
    screen.wait("EXECUTED")
    # a terminal registers and is refused while the operator types
    screen.type("sec_pol")
    screen.wait("registrar> sec_pol")
    udp = Udp(registrar.address("sip_udp"), None)
    Terminal(udp, "12346").register("4712")
    shown = screen.wait("REGISTERED    12346  SIP hand-written/1  127.0.0.1 on ")
    assert shown.rstrip().splitlines()[-1].startswith("registrar> sec_pol")
    Terminal(udp, "12346").register("9999")
    screen.wait("REFUSED       12346  SIP hand-written/1")
    udp.close()
    screen.type("icy -print", "Enter")
    screen.wait("SECURITY POLICY     0 NONE")
    # a long printout comes in pages
    screen.type("help", "Enter")
    screen.wait("extension                 Initiates")
    screen.type("G")
    screen.wait("COMMAND --help prints a command's page")
    screen.type("q")
    registrar.wait_for(lambda: screen.text().rstrip().endswith("registrar>"))
    # Ctrl-D leaves; another session finds the lines again
    screen.type("C-d")
    registrar.wait_for(lambda: not screen.alive)
    again = Screen(registrar, tmp_path / "state")
    try:
        again.wait("registrar>")
        again.type("C-r")
        again.type("unreg")
        again.wait("(reverse-i-search)`unreg': extension_unregistration -d all")
    finally:
        again.close()


def test_lines_from_a_pipe_are_carried_out_like_those_of_exec(registrar: Running) -> None:
    done = subprocess.run(
        [PROGRAM, "shell", "--data", str(registrar.data)],
        input="# a script\nextension -p -d 12345\nsec_policy -set 9\nexit\nhelp\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout.startswith("DIR    CSP  LIM")
    assert "-set takes 1, 2 or 3." in done.stdout
    assert "Initiates, changes" not in done.stdout
    assert done.stderr == ""
