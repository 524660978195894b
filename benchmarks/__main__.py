"""``python -m benchmarks``: every measurement, a line each as it is done."""

from itertools import chain

from benchmarks import codec, sip

for line in chain(codec.lines(), sip.lines()):
    print(line, flush=True)
