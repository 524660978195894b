"""``python -m benchmarks [PART]...``: every measurement, or those of the parts named; a line each when done."""

import sys
from itertools import chain

from benchmarks import codec, commands, console, fleet, held, idle, million, pages, ras, sip, start, storm, trace

PARTS = {
    "codec": codec.lines,
    "sip": sip.lines,
    "ras": ras.lines,
    "commands": commands.lines,
    "console": console.lines,
    "trace": trace.lines,
    "start": start.lines,
    "fleet": fleet.lines,
    "idle": idle.lines,
    "storm": storm.lines,
    "million": million.lines,
    "pages": pages.lines,
    "held": held.lines,
}

for line in chain.from_iterable(PARTS[name]() for name in sys.argv[1:] or PARTS):
    print(line, flush=True)
