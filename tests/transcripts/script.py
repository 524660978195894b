"""Operator transcripts: ``> line`` and the printout below it, ``@ directive`` and what became of it, ``#`` remarks.

Directives stand for what happens beside the operator:

- ``@ register NUMBER "TERMINAL" PORT [PIN]``: a terminal registers; prints the outcome and the row.
- ``@ certificate PROBLEM`` or ``@ certificate valid``: the state of the server certificate, where there is no real one.
- ``@ certificates NAME...``: the service node has a certificate of its lab CA, for these names.
- ``@ authority NAME [ABOVE]``: an authority outside, under another one or a root; ``NAME.pem`` is its certificate.
- ``@ issue FILE AUTHORITY NAME [BEGINS ENDS]``: it issues ``FILE.pem`` with ``FILE.key``, for some days from now.
- ``@ sign FILE AUTHORITY``: it signs the request of the service node: ``FILE.pem``.
- ``@ encrypt FILE``: a key gets a password. ``@ damage FILE``: one octet of a file changes.
- ``@ join FILE FILE...``: the first is made of the others.
- ``@ file NAME CONTENT``: a file on the service node.
- ``@ licence FILE SYSTEM EXPIRES FEATURE...``: a licence file from this system's issuer; it expires on a day or never.
- ``@ far-end ROUTE WORDS`` and ``@ far-end ROUTE WORDS FILE [DISTRUST]``: what -check finds; the file is the
  certificate that it shows.
- ``@ wait SECONDS``: time passes.

What chance decides (the name of the lab CA, the octets of requests, fingerprints) stands there as if it never changed.

To renew the printouts after reading what changed: ``python -m tests.transcripts.script tests/transcripts/NAME.txt``.
"""

import os
import re
import shlex
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from cryptography import x509

from registrar.commands.effects import Meeting
from registrar.model.flow import TlsSession
from registrar.model.licence import Licence
from registrar.policy.licence_file import make_licence, read_moment
from registrar.tls.facts import facts
from tests.bench import ISSUER, Bench
from tests.pki import Authority, encrypt


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
        return steady(execution.printout)
    name, _, rest = words.partition(" ")
    return DIRECTIVES[name](bench, rest)


def steady(printout: str) -> str:
    """Return the printout without what chance decides."""
    printout = re.sub(r"Registrar Lab CA [0-9a-f]{6}", "Registrar Lab CA 0a1b2c", printout)
    printout = re.sub(r"(-----BEGIN [A-Z ]+-----\n).*?(\n-----END)", r"\1...\2", printout, flags=re.DOTALL)
    printout = re.sub(r"\b[0-9a-f]{16}\b", "0123456789abcdef", printout)
    return re.sub(r"(?<=^SERIAL {14})[0-9a-f]+$", "0123456789abcdef", printout, flags=re.MULTILINE)


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


def _certificates(bench: Bench, words: str) -> str:
    bench.make_certificates(*words.split())
    return ""


def _authority(bench: Bench, words: str) -> str:
    name, *above = words.split()
    bench.authorities[name] = Authority(Path(), name, bench.authorities[above[0]] if above else None)
    return ""


def _issue(bench: Bench, words: str) -> str:
    file, authority, name, *days = words.split()
    begins, ends = (float(number) for number in days or ("-1", "365"))
    day = 86400
    bench.authorities[authority].issue(file, name, begins=bench.now + begins * day, ends=bench.now + ends * day)
    return ""


def _sign(bench: Bench, words: str) -> str:
    file, authority = words.split()
    bench.authorities[authority].sign(Path("certs/request.csr"), file)
    return ""


def _encrypt(_bench: Bench, words: str) -> str:
    encrypt(Path(words))
    return ""


def _damage(_bench: Bench, words: str) -> str:
    data = bytearray(Path(words).read_bytes())
    data[-100] ^= 1
    Path(words).write_bytes(data)
    return ""


def _join(_bench: Bench, words: str) -> str:
    file, *parts = words.split()
    Path(file).write_bytes(b"".join(Path(part).read_bytes() for part in parts))
    return ""


def _file(_bench: Bench, words: str) -> str:
    name, _, content = words.partition(" ")
    Path(name).write_text(content)
    return ""


def _licence(_bench: Bench, words: str) -> str:
    file, system, expires, *features = shlex.split(words)
    licence = Licence(system, tuple(features), read_moment(None if expires == "never" else expires))
    Path(file).write_text(make_licence(licence, ISSUER))
    return ""


def _far_end(bench: Bench, words: str) -> str:
    route, answer, *shown = shlex.split(words)
    meeting = Meeting(True, answer, 0.012)
    if shown:
        certificate = facts(x509.load_pem_x509_certificate(Path(shown[0]).read_bytes()))
        session = TlsSession("TLSv1.3", "TLS_AES_256_GCM_SHA384")
        meeting = meeting._replace(tls=session, certificate=certificate, distrust=" ".join(shown[1:]))
    bench.meetings[int(route)] = meeting
    return ""


def _wait(bench: Bench, words: str) -> str:
    bench.now += float(words)
    return ""


DIRECTIVES: dict[str, Callable[[Bench, str], str]] = {
    "register": _register,
    "certificate": _certificate,
    "certificates": _certificates,
    "authority": _authority,
    "issue": _issue,
    "sign": _sign,
    "encrypt": _encrypt,
    "damage": _damage,
    "join": _join,
    "file": _file,
    "licence": _licence,
    "far-end": _far_end,
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
    for path in [Path(argument).absolute() for argument in sys.argv[1:]]:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            path.write_text(renewed(path.read_text("utf-8")), "utf-8")
            os.chdir(path.parent)
