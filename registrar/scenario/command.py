"""``registrar run``: scenarios from files and folders, side by side, reported as they end."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

import registrar
from registrar.errors import StartError
from registrar.scenario.against import Running
from registrar.scenario.errors import ScenarioError
from registrar.scenario.load import Case, find, load, nearest
from registrar.scenario.report.data import data as as_json
from registrar.scenario.report.junit import junit as as_junit
from registrar.scenario.report.page import page as as_html
from registrar.scenario.report.terminal import COLOURS, case_line, closing, details
from registrar.scenario.results import CaseResult, Status, Summary
from registrar.scenario.run import Runner, run_folder

INTERRUPTED: Final = 130
NOT_HELD: Final = 1
_PATH = click.Path(path_type=Path)


@click.command("run")
@click.argument("paths", nargs=-1, type=_PATH)
@click.option("--tag", "tags", multiple=True, help="Only scenarios with this tag; repeatable.")
@click.option("--junit", type=_PATH, help="Write the result as JUnit XML.")
@click.option("--json", "json_", type=_PATH, help="Write the result as JSON.")
@click.option("--html", type=_PATH, help="Write the result as one HTML page.")
@click.option("--against", metavar="HOST", help="A registrar that runs already: its host, or http://HOST:PORT.")
@click.option("--data", type=_PATH, default=Path("data"), help="With --against: that registrar's data folder.  [data]")
@click.option("--ca", type=_PATH, help="With --against: the CA file that phones are to trust.")
@click.option("-q", "--quiet", is_flag=True, help="Name only the cases that did not pass.")
def run(
    paths: tuple[Path, ...],
    tags: tuple[str, ...],
    junit: Path | None,
    json_: Path | None,
    html: Path | None,
    against: str | None,
    data: Path,
    ca: Path | None,
    quiet: bool,
) -> None:
    """Run the scenarios in PATHS: files, or folders of *.scenario.yaml; without any, the shipped demonstration.

    Each runs with a registrar of its own, in memory and on free ports, unless --against names one. Exit status: 0 when
    every scenario held, 1 when one did not, 2 when one cannot be read, 130 after Ctrl-C.
    """
    cases = _cases(paths or (shipped(),), tags)
    running = Running.find(against, data, os.environ, ca) if against else None
    for file in (junit, json_, html):
        if file is not None and not file.absolute().parent.is_dir():
            raise StartError(f"cannot write {file}: there is no folder {file.parent}")
    summary = asyncio.run(_run(cases, running, quiet=quiet))
    for result in summary.results:
        for line in details(result):
            click.echo(line)
        if result.status in (Status.FAILED, Status.ERROR):
            click.echo()
    held = summary.held
    click.secho(closing(summary), fg="green" if held else "red", bold=True)
    for file, text in ((junit, as_junit), (json_, as_json)):
        if file is not None:
            _write(file, text(summary))
    if html is not None:
        _write(html, as_html(summary, time.time()))
    if len(summary.results) < summary.total:
        raise SystemExit(INTERRUPTED)
    raise SystemExit(0 if held else NOT_HELD)


def shipped() -> Path:
    """Return the folder of the demonstration: within the installed package, or beside it in a checkout."""
    package = Path(registrar.__file__).parent
    installed = package / "scenarios"
    return installed if installed.is_dir() else package.parent / "scenarios"


def _cases(paths: Iterable[Path], tags: tuple[str, ...]) -> list[Case]:
    """Load everything first: nothing runs when anything cannot be read."""
    try:
        cases = [case for file in find(paths) for case in load(file)]
    except ScenarioError as error:
        for line in error.lines():
            click.echo(line, err=True)
        raise SystemExit(2) from None
    if not tags:
        return cases
    known = sorted({tag for case in cases for tag in case.scenario.tags})
    for tag in tags:
        if tag not in known:
            raise StartError(f"no scenario has the tag {tag}; {nearest(tag, known)}", 2)
    return [case for case in cases if set(tags) & set(case.scenario.tags)]


async def _run(cases: list[Case], running: Running | None, *, quiet: bool) -> Summary:
    began = time.perf_counter()
    results: list[CaseResult] = []
    loop = asyncio.get_running_loop()

    def done(result: CaseResult) -> None:
        results.append(result)
        if not quiet or result.status in (Status.FAILED, Status.ERROR):
            click.secho(case_line(result), fg=COLOURS[result.status])

    with run_folder() as folder:
        runner = Runner(Path(folder), running)
        task = loop.create_task(runner.run_all(cases, done))
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        finally:
            runner.close()
    if len(results) < len(cases):
        click.echo("interrupted", err=True)
    order = {(case.file, case.title): index for index, case in enumerate(cases)}
    results.sort(key=lambda result: order[result.file, result.title])
    return Summary(tuple(results), len(cases), time.perf_counter() - began)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StartError(f"cannot write {file}: {error.strerror}") from None
