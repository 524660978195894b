"""kill -9 while phones register and unregister over UDP and TLS: what was acknowledged is there, nothing in part."""

import random
from pathlib import Path

import pytest

from benchmarks.crash import SipPhones, crash

ROUNDS = 4
SEED = 7


@pytest.mark.slow
def test_what_was_acknowledged_is_there_after_each_kill(tmp_path: Path) -> None:
    changes = crash(tmp_path, ROUNDS, SEED)
    assert len(changes) == 6
    assert sum(counted.total() for counted in changes.values()) > ROUNDS


def test_what_is_missing_or_there_in_part_is_noticed() -> None:
    phones = SipPhones(1, random.Random(SEED), "UDP")
    both = frozenset({"sip:a", "sip:b"})
    phones.there["1"] = both
    phones.asked = {"2": both}
    for present in ({}, {"1": frozenset({"sip:a"})}, {"1": both, "2": frozenset({"sip:b"})}):
        with pytest.raises(AssertionError, match="wrong"):
            phones.check(present)
    phones.check({"1": both, "2": both})
    assert phones.there["2"] == both
