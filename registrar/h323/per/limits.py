"""What one message may cost. Every limit is far above what endpoints send.

Decoding takes time in proportion to the octets: a tenth of a microsecond for each in an endpoint's message, one at
most in what somebody has made up to cost as much as possible.
"""

from __future__ import annotations

MAX_OCTETS = 65_535
"""Octets of a message: what a UDP datagram or a TPKT can hold."""

MAX_NESTING = 64
"""Values within values of types that nest: GenericData, its parameters and their content (H.225.0 section 7.6).

GenericData within GenericData are three levels."""

MAX_ELEMENTS = 4_096
"""Elements of one SEQUENCE OF. Their sum is limited by the message's size: each takes a bit at least."""

MAX_INTEGER_OCTETS = 16
"""Octets of an INTEGER without a range: H.235.0 means 32 bits."""

MAX_OID_OCTETS = 64
"""Octets of an OBJECT IDENTIFIER; the longest that H.323 registers has 9."""

MAX_PLANS = 64
"""Remembered combinations of present components, for each SEQUENCE; when reached, they are forgotten."""

MAX_ADDITIONS = 256
"""Extension additions of a SEQUENCE that a sender's version may have; version 7 has 28 at most."""
