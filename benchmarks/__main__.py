"""``python -m benchmarks [codec|sip|ras|commands|console|trace|start|fleet]``: every measurement, a line each."""

import sys
from itertools import chain

from benchmarks import codec, commands, console, fleet, ras, sip, start, trace

PARTS = {
    "codec": codec.lines,
    "sip": sip.lines,
    "ras": ras.lines,
    "commands": commands.lines,
    "console": console.lines,
    "trace": trace.lines,
    "start": start.lines,
    "fleet": fleet.lines,
}

for line in chain.from_iterable(PARTS[name]() for name in sys.argv[1:] or PARTS):
    print(line, flush=True)
