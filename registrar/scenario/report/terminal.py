"""The report in a terminal: a line a case, and of a failed one what was expected, what was, and how it came to that."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from registrar.phones.transcript import Entry
from registrar.policy.explain import printable
from registrar.scenario.report.ladder import ladder
from registrar.scenario.results import CaseResult, Status, StepResult, Summary

_MARKS: Final = {Status.PASSED: "✓", Status.FAILED: "✗", Status.ERROR: "!", Status.LEFT_OUT: "-"}
COLOURS: Final = {Status.PASSED: "green", Status.FAILED: "red", Status.ERROR: "red", Status.LEFT_OUT: "yellow"}


def case_line(result: CaseResult) -> str:
    """Return the line of a case."""
    why = "" if result.status in (Status.PASSED, Status.FAILED) else f"  ({result.message.splitlines()[0]})"
    return f"{_MARKS[result.status]} {result.title}{why}  {result.seconds:.2f} s"


def details(result: CaseResult) -> Iterator[str]:
    """Yield what is to be told of a case that did not pass."""
    if result.status is Status.ERROR:
        yield f"{result.title}"
        yield f"  {_shown(result.file)}"
        yield from (f"    {line}" for line in result.message.splitlines())
    for step in result.steps:
        if step.mismatches:
            yield f"{result.title}"
            yield f"  {_shown(result.file)}:{step.line}: {step.title}"
            yield from _failed(step, result)


def _failed(step: StepResult, result: CaseResult) -> Iterator[str]:
    if step.note:
        yield f"    {step.note}"
    for mismatch in step.mismatches:
        first, *below = [printable(line) for line in mismatch.got.splitlines()] or ["an empty text"]
        yield f"    {mismatch.what}: expected {mismatch.expected}, got {first or 'this:'}"
        yield from (f"        {line}" for line in below)
    # a step that exchanged nothing is explained by those before it
    entries = step.entries if any(entry.octets for entry in step.entries) else _all_entries(result)
    lines = ladder(entries)
    if lines:
        yield ""
        yield from (f"      {line}" for line in lines)


def _all_entries(result: CaseResult) -> list[Entry]:
    return [entry for step in result.steps for entry in step.entries]


def closing(summary: Summary) -> str:
    """Return the last line."""
    parts = [f"{summary.count(status)} {status.value}" for status in Status if summary.count(status)]
    missing = summary.total - len(summary.results)
    if missing:
        parts.append(f"{missing} not run")
    return f"{', '.join(parts) or 'nothing run'} in {summary.seconds:.1f} s"


def _shown(file: Path) -> str:
    try:
        return str(file.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(file)
