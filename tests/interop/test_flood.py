"""A flood from one address, many times what can be served: phones at another are answered, and memory is bounded."""

from pathlib import Path

import pytest

from benchmarks.flood import MEGABYTE, flood


@pytest.mark.slow
def test_a_flood_from_one_address_leaves_phones_at_another_answered(tmp_path: Path) -> None:
    met = flood(tmp_path, 3.0)
    assert met.sent > 10_000
    in_time = [seconds for seconds in met.answers if seconds < 1.0]
    assert len(in_time) >= 0.9 * len(met.answers), sorted(met.answers)[-10:]
    assert met.grown < 100 * MEGABYTE
