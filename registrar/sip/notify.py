"""Client transactions for NOTIFY: sent, repeated over UDP, given up (RFC 3261 section 17.1.2).

Nothing is sent here: what is to go out waits in ``outgoing`` until it is taken. Times are POSIX seconds.
"""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import Final

from registrar.model.flow import Flow, Transport
from registrar.sip.aor import own_host
from registrar.sip.compose import build_request
from registrar.sip.message import Response
from registrar.sip.settings import SipSettings
from registrar.sip.via import MAGIC_COOKIE

T1: Final = 0.5
"""Seconds before the first repetition; doubled each time."""
T2: Final = 4.0
"""The longest time between repetitions."""
TIMER_F: Final = 32.0
"""Seconds after which a request without a final answer is given up."""
LIMIT: Final = 20_000
"""Unanswered requests that are watched; about 2 kB each, so 40 MB. Those beyond it are sent once."""
LIMIT_OCTETS: Final = 64 * 1024 * 1024
"""Octets of them: a document may have 100 kB where somebody chose his contacts so."""

TIMEOUT: Final = 408
"""The status that stands for no answer (section 8.1.3.1)."""

Done = Callable[[int, float], None]
"""Called once with the final status and the time."""


class _Transaction:
    __slots__ = ("data", "deadline", "done", "due", "flow", "interval")

    def __init__(self, flow: Flow, data: bytes, deadline: float, done: Done | None) -> None:
        self.flow = flow
        self.data = data
        self.deadline = deadline
        self.done = done
        self.interval = T1
        self.due = deadline


class Notifications:
    """NOTIFY requests under way. ``token`` gives unguessable text that is a SIP token."""

    def __init__(
        self, settings: SipSettings, token: Callable[[], str], limit: int = LIMIT, octets: int = LIMIT_OCTETS
    ) -> None:
        self.token = token
        self.settings = settings
        self.outgoing: list[tuple[Flow, bytes]] = []
        """What is to be sent now, in order."""
        self._limit = limit
        self._limit_octets = octets
        self._transactions: dict[str, _Transaction] = {}
        """By branch."""
        self._connections: dict[int, set[str]] = {}
        """The branches on each connection."""
        self._octets = 0
        self._timers: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._transactions)

    def send(
        self,
        flow: Flow,
        uri: str,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        now: float,
        done: Done | None = None,
        *,
        once: bool = False,
        room: int | None = None,
    ) -> bool:
        """Put a NOTIFY into ``outgoing``, with ``once`` never to be repeated.

        ``room`` is for an address that has not shown that it is there: octets that may be sent to it. What is longer is
        not sent, what is not is never repeated, but its answer is waited for. Return whether the NOTIFY is watched, so
        that ``done`` will be called.
        """
        branch = MAGIC_COOKIE + self.token()
        transport = flow.listener.transport
        via = f"SIP/2.0/{transport.value} {own_host(flow, self.settings)};branch={branch};rport"
        data = build_request("NOTIFY", uri, [("Via", via), ("Max-Forwards", "70"), *headers], body)
        if room is not None and (len(data) > room or len(self._transactions) >= self._limit):
            return False
        self.outgoing.append((flow, data))
        if once or len(self._transactions) >= self._limit or self._octets + len(data) > self._limit_octets:
            return False
        self._octets += len(data)
        if flow.connection:
            self._connections.setdefault(flow.connection, set()).add(branch)
        transaction = self._transactions[branch] = _Transaction(flow, data, now + TIMER_F, done)
        repeated = transport is Transport.UDP and room is None
        self._watch(branch, transaction, now + T1 if repeated else transaction.deadline)
        return True

    def receive(self, response: Response, now: float) -> Flow | None:
        """Take an answer, and return where what it answers was sent; ``None`` for one to nothing that we asked."""
        branch = response.via.branch
        transaction = self._transactions.get(branch)
        if transaction is None or response.method != "NOTIFY":
            return None
        if response.status < 200:
            transaction.interval = T2
        else:
            self._end(branch, response.status, now)
        return transaction.flow

    def flow_closed(self, flow: Flow, now: float) -> None:
        """Give up what was under way on a connection that is gone."""
        for branch in tuple(self._connections.get(flow.connection, ())):
            if self._transactions[branch].flow == flow:
                self._end(branch, TIMEOUT, now)

    def next_timer(self) -> float | None:
        """Return when ``tick`` has something to do next, ``None`` when nothing is under way."""
        timers = self._timers
        while timers:
            due, branch = timers[0]
            transaction = self._transactions.get(branch)
            if transaction is not None and transaction.due == due:
                return due
            heappop(timers)
        return None

    def tick(self, now: float) -> list[tuple[Flow, bytes]]:
        """Repeat and give up what is due; return everything that is to be sent."""
        while (due := self.next_timer()) is not None and due <= now:
            branch = heappop(self._timers)[1]
            transaction = self._transactions[branch]
            if now >= transaction.deadline:
                self._end(branch, TIMEOUT, now)
                continue
            self.outgoing.append((transaction.flow, transaction.data))
            transaction.interval = min(2 * transaction.interval, T2)
            self._watch(branch, transaction, min(now + transaction.interval, transaction.deadline))
        return self.take()

    def take(self) -> list[tuple[Flow, bytes]]:
        """Return everything that is to be sent, and forget it."""
        outgoing, self.outgoing = self.outgoing, []
        return outgoing

    def _end(self, branch: str, status: int, now: float) -> None:
        transaction = self._transactions.pop(branch)
        self._octets -= len(transaction.data)
        connection = transaction.flow.connection
        if connection:
            branches = self._connections[connection]
            branches.discard(branch)
            if not branches:
                del self._connections[connection]
        if transaction.done is not None:
            transaction.done(status, now)

    def _watch(self, branch: str, transaction: _Transaction, due: float) -> None:
        transaction.due = due
        heappush(self._timers, (due, branch))
