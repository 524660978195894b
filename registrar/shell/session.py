"""A session at the prompt, or a script of lines where nobody sits at a terminal."""

import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Protocol

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.patch_stdout import patch_stdout

from registrar.errors import StartError
from registrar.remote import Remote, Result
from registrar.shell.completion import Completion
from registrar.shell.history import History, history_file
from registrar.shell.news import News

PROMPT: Final = "registrar> "
LEAVING: Final = frozenset({"exit", "quit", "logout"})
WELCOME: Final = "help lists the commands, Tab completes, Ctrl-R finds former lines, Ctrl-D leaves."


class Executor(Protocol):
    """Who carries out lines."""

    def execute(self, line: str) -> Result:
        """Carry out a line. Raises ``StartError``."""
        ...


def run(remote: Remote, environment: Mapping[str, str]) -> int:
    """Talk with whoever sits at the terminal, or carry out what comes in; return the exit status."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        return Session(remote, history_file(environment)).run()
    return script(remote, sys.stdin)


def script(remote: Executor, lines: Iterable[str]) -> int:
    """Carry out lines one after the other; of their exit statuses the first that is not 0."""
    status = 0
    for line in lines:
        words = line.strip()
        if words.lower() in LEAVING:
            break
        if words and not words.startswith("#"):
            result = remote.execute(words)
            click.echo(result.printout)
            status = status or result.exit_status
    return status


class Session:
    """One session: a prompt with completion and history, events between the lines, printouts in pages."""

    def __init__(self, remote: Remote, history: Path) -> None:
        self._remote = remote
        self._news = News(remote, click.echo)
        self.prompt: PromptSession[str] = PromptSession(
            history=History(history),
            completer=Completion(remote),
            complete_while_typing=False,
            complete_in_thread=True,
            auto_suggest=AutoSuggestFromHistory(),
            reserve_space_for_menu=6,
        )

    def run(self) -> int:
        """Read and carry out lines until Ctrl-D or exit."""
        click.echo(WELCOME)
        self._news.start()
        while True:
            try:
                line = self._read().strip()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return 0
            if line.lower() in LEAVING:
                return 0
            if line:
                self._carry_out(line)

    def _read(self) -> str:
        try:
            with patch_stdout(raw=True):
                return self.prompt.prompt(PROMPT, pre_run=self._news.open)
        finally:
            self._news.close()

    def _carry_out(self, line: str) -> None:
        try:
            page(self._remote.execute(line).printout)
        except StartError as error:
            click.echo(f"registrar: {error}", err=True)
        except KeyboardInterrupt:
            click.echo("The command is carried out all the same; its printout is not waited for.", err=True)


def page(printout: str) -> None:
    """Print, in pages when it is longer than the screen."""
    if printout.count("\n") + 2 > shutil.get_terminal_size().lines:
        click.echo_via_pager(f"{printout}\n")
    else:
        click.echo(printout)
