"""Addresses that have shown that they are where they say, and what may be sent to those that have not.

Over UDP anybody may write any source address. Who answered a challenge rightly, answered a NOTIFY, opened a connection,
or registered in H.323 with an identifier that was sent to its address can be reached where it says it is. To anybody
else no more is sent than thrice what came from there: an answer that would be longer is shortened, and not sent where
that is not enough; what an answer leaves of it may be sent there later, unasked.
"""

from collections.abc import Iterable
from typing import Final

from registrar.model.binding import Binding
from registrar.model.flow import Flow, Transport

FACTOR: Final = 3
"""Octets sent to an address that has proven nothing for each that came from there (RFC 9000 section 8)."""
LARGEST: Final = 65_507
"""Octets of a datagram over IPv4."""
LIMIT: Final = 50_000
"""Addresses remembered, the one that showed itself first goes first; about 100 octets each, so 5 MB."""


class Proven:
    """Source addresses that are no lies, in bounded memory."""

    def __init__(self, bindings: Iterable[Binding] = (), limit: int = LIMIT) -> None:
        """``bindings`` are those of before a restart: what they were bound with proved their addresses then."""
        self._limit = limit
        self._sources: dict[str, None] = {}
        self._left: dict[str, int] = {}
        """Octets that may be sent, unasked, to addresses that have proven nothing."""
        for binding in bindings:
            listener, endpoint = binding.flow.listener, binding.contact.endpoint
            proved = endpoint.shown if endpoint is not None else binding.decision.rac
            if proved or listener.transport is not Transport.UDP:
                self.add(binding.flow.address[0])

    def __contains__(self, source: object) -> bool:
        return source in self._sources

    def __len__(self) -> int:
        return len(self._sources)

    def add(self, source: str) -> None:
        """Take an address for proven."""
        sources = self._sources
        if source not in sources:
            if len(sources) >= self._limit:
                del sources[next(iter(sources))]
            sources[source] = None
            self._left.pop(source, None)

    def reaches(self, flow: Flow) -> bool:
        """Return whether what is sent over the flow goes to whoever spoke over it."""
        return flow.listener.transport is not Transport.UDP or flow.address[0] in self._sources

    def allowed(self, source: str, octets: int) -> int:
        """Return how long an answer to a datagram of so many octets from the source may be."""
        return LARGEST if source in self._sources else min(FACTOR * octets, LARGEST)

    def earn(self, flow: Flow, received: int, answered: int) -> None:
        """Note what a message of so many octets leaves to be sent, unasked, after its answer."""
        source, left = flow.address[0], self._left
        earned = FACTOR * received - answered
        if earned > 0 and not self.reaches(flow):
            if source not in left and len(left) >= self._limit:
                del left[next(iter(left))]
            left[source] = left.get(source, 0) + earned

    def spend(self, flow: Flow, octets: int, spare: int = 0) -> bool:
        """Return whether so many octets may be sent, unasked; to an address that has proven nothing they count.

        After them as many as ``spare`` must be left to be sent there.
        """
        if self.reaches(flow):
            return True
        left = self._left.get(flow.address[0], 0)
        if octets + spare > left:
            return False
        self._left[flow.address[0]] = left - octets
        return True
