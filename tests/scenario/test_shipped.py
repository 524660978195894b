"""The shipped demonstration: all of it holds, all of the policy is in it, and no row may decide otherwise unseen."""

import time
from collections.abc import Iterator
from functools import cache

import pytest

from registrar.model.policy import Protocol, Signalling
from registrar.model.reason import Reason
from registrar.model.row import Decision
from registrar.phones.profiles import profile
from registrar.policy import decide as deciding
from registrar.policy.tables import TABLE_OF, TABLES
from registrar.scenario.load import Case, find, load
from registrar.scenario.results import Status
from tests.scenario.playing import SHIPPED, one_fails, play_all

SECONDS = 20.0
"""The demonstration's time on two processors."""

ROWS = sorted(
    {(row.id, protocol) for (_, protocol), number in TABLE_OF.items() for row in TABLES[number][1]},
    key=lambda each: (each[0], each[1].value),
)


@cache
def shipped() -> tuple[Case, ...]:
    return tuple(case for file in find([SHIPPED]) for case in load(file))


def met(case: Case) -> Iterator[tuple[str, Protocol]]:
    """The rows that a case expects to decide, each with the protocol of the phone it is about."""
    for step in case.scenario.steps:
        if step.expect is not None and step.expect.row is not None and step.phone:
            yield step.expect.row, profile(case.scenario.phones[step.phone].profile).protocol


async def test_all_of_it_holds_in_time() -> None:
    began, processor = time.perf_counter(), time.process_time()
    results = await play_all(shipped())
    seconds, used = time.perf_counter() - began, time.process_time() - processor
    assert {result.title: result.message for result in results if result.status is not Status.PASSED} == {}
    # a machine that others use as well may take longer; what it computes counts in any case
    assert min(seconds, used) < SECONDS


def test_every_row_of_every_table_is_in_it_for_each_protocol() -> None:
    assert {each for case in shipped() for each in met(case)} == set(ROWS)


@pytest.mark.parametrize(("row", "protocol"), ROWS, ids=[f"{row}-{protocol.value}" for row, protocol in ROWS])
async def test_a_row_that_decides_otherwise_is_noticed(
    row: str, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, decision in deciding._DECISIONS.items():
        if decision.row.id == row and decision.protocol is protocol:
            monkeypatch.setitem(deciding._DECISIONS, key, flipped(decision))
    assert await one_fails(case for case in shipped() if (row, protocol) in set(met(case)))


@pytest.mark.parametrize("row", ["T2.3", "T3.2", "T3.3", "T4.3"])
async def test_a_row_that_forgets_to_demand_the_secure_port_is_noticed(
    row: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, decision in deciding._DECISIONS.items():
        if decision.row.id == row and decision.reason is Reason.TLS_REQUIRED:
            monkeypatch.setitem(deciding._DECISIONS, key, flipped(decision))
    assert await one_fails(case for case in shipped() if row in {each for each, _ in met(case)})


def flipped(decision: Decision) -> Decision:
    """The decision the other way round."""
    if decision.allowed:
        return decision._replace(allowed=False, reason=Reason.TERMINAL_NOT_ALLOWED, signalling=None, downgraded=False)
    signalling = Signalling.ENCRYPTED if decision.secure_port else Signalling.NOT_ENCRYPTED
    return decision._replace(allowed=True, reason=None, signalling=signalling)
