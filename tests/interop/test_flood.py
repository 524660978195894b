"""Floods, each many times what can be served: phones at another address are answered, and memory is bounded.

``make flood`` says how many times. Here a machine that does much else may offer fewer; no time is looked at closely.
"""

from pathlib import Path

import pytest

from benchmarks.flood import MEGABYTE, flood, share
from benchmarks.floods import KINDS, Kind


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name.replace(" ", "-"))
def test_a_flood_leaves_phones_elsewhere_answered(tmp_path: Path, kind: Kind) -> None:
    met = flood(tmp_path, kind, 3.0, measured=0.5)
    assert met.times > 1, met
    assert share(met.waits) >= 0.8, met
    assert met.grown < 200 * MEGABYTE, met
    if kind.name == "SIP over UDP, forged addresses":
        assert share(met.stranger) > 0.5, met
