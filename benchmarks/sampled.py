"""Where a process spends its CPU, by shared object, as ``perf`` samples it."""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERTZ = 499
KINDS = {
    "libcrypto": "OpenSSL",
    "libssl": "OpenSSL",
    "[kernel": "kernel",
    "libc.so": "C library",
    "mypyc": "compiled",
    "registrar/": "compiled",
}
"""By what is in the object's name; whatever else is Python and its libraries."""


@contextmanager
def sampled(pid: int) -> Iterator[dict[str, float]]:
    """Yield shares by kind (values of ``KINDS``, ``Python``), filled in at the end; empty without perf."""
    shares: dict[str, float] = {}
    perf = shutil.which("perf")
    if perf is None:
        yield shares
        return
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "perf.data")
        record = [perf, "record", "-q", "-e", "cpu-clock", "-F", str(HERTZ), "-p", str(pid), "-o", str(data)]
        process = subprocess.Popen(record, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        try:
            yield shares
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
        report = [perf, "report", "-i", str(data), "--stdio", "-q", "-t", ";", "--sort", "dso"]
        printed = subprocess.run(report, capture_output=True, text=True, check=False, timeout=60).stdout
    for line in printed.splitlines():
        share, found, name = line.replace(" ", "").partition("%;")
        if found:
            kind = next((kind for part, kind in KINDS.items() if part in name), "Python")
            shares[kind] = shares.get(kind, 0.0) + float(share) / 100


def printed(shares: dict[str, float]) -> str:
    """Return the shares in words."""
    if not shares:
        return "no perf here to tell the share of OpenSSL"
    return ", ".join(f"{kind} {share:.0%}" for kind, share in sorted(shares.items(), key=lambda each: -each[1]))
