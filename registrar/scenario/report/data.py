"""The whole run as JSON."""

import json
from typing import Any

from registrar.phones.transcript import Entry
from registrar.scenario.results import CaseResult, StepResult, Summary


def data(summary: Summary) -> str:
    """Return the report. Its keys are promised: new ones may be added."""
    whole = {
        "held": summary.held,
        "total": summary.total,
        "seconds": round(summary.seconds, 3),
        "cases": [_case(result) for result in summary.results],
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _case(result: CaseResult) -> dict[str, Any]:
    return {
        "file": str(result.file),
        "title": result.title,
        "about": result.about,
        "tags": list(result.tags),
        "status": result.status.value,
        "message": result.message,
        "seconds": round(result.seconds, 3),
        "steps": [_step(step) for step in result.steps],
    }


def _step(step: StepResult) -> dict[str, Any]:
    return {
        "title": step.title,
        "note": step.note,
        "line": step.line,
        "seconds": round(step.seconds, 3),
        "mismatches": [mismatch._asdict() for mismatch in step.mismatches],
        "printout": step.printout,
        "happened": [_entry(entry) for entry in step.entries],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "time": entry.time,
        "kind": entry.kind.name.lower(),
        "who": entry.who,
        "summary": entry.summary,
        "over": entry.over,
        "message": entry.lines(),
    }
