"""How long an operator waits: ``exec`` from process start to end, and commands over ten thousand numbers."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.registrar import registrar
from registrar.remote import Remote

ROUNDS = 30
EXEC_AIM = 0.150
"""Seconds."""
MANY_AIM = 2.0
"""Seconds, for a command over 10,000 numbers."""
NUMBERS = "10000..19999"


def lines() -> Iterator[str]:
    """Measure, a line each."""
    with TemporaryDirectory() as folder, registrar(Path(folder), "99", durable=True):
        data = Path(folder) / "data"
        yield _line("exec, process start to end", _exec(data), EXEC_AIM)
        remote = Remote.find(None, data, {})
        for line in (
            f"extension -i -d {NUMBERS} --csp 1 --lim 1",
            f"auth_code -i -d {NUMBERS} --auth-code 4711",
            f"extension -c -d {NUMBERS} --security-exception no",
            "extension -p",
            "sec_policy -preview 1",
            "data_backup -file bench.backup",
            f"extension -e -d {NUMBERS}",
            "data_restore -file bench.backup",
        ):
            began = time.perf_counter()
            if remote.execute(line).exit_status:
                raise RuntimeError(line)
            yield _line(line.replace(f" -d {NUMBERS}", " -d 10,000 numbers"), [time.perf_counter() - began], MANY_AIM)


def _exec(data: Path) -> list[float]:
    command = [str(Path(sys.executable).with_name("registrar")), "exec", "--data", str(data), "sec_policy -print"]
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    return times


def _line(what: str, times: list[float], aim: float) -> str:
    shown = f"{median(times) * 1000:8.1f} ms"
    worst = f"  worst {max(times) * 1000:.0f} ms" if len(times) > 1 else ""
    return f"{what:<62} {shown}{worst}  (aim {aim * 1000:.0f} ms)"
