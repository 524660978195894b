"""``python -m benchmarks [sip|commands]``: every measurement, a line each as it is done."""

import sys
from itertools import chain

from benchmarks import commands, sip

PARTS = {"sip": sip.lines, "commands": commands.lines}

for line in chain.from_iterable(PARTS[name]() for name in sys.argv[1:] or PARTS):
    print(line, flush=True)
