"""A while of mixed load; ``make soak`` goes on for an hour."""

from pathlib import Path

import pytest

from benchmarks.soak import MEGABYTE, growth, soak


@pytest.mark.slow
def test_memory_and_open_files_stay_what_they_are(tmp_path: Path) -> None:
    samples = soak(tmp_path, 20.0)
    assert len(samples) >= 6
    files = growth(samples, lambda sample: sample.files)
    assert files[1] <= files[0] + 12, "connections of one round may still be closing"
    memory = growth(samples, lambda sample: sample.resident)
    assert memory[1] - memory[0] < 16 * MEGABYTE
