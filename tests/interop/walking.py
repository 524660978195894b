"""A walk through a policy's table: what each case must come to, and extensions that make it.

The extensions are set up by operator's commands. Some rows are reached by no sequence of commands: under the policies 1
and 3 no extension can have a security exception, since setting the policy is refused while one has, and giving one is
refused under the policy. Those extensions are put into the stopped program's database, as a restored backup or an older
program could have left them (T2.1, T2.2, T2.4 with an exception, T4.1, T4.2, T4.7).
"""

import asyncio
import re
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

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


_GOLDEN = {protocol: golden(protocol) for protocol in ("sip", "h323")}
_YES_NO = {True: "yes", False: "no"}


class Case(NamedTuple):
    """One terminal, one extension, one port."""

    protocol: str
    policy: int
    secure_terminal: bool
    exception: bool
    rac: bool
    transport: str

    @property
    def number(self) -> str:
        """A number of the case's own."""
        places = "".join(f"{place:d}" for place in self[1:5])
        return f"{('sip', 'h323').index(self.protocol) + 2}{places}{('UDP', 'TLS', 'TCP').index(self.transport)}"

    @property
    def terminal_class(self) -> str:
        return "SECURE" if self.secure_terminal else "INSECURE"

    @property
    def expected(self) -> Expected:
        port = "secure" if self.transport == "TLS" else "insecure"
        exception = _YES_NO[self.exception].upper()
        return _GOLDEN[self.protocol][str(self.policy), self.terminal_class, exception, _YES_NO[self.rac], port]

    def port(self, program: Running) -> int:
        """Where the case arrives."""
        name = "sip" if self.protocol == "sip" else "ras"
        return program.address(f"{name}_{self.transport.lower()}")[1]

    def listed(self, program: Running) -> str:
        """Return the case's line in ``ip_extension -p``, or in ``--state refused``."""
        state = "registered" if self.expected.accepted else "refused"
        printout = program.execute(f"ip_extension -p -d {self.number} --state {state}")
        lines = [line for line in printout.splitlines() if line.startswith(self.number)]
        assert len(lines) == 1, printout
        return lines[0]

    def registration(self, terminal: str, program: Running) -> dict[str, Any]:
        """Return what the API must say of the case, accepted."""
        expected = self.expected
        secure = self.transport == "TLS"
        return {
            "number": self.number,
            "protocol": self.protocol,
            "terminal": terminal,
            "terminal_class": self.terminal_class,
            "address": "127.0.0.1",
            "port": self.port(program),
            "secure": secure,
            "signalling": expected.signalling,
            "tls_version": "TLSv1.3" if secure else None,
            "policy": self.policy,
            "row": expected.row,
            "downgraded": expected.downgraded,
        }

    def check_line(self, line: str, program: Running) -> None:
        """Hold the case's line in a printout against what it must say."""
        expected = self.expected
        columns = line.split()
        assert str(self.port(program)) in columns
        assert line.find(f"{self.policy} {expected.row}") > 0
        if not expected.accepted:
            assert expected.reason in columns
            return
        shown = "DOWNGRADED" if expected.downgraded else "ENCRYPTED" if expected.signalling == "ENCRYPTED" else "CLEAR"
        assert shown in columns

    def __str__(self) -> str:
        words = (
            "secure" if self.secure_terminal else "insecure",
            "exception" if self.exception else "no-exception",
            "rac" if self.rac else "no-rac",
            self.transport.lower(),
        )
        return f"{self.policy}-{self.expected.row}-{'-'.join(words)}"


def cases(protocol: str, *transports: str) -> list[Case]:
    """Every case of the protocol."""
    yes_no = (True, False)
    return [Case(protocol, *case) for case in product(range(4), yes_no, yes_no, yes_no, transports)]


def for_each(of: Sequence[Case]) -> pytest.MarkDecorator:
    """Run a test for each case, in the walk of its policy."""
    parameters = [pytest.param(case.policy, case, id=str(case)) for case in of]
    return pytest.mark.parametrize(("walked", "case"), parameters, indirect=True, scope="module")


def set_up(policy: int, cases: Sequence[Case], serve: Serve, *arguments: str) -> Running:
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
