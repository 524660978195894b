"""``python -m benchmarks``: every measurement, a line each as it is done."""

from benchmarks import sip

for line in sip.lines():
    print(line, flush=True)
