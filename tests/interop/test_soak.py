"""Two minutes of mixed load; ``make soak`` goes on for an hour."""

from pathlib import Path

import pytest

from benchmarks.soak import MEGABYTE, Sample, growth, soak

SECONDS = 120.0
MEMORY = 12 * MEGABYTE
"""The most that noise makes of memory: pages that the allocator gives back later."""
FILES = 8
"""Connections of one round that may still be closing."""
SLOWER = 1.6
"""How much slower an answer may become, and the CPU of a round: another program takes the caches away."""


def grown(samples: list[Sample]) -> list[str]:
    """What grew beyond noise."""
    memory = growth(samples, lambda sample: sample.resident)
    files = growth(samples, lambda sample: sample.files)
    answer = growth(samples, lambda sample: sample.answer)
    cpu = growth(samples, lambda sample: sample.cpu)
    found = {
        "memory": memory[1] > memory[0] + MEMORY,
        "files": files[1] > files[0] + FILES,
        "latency": answer[1] > SLOWER * answer[0] and cpu[1] > SLOWER * cpu[0],
    }
    return [name for name, is_so in found.items() if is_so]


@pytest.mark.slow
def test_memory_open_files_and_latency_stay_what_they_are(tmp_path: Path) -> None:
    samples = soak(tmp_path, SECONDS)
    assert len(samples) >= SECONDS / 4, "rounds of a second each, on a machine that does much else"
    assert grown(samples) == [], samples


def test_what_grows_is_noticed() -> None:
    steady = [Sample(float(at), 80 * MEGABYTE, 20, 0.002, 0.04) for at in range(120)]
    assert grown(steady) == []
    assert grown([each._replace(resident=each.resident + int(each.at) * MEGABYTE) for each in steady]) == ["memory"]
    assert grown([each._replace(files=each.files + int(each.at)) for each in steady]) == ["files"]
    later = [each._replace(answer=0.002 + 0.002 * (each.at > 100)) for each in steady]
    assert grown(later) == [], "another program takes its share"
    assert grown([each._replace(cpu=0.04 + 0.04 * (each.at > 100)) for each in later]) == ["latency"]
