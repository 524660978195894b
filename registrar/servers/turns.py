"""Datagrams that wait, a queue for each source address; sources take turns, so that one that floods delays itself.

A source address may be a lie, and there are more addresses than places. So there are three kinds that wait apart from
each other and are served in turn, however many addresses a flood is written from:

- Whoever is known to be there (``registrar.servers.proven``), or was heard before and brings back what only he was
  sent, has half of what is served.
- Other strangers that were heard before have a quarter. A request that got no answer is said again (RFC 3261 section
  17.1.2.2: after 0.5 s), while a flood that has thousands of addresses a second hardly says one twice; a liar who does
  needs twice the datagrams.
- Other strangers have the last quarter. Where there are too many of them, no more are let in; in a protocol that has
  words for it they are asked to come again soon, which a liar does not hear.
"""

from array import array
from collections.abc import Callable, Container
from typing import Final

from registrar.model.flow import Address
from registrar.servers.rota import Bounds, Rota

BOUNDS: Final = Bounds(
    things_of_source=10_000,  # a lab's whole fleet may come from one, and come at once
    octets_of_source=8 * 1024 * 1024,
    octets=20 * 1024 * 1024,
    sources=4096,
)
"""What may wait of those that are known. Of the others a quarter of the sources, as they are served a quarter: so none
waits long, and whoever is not let in comes again."""
STRANGERS: Final = BOUNDS.sources // 4
FEW: Final = 64
"""Strangers that may wait, and where others are told to come again: in a flood who waits waits longer than they do."""
LONG: Final = 500
"""Datagrams of one that is known, beyond which others may write his address: what shows that it is his waits apart, and
what comes from a port that was heard meanwhile apart from what comes from new ones."""
PLACES: Final = 1 << 20
"""Addresses that are remembered as heard, 4 octets each. At 200,000 a second one is still there after a T1 of 0.5 s in
nine of ten cases, after 4 s in one of two."""

Datagram = tuple[bytes, Address]


def shows_nothing(_data: bytes, _source: str) -> bool:
    """No datagram alone shows where it comes from."""
    return False


class Heard:
    """Addresses with their ports that were heard lately, in fixed memory: later ones take the places of earlier ones.

    Which place is whose is chance, new with every process, so nobody can choose whom he pushes out.
    """

    def __init__(self, places: int = PLACES) -> None:
        self._marks = array("I", bytes(4 * places))

    def again(self, address: Address) -> bool:
        """Note an address; return whether it had been heard before."""
        chance = hash(address)
        marks, mark = self._marks, chance & 0xFFFFFFFF
        place = (chance >> 32) % len(marks)
        if marks[place] == mark:
            return True
        marks[place] = mark
        return False


class _InTurn:
    """Two that are served in turn, where something waits in both."""

    def __init__(self, first: "Rota[Datagram] | _InTurn", second: "Rota[Datagram] | _InTurn") -> None:
        self._next, self._other = first, second

    def __bool__(self) -> bool:
        return bool(self._next or self._other)

    def take(self) -> Datagram:
        now, later = self._next, self._other
        self._next, self._other = later, now
        return now.take() if now else later.take()


class Turns:
    """Waiting datagrams in bounded memory; what does not fit is dropped, as UDP may."""

    def __init__(
        self,
        known: Container[str] = (),
        shown: Callable[[bytes, str], bool] = shows_nothing,
        dropped: Callable[[], None] = lambda: None,
        bounds: Bounds = BOUNDS,
        strangers: int = STRANGERS,
    ) -> None:
        """``known`` are the addresses that are no lies; ``dropped`` is called for each datagram that is dropped.

        ``shown`` tells of a datagram whether it alone shows that its source address is none; ``strangers`` is how many
        may wait at most.
        """
        self._known = known
        self._shown = shown
        self._tell = dropped
        self._bounds = bounds
        self._strangers = min(strangers, bounds.sources // 4)
        self.clear()

    def clear(self) -> None:
        """Drop everything."""
        fewer = self._bounds._replace(sources=self._bounds.sources // 4)
        self.of_known: Rota[Datagram] = Rota(self._bounds)
        self.of_heard: Rota[Datagram] = Rota(fewer)
        self.of_strangers: Rota[Datagram] = Rota(fewer._replace(sources=self._strangers))
        self._in_turn = _InTurn(self.of_known, _InTurn(self.of_heard, self.of_strangers))
        self._heard: Heard | None = None
        """Made when there is need of it."""

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._in_turn)

    @property
    def only_strangers(self) -> bool:
        """Whether nobody waits who is known or was heard before."""
        return not (self.of_known or self.of_heard)

    def put(self, data: bytes, address: Address) -> bool:
        """Let a datagram wait for its turn; return whether it is a stranger's first word that found no room.

        If it is said again soon, it will find some.
        """
        source, first = address[0], False
        if source in self._known:
            kind = self.of_known
            if kind.waiting(source) >= LONG:
                if self._shown(data, source):
                    source = f"{source}, shown"
                elif self._again(address):
                    source = f"{source}, again"
        elif self._again(address):
            if self._shown(data, source):
                kind = self.of_known
            else:  # behind what it has sent before, where that still waits
                kind = self.of_strangers if source in self.of_strangers else self.of_heard
        else:
            first = source not in self.of_heard
            kind = self.of_strangers if first else self.of_heard
        dropped = kind.put(source, (data, address), len(data))
        for _ in range(dropped):
            self._tell()
        return first and dropped > 0

    def _again(self, address: Address) -> bool:
        if self._heard is None:
            self._heard = Heard()
        return self._heard.again(address)

    def take(self) -> Datagram:
        """Return the oldest datagram of the source whose turn it is. Raises ``IndexError`` when nothing waits."""
        return self._in_turn.take()
