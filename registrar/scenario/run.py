"""Cases run, one by one or side by side."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from registrar.commands.line import masked
from registrar.errors import StartError
from registrar.phones.configuration import ConfigurationError
from registrar.scenario.against import Running
from registrar.scenario.load import Case
from registrar.scenario.results import CaseResult, Status, StepResult
from registrar.scenario.schema import Scenario, Step
from registrar.scenario.stage import Stage
from registrar.scenario.under_test import InProcess, quiet_log
from registrar.store.errors import StoreError
from registrar.tls.errors import CertificateError

SIDE_BY_SIDE: Final = 8
"""Cases at once: more would wait for the same processor."""
CASE_SECONDS: Final = 120.0
"""The longest time of a case."""


class Runner:
    """Runs cases, each with a registrar of its own; or all against ``running``, one after the other."""

    def __init__(self, folder: Path, running: Running | None = None) -> None:
        self._folder = folder
        self._running = running
        self._log, self._nowhere = quiet_log()

    def close(self) -> None:
        """Let go of what all cases share."""
        self._log.close()
        self._nowhere.close()

    async def run_all(self, cases: Iterable[Case], done: Callable[[CaseResult], None]) -> None:
        """Run the cases; ``done`` hears of each as it ends. Cancelling it leaves nothing behind."""
        room = asyncio.Semaphore(1 if self._running is not None else SIDE_BY_SIDE)

        async def one(case: Case) -> None:
            async with room:
                done(await self.run(case))

        async with asyncio.TaskGroup() as group:
            for case in cases:
                group.create_task(one(case))

    async def run(self, case: Case) -> CaseResult:
        """Run a case and return what became of it."""
        began = time.perf_counter()
        steps: list[StepResult] = []
        status, message = Status.PASSED, ""
        if self._running is not None and (needs := _own_needs(case.scenario)):
            status, message = Status.LEFT_OUT, f"needs a registrar of its own: {needs}"
        else:
            try:
                async with asyncio.timeout(CASE_SECONDS):
                    await self._play(case, steps)
            except TimeoutError:
                status, message = Status.ERROR, f"took longer than {CASE_SECONDS:g} s"
            except (StartError, StoreError, CertificateError, ConfigurationError, _SetUpError) as error:
                status, message = Status.ERROR, str(error)
            except Exception as error:
                # one case's defect must not take the others' results away
                status, message = Status.ERROR, f"a defect of this program: {type(error).__name__}: {error}"
        if status is Status.PASSED and steps and steps[-1].mismatches:
            failed = steps[-1]
            status = Status.FAILED
            message = f"line {failed.line}, {failed.title}: {failed.mismatches[0]}"
        return CaseResult(
            case.file,
            case.title,
            case.scenario.about,
            tuple(case.scenario.tags),
            status,
            message,
            tuple(steps),
            time.perf_counter() - began,
        )

    async def _play(self, case: Case, steps: list[StepResult]) -> None:
        scenario = case.scenario
        async with self._under_test(scenario) as under_test:
            stage = Stage(under_test, scenario.phones, self._folder)
            try:
                for line in scenario.system:
                    printout = await stage.execute(line)
                    if not printout.executed:
                        raise _SetUpError(f"the registrar could not be set up: {masked(line)}\n{printout.text}")
                await stage.tell()
                steps.append(StepResult("set up", "", case.set_up, (), tuple(stage.entries), "", 0.0))
                for step, place in zip(scenario.steps, case.lines, strict=True):
                    result = await _carry_out(step, place, stage)
                    steps.append(result)
                    if result.mismatches:
                        break
            finally:
                await _whole(stage.close())

    @asynccontextmanager
    async def _under_test(self, scenario: Scenario) -> AsyncIterator[InProcess | Running]:
        under_test = self._running or InProcess(self._folder, scenario, self._log)
        try:
            await _whole(under_test.start())
            yield under_test
        finally:
            await _whole(under_test.close())


async def _whole(doing: Coroutine[Any, Any, None]) -> None:
    """Do it to its end even when the run is interrupted meanwhile: what is half open cannot be closed."""
    task = asyncio.ensure_future(doing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


class _SetUpError(Exception):
    """The registrar would not be set up."""


def run_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for keys and certificates that goes away with the run."""
    return tempfile.TemporaryDirectory(prefix="registrar-run-")


async def _carry_out(step: Step, place: int, stage: Stage) -> StepResult:
    began, first = time.perf_counter(), len(stage.entries)
    mismatches, printout = await stage.play(step)
    entries = sorted(stage.entries[first:], key=lambda entry: entry.time)
    return StepResult(
        title(step),
        step.note,
        place,
        mismatches,
        tuple(entries),
        printout.text if printout is not None else "",
        time.perf_counter() - began,
    )


def title(step: Step) -> str:
    """Return a step in a few words. A PIN is never among them."""
    verb = step.verbs[0] if step.verbs else "expect"
    if step.command is not None:
        return masked(step.command)
    if step.send is not None:
        return f"send to port {step.send.port}"
    if step.pass_ is not None:
        return f"let {step.pass_:g} s pass"
    if step.wait is not None and not step.wait.phone:
        return " ".join(filter(None, ("wait for", step.wait.event, step.wait.number)))
    return f"{verb.replace('_', ' ')} {step.phone}".strip()


def _own_needs(scenario: Scenario) -> str:
    """Return what a scenario needs that a registrar that runs already cannot give; empty when nothing."""
    if scenario.settings:
        return "settings"
    if scenario.certificate != "good":
        return "certificate"
    if scenario.leftover is not None:
        return "leftover"
    return "pass" if any(step.pass_ is not None for step in scenario.steps) else ""
