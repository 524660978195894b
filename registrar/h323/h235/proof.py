"""H.235 tokens as the ``Proof`` that the one core checks."""

from registrar.h323.h235.replays import Replays
from registrar.h323.h235.tokens import Kind, Token
from registrar.h323.identifiers import is_ours
from registrar.model.attempt import Verdict
from registrar.model.extension import Rac
from registrar.model.flow import Address


class TokenProof:
    """The tokens of one request. All of them must be right: one that cannot be checked is wrong."""

    __slots__ = ("_gatekeeper", "_names", "_replays", "_sequence", "_source", "shown", "tokens", "verdict")

    def __init__(
        self,
        tokens: list[Token],
        names: frozenset[str],
        gatekeeper: str,
        replays: Replays,
        source: Address,
        sequence: int,
        shown: bool,
    ) -> None:
        """``names`` are what the sender may call itself: its aliases and its endpointIdentifier."""
        self.tokens = tokens
        self.shown = shown
        """See ``Proof``."""
        self.verdict: Verdict | None = None
        """What came of it, once it was checked."""
        self._names = names
        self._gatekeeper = gatekeeper
        self._replays = replays
        self._source = source
        self._sequence = sequence

    def __repr__(self) -> str:
        return f"TokenProof({', '.join(token.kind.value for token in self.tokens)})"

    @property
    def signed(self) -> bool:
        """Whether the whole message is signed (H.235.1): then answers must be, too."""
        return any(token.kind is Kind.SIGNED_MESSAGE for token in self.tokens)

    @property
    def stamp(self) -> int:
        """The newest time stamp of its tokens, 0 when none has one."""
        return max([token.pair[0] for token in self.tokens if token.pair is not None], default=0)

    @property
    def right(self) -> bool:
        """Whether the sender showed that it knows the PIN, whatever else was wrong."""
        return self.verdict is not None and self.verdict is not Verdict.WRONG

    def verify(self, rac: Rac, number: str, now: float) -> Verdict:
        """Check the tokens against the number's RAC at POSIX time ``now``; see ``Proof``."""
        right = [token.matches(rac.pin) for token in self.tokens]
        if not any(right) or rac.number != number:
            self.verdict = Verdict.WRONG
        elif not all(right):
            self.verdict = Verdict.TAMPERED
        else:
            self.verdict = self._names_verdict() or self._time_verdict(number, now)
        return self.verdict

    def _names_verdict(self) -> Verdict | None:
        for token in self.tokens:
            if token.receiver and not is_ours(token.receiver, self._gatekeeper):
                return Verdict.WRONG_RECEIVER
            if token.pair is not None and token.sender not in self._names:
                return Verdict.WRONG_SENDER
        return None

    def _time_verdict(self, number: str, now: float) -> Verdict:
        pairs = [token.pair for token in self.tokens if token.pair is not None]
        if not all(self._replays.in_time(stamp, now) for stamp, _ in pairs):
            return Verdict.WRONG_CLOCK
        new = [self._replays.use(number, pair, self._source, self._sequence, now) for pair in dict.fromkeys(pairs)]
        return Verdict.RIGHT if all(new) else Verdict.REPLAYED


class Vouched:
    """A proof by other means than the PIN.

    What one attempt of a request proved holds for the other numbers of the endpoint; an endpoint that keeps to the
    address it registered from is known by its identifier, which only the confirmation told it.
    """

    verdict = Verdict.RIGHT
    shown = True
    signed = False
    right = True

    def verify(self, rac: Rac, number: str, now: float) -> Verdict:  # noqa: ARG002 - the interface's
        """It is vouched for."""
        return Verdict.RIGHT
