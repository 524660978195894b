"""A million broken datagrams raise nothing but the codec's own error, and leave nothing behind."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.h323.fuzz import fuzz

EACH = 500_000
PROCESSES = 2


def test_broken_datagrams_raise_the_codecs_own_error_only() -> None:
    tally = fuzz(0, 5_000)
    assert tally.taken + tally.refused == 5_000
    assert tally.taken > 500
    assert tally.refused > 2_000


@pytest.mark.slow
def test_a_million_broken_datagrams_leave_nothing_behind() -> None:
    commands = [[sys.executable, "-m", "tests.h323.fuzz", str(seed), str(EACH)] for seed in range(1, PROCESSES + 1)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    tallies: list[dict[str, Any]] = [json.loads(process.communicate()[0]) for process in running]
    assert sum(tally["taken"] + tally["refused"] for tally in tallies) == EACH * PROCESSES == 1_000_000
    for tally in tallies:
        assert tally["taken"] > EACH // 10
        assert tally["grown"] < 4_000_000
