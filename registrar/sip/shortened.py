"""An answer without what may be left out: for whoever sent little and has not shown where he is."""

import re
from typing import Final

# What RFC 3261 section 20 (table 2) makes neither mandatory nor conditional in these responses.
_OPTIONAL: Final = re.compile(
    rb"^(?:Server|Date|Supported|Accept|Accept-Language|Allow-Events|Warning|Error-Info|Flow-Timer): [^\r]*\r\n",
    re.MULTILINE,
)


def shortened(answer: bytes) -> bytes:
    """Return the response without its optional header fields; its body stays."""
    head, blank, body = answer.partition(b"\r\n\r\n")
    return _OPTIONAL.sub(b"", head + b"\r\n").removesuffix(b"\r\n") + blank + body
