"""Scenarios: the scripted registrations that are shipped, run by ``registrar run``, each step with what came of it."""

import json
import re
import tempfile
from pathlib import Path
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

import registrar
from registrar.web.console.frame import Console, form
from registrar.web.console.ladder import Ladder, scripted
from registrar.web.console.programs import Program, TooMany

ENDING: Final = ".scenario.yaml"
FOLDER: Final = "scenarios"
_TITLE: Final = re.compile(r"^scenario: *(.+)$", re.MULTILINE)
_TAGS: Final = re.compile(r"^tags: *\[(.*)\]", re.MULTILINE)
_CASES: Final = re.compile(r"^  - \{case:|^  - case:", re.MULTILINE)


class Scenario(NamedTuple):
    """A file of scenarios as the page lists it."""

    path: str
    """Under the folder of scenarios."""
    title: str
    tags: list[str]
    cases: int


class Step(NamedTuple):
    """A step of a case that was run."""

    title: str
    mismatches: list[str]
    ladder: Ladder | None
    printout: str


class Case(NamedTuple):
    """A case that was run."""

    file: str
    title: str
    status: str
    message: str
    seconds: float
    steps: list[Step]


def folder() -> Path:
    """Return where scenarios are: beside the program, else in the working folder."""
    beside = Path(registrar.__file__).parents[1] / FOLDER
    return beside if beside.is_dir() else Path(FOLDER)


def found() -> list[Scenario]:
    """Return every file of scenarios."""
    listed = []
    root = folder()
    for file in sorted(root.rglob(f"*{ENDING}")):
        text = file.read_text("utf-8", "replace")
        title, tags = _TITLE.search(text), _TAGS.search(text)
        listed.append(
            Scenario(
                str(file.relative_to(root)),
                title[1].strip() if title else file.name.removesuffix(ENDING),
                [tag.strip() for tag in tags[1].split(",") if tag.strip()] if tags else [],
                max(1, len(_CASES.findall(text))),
            )
        )
    return listed


def routes(console: Console) -> list[Route]:
    """Return the paths."""
    runs = console.runs
    results: dict[int, tuple[Path, list[Case] | None]] = {}
    """The report of each run: where it is written, and what stood in it."""

    def shown() -> dict[str, Any]:
        run = next(iter(list(runs)[::-1]), None)
        return {"run": run, "cases": _report(run, results) if run is not None else [], "lines": _lines(run)}

    def part() -> str:
        return console.part("parts/scenarios.html", "outcome", **shown())

    async def page(request: Request) -> Response:
        return console.page(request, "scenarios.html", scenarios=found(), folder=str(folder()), **shown())

    async def stream(request: Request) -> Response:
        return console.live.stream(request, {"outcome": part}, lambda: runs.heard)

    async def start(request: Request) -> Response:
        asked = (await form(request)).get("path", "")
        known = {scenario.path for scenario in found()}
        if asked and asked not in known:
            return PlainTextResponse("There is no such scenario", 422)
        report = Path(tempfile.mkdtemp(prefix="registrar-run-")) / "report.json"
        target = folder() / asked if asked else folder()
        try:
            run = await runs.start(["run", str(target)], {"path": asked or "all"}, silently=["--json", str(report)])
        except TooMany:
            report.parent.rmdir()
            return PlainTextResponse("A run is under way", 429)
        results.clear()
        results[run.number] = (report, None)
        return HTMLResponse(part())

    async def stop(_request: Request) -> Response:
        for run in runs:
            run.stop()
        return HTMLResponse(part())

    return [
        Route("/scenarios", page),
        Route("/live/scenarios", stream),
        Route("/scenarios/run", start, methods=["POST"]),
        Route("/scenarios/stop", stop, methods=["POST"]),
    ]


def _lines(run: Program | None) -> list[str]:
    return list(run.printed) if run is not None else []


def _report(run: Program, results: dict[int, tuple[Path, list[Case] | None]]) -> list[Case]:
    """Read the report of a run that has ended, once, and take its file away."""
    if run.running or run.number not in results:
        return []
    file, cases = results[run.number]
    if cases is None:
        cases = []
        if file.exists():
            cases = [_case(each) for each in json.loads(file.read_text())["cases"]]
            cases.sort(key=lambda case: case.status == "passed")
            file.unlink()
        file.parent.rmdir()
        results[run.number] = (file, cases)
    return cases


def _case(told: dict[str, Any]) -> Case:
    steps = [
        Step(
            f"{step['note']}: {step['title']}" if step["note"] else step["title"],
            [f"{each['what']}: expected {each['expected']}, got {each['got']}" for each in step["mismatches"]],
            scripted(step["happened"]),
            step["printout"],
        )
        for step in told["steps"]
    ]
    return Case(Path(told["file"]).name, told["title"], told["status"], told["message"], told["seconds"], steps)
