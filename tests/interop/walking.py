"""A walk through a policy's table: what each case must come to, and extensions that make it.

The extensions are set up by operator's commands. Some rows are reached by no sequence of commands: under the policies 1
and 3 no extension can have a security exception, since setting the policy is refused while one has, and giving one is
refused under the policy. Those extensions are put into the stopped program's database, as a restored backup or an older
program could have left them (T2.1, T2.2, T2.4 with an exception, T4.1, T4.2, T4.7).
"""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from registrar.model.changes import SetExtension
from registrar.model.extension import Extension
from registrar.store.store import Store
from registrar.store.vault import open_vault
from tests.interop.conftest import Serve
from tests.interop.running import Running

PIN = "4711"
GOLDEN = Path(__file__).parents[1] / "policy" / "decisions.golden.txt"
NO_EXCEPTIONS = (1, 3)

Conditions = tuple[str, str, str, str, str]
"""Policy, terminal class, exception, RAC, port, as the golden file writes them."""


class Number(Protocol):
    """An extension that a case needs."""

    @property
    def number(self) -> str: ...
    @property
    def exception(self) -> bool: ...
    @property
    def rac(self) -> bool: ...


class Expected(NamedTuple):
    """What the golden file of decisions says."""

    row: str
    accepted: bool
    reason: str
    signalling: str
    downgraded: bool


def golden(protocol: str) -> dict[Conditions, Expected]:
    """Every decision about the protocol."""
    found = {}
    for line in GOLDEN.read_text().splitlines():
        match = re.match(
            rf"(\d) .* {protocol} +(SECURE|INSECURE) +(YES|NO) +(yes|no) +(secure|insecure) +(T\d\.\d) +"
            r"(accepted|refused), (\w+)(, downgraded)?",
            line,
        )
        if match is not None:
            *conditions, row, outcome, word, downgraded = match.groups()
            accepted = outcome == "accepted"
            expected = Expected(row, accepted, "" if accepted else word, word if accepted else "", bool(downgraded))
            found[conditions[0], conditions[1], conditions[2], conditions[3], conditions[4]] = expected
    return found


def set_up(policy: int, cases: Sequence[Number], serve: Serve, *arguments: str) -> Running:
    """Bring the system into the policy with an extension a case."""
    data = f"policy-{policy}"
    excepted = [case.number for case in cases if case.exception]
    others = ",".join(case.number for case in cases if not case.exception)
    program = serve("--empty", *arguments, data=data)
    program.execute(
        f"auth_code -i -d {','.join(case.number for case in cases if case.rac)} --auth-code {PIN}",
        f"extension -i -d {others} --csp 1 --lim 1 --security-exception no",
    )
    initiate = f"extension -i -d {','.join(excepted)} --csp 1 --lim 1 --security-exception yes"
    if policy not in NO_EXCEPTIONS:
        program.execute(initiate, *([f"sec_policy -set {policy}"] if policy else []))
        return program
    program.execute(initiate)
    refused = program.line(f"sec_policy -set {policy}")
    assert refused.printout.splitlines()[:2] == ["NOT EXECUTED", "DIRECTORY NUMBERS WITH SECURITY EXCEPTION EXIST"]
    program.execute(f"extension -e -d {','.join(excepted)}", f"sec_policy -set {policy}")
    assert "Security exception is not allowed." in program.line(initiate).printout.splitlines()
    program.stop()
    asyncio.run(_leave(program.data, excepted))
    return serve("--empty", *arguments, data=data)


async def _leave(data: Path, numbers: list[str]) -> None:
    """Put extensions with a security exception into the database."""
    store = await Store.open(f"sqlite:///{data / 'registrar.db'}", open_vault(data / "rac.key"))
    await store.write([SetExtension(number, Extension(number, 1, 1, 0, True)) for number in numbers])
    await store.close()
