"""Operator transcripts: ``> line`` and the printout below it, ``@ directive`` and what became of it, ``#`` remarks.

Directives stand for what happens beside the operator:

- ``@ register NUMBER "TERMINAL" PORT [PIN]``: a terminal registers; prints the outcome and the row.
- ``@ certificate PROBLEM`` or ``@ certificate valid``: the state of the server certificate.
- ``@ file NAME CONTENT``: a file on the service node.
- ``@ wait SECONDS``: time passes.

To renew the printouts after reading what changed: ``python -m tests.transcripts.script tests/transcripts/NAME.txt``.
"""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.bench import Bench


class Step(NamedTuple):
    """A line or directive, with what must come of it."""

    line: str
    expected: str
    place: int
    """Line number in the file."""


def read(text: str) -> list[Step]:
    """Take a transcript apart; a blank line before a remark, a line or the end belongs to no printout."""
    steps: list[Step] = []
    for place, line in enumerate(text.splitlines(), 1):
        if line.startswith(("> ", "@ ")):
            steps.append(Step(line, "", place))
        elif not line.startswith("#") and steps:
            last = steps[-1]
            steps[-1] = last._replace(expected=f"{last.expected}{line}\n")
    return [step._replace(expected=step.expected.strip("\n")) for step in steps]


def play(step: Step, bench: Bench) -> str:
    """Carry out a step and return what it prints."""
    kind, words = step.line[0], step.line[2:]
    if kind == ">":
        execution = bench.execute(words)
        statuses = {True: {0}, False: {1 if execution.printout.startswith("NOT EXECUTED\n") else 2}}
        assert execution.exit_status in statuses[execution.executed]
        return execution.printout
    name, _, rest = words.partition(" ")
    return DIRECTIVES[name](bench, rest)


def _register(bench: Bench, words: str) -> str:
    number, terminal, port, *pin = shlex.split(words)
    outcome = bench.register(number, terminal, int(port), pin[0] if pin else None)
    decision = outcome.decision
    if not outcome.accepted:
        return f"refused {outcome.reason.value if outcome.reason else ''} {decision.row.id}"
    signalling = decision.signalling.value if decision.signalling else ""
    return f"registered {signalling} {decision.row.id}{' downgraded' if decision.downgraded else ''}"


def _certificate(bench: Bench, words: str) -> str:
    bench.certificate_problem = None if words == "valid" else words
    return ""


def _file(bench: Bench, words: str) -> str:
    name, _, content = words.partition(" ")
    bench.files[name] = content
    return ""


def _wait(bench: Bench, words: str) -> str:
    bench.now += float(words)
    return ""


DIRECTIVES: dict[str, Callable[[Bench, str], str]] = {
    "register": _register,
    "certificate": _certificate,
    "file": _file,
    "wait": _wait,
}


def renewed(text: str) -> str:
    """Return the transcript with every printout as it is now."""
    bench = Bench()
    lines: list[str] = []
    remark = True
    for place, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            lines += ["", line] if lines and not remark else [line]
            remark = True
        elif line.startswith(("> ", "@ ")):
            printed = play(Step(line, "", place), bench)
            lines += [line, *printed.splitlines()]
            remark = False
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        path = Path(argument)
        path.write_text(renewed(path.read_text("utf-8")), "utf-8")
