"""Scenarios written in a test, played without a file."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent

from registrar.scenario.document import Document
from registrar.scenario.load import Case, load_document
from registrar.scenario.results import CaseResult, Status
from registrar.scenario.run import Runner, run_folder

SHIPPED = Path(__file__).parents[2] / "scenarios"

REGISTERED = """\
    scenario: a phone registers
    system:
      - auth_code -i -d 1001 --auth-code 4711
      - extension -i -d 1001 --csp 1 --lim 1 --security-exception no
    phones:
      desk: {profile: mitel-6900, number: 1001, pin: 4711}
    steps:
      - register: desk
    """


def cases(text: str) -> list[Case]:
    """The cases of a scenario, written as in a test."""
    return load_document(Document(Path("test.scenario.yaml"), dedent(text)))


def with_step(step: str, scenario: str = REGISTERED) -> str:
    """The scenario with another step at its end; each line of ``step`` as it would stand in the file."""
    return dedent(scenario) + "".join(f"  {line}\n" for line in dedent(step).strip().splitlines())


async def play(text: str) -> CaseResult:
    """What becomes of a scenario that has one case."""
    (result,) = await play_all(cases(text))
    return result


async def one_fails(played: Iterable[Case]) -> bool:
    """Whether one of the cases fails; the others are given up then."""
    with run_folder() as folder:
        runner = Runner(Path(folder))
        failed = asyncio.Event()

        def done(result: CaseResult) -> None:
            if result.status is Status.FAILED:
                failed.set()

        playing = asyncio.create_task(runner.run_all(played, done))
        await asyncio.wait([playing, asyncio.ensure_future(failed.wait())], return_when=asyncio.FIRST_COMPLETED)
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        runner.close()
    return failed.is_set()


async def play_all(played: Iterable[Case]) -> list[CaseResult]:
    """What becomes of the cases."""
    results: list[CaseResult] = []
    with run_folder() as folder:
        runner = Runner(Path(folder))
        try:
            await runner.run_all(played, results.append)
        finally:
            runner.close()
    return results
