"""What recording costs a registration: the trace as it is, beside one that keeps nothing."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.load import over_udp
from benchmarks.registrar import registrar
from benchmarks.sip import cost, numbers

ROUNDS = 25
COUNT = 2_000


def lines() -> Iterator[str]:
    """Measure both in turns; yield one line."""
    wanted = numbers(COUNT)
    with TemporaryDirectory() as name, ExitStack() as stack:
        found = []
        for kept in ("5000", "0"):
            folder = Path(name, kept)
            folder.mkdir()
            options = (f"--trace-records={kept}",)
            running = registrar(folder, f"{wanted[0]}..{wanted[-1]}", durable=False, options=options)
            found.append(stack.enter_context(running))
        rounds = [
            [cost(running, lambda running: over_udp(running.udp, wanted), COUNT) for running in found]
            for _ in range(ROUNDS + 1)
        ][1:]
        recording = median(kept for kept, _ in rounds)
        share = median(kept - nothing for kept, nothing in rounds) / recording
        yield f"{'trace: records kept, or none':<34} {recording:8.1f} µs  keeping {share:6.1%} of it  (aim 3 % at most)"
