"""Logon: number known → row allowed → port agrees → not locked → no lie of an address → not too soon → PIN.

The same order in both protocols.

An unknown number is decided as if it existed with exception NO and a RAC that no PIN matches, with the same work.
"""

from math import ceil
from typing import Final

from registrar.core.limits import Limits
from registrar.core.lockout import Lockout
from registrar.core.state import State
from registrar.model.attempt import Action, Attempt, Verdict
from registrar.model.extension import Rac
from registrar.model.outcome import Outcome
from registrar.model.reason import Reason
from registrar.model.terminal import Terminal
from registrar.policy.decide import decide

_REASON: Final = {
    Verdict.RIGHT: Reason.UNKNOWN_NUMBER,  # of a decoy
    Verdict.WRONG: Reason.WRONG_PIN,
    Verdict.STALE: Reason.STALE_NONCE,
    Verdict.FOREIGN: Reason.STALE_NONCE,
    Verdict.NOT_OWNER: Reason.NOT_OWNER,
    Verdict.REPLAYED: Reason.REPLAYED,
    Verdict.WRONG_CLOCK: Reason.CLOCK_WRONG,
    Verdict.WRONG_SENDER: Reason.WRONG_SENDERS_ID,
    Verdict.WRONG_RECEIVER: Reason.WRONG_GENERAL_ID,
    Verdict.TAMPERED: Reason.INTEGRITY_FAILED,
}
_GUESSES: Final = frozenset({Verdict.WRONG, Verdict.NOT_OWNER})
"""What counts towards a lock; whoever met another verdict knows the PIN, or tried none."""


class Logon:
    """Decides who may log on. ``decoy`` stands in for the RAC of numbers that do not exist; nobody knows its PIN."""

    def __init__(self, state: State, limits: Limits, lockout: Lockout, decoy: Rac) -> None:
        self._state = state
        self.limits = limits
        self._lockout = lockout
        self._decoy = decoy

    def decide(self, attempt: Attempt, terminal: Terminal, now: float) -> Outcome:
        """Return an accepted outcome without bindings yet, or the refusal."""
        state = self._state
        number = attempt.number
        extension = state.extensions.get(number)
        rac = state.racs.get(number) if extension is not None else self._decoy
        listener = attempt.flow.listener
        decision = decide(
            state.policy,
            listener.protocol,
            terminal.terminal_class,
            extension.security_exception if extension is not None else False,
            rac is not None,
            listener.secure,
            self.limits.port_check,
        )
        if extension is None and self.limits.reveal_unknown:
            return Outcome(False, decision, terminal, Reason.UNKNOWN_NUMBER)
        if not decision.allowed and attempt.action is not Action.REMOVE:
            return Outcome(False, decision, terminal, decision.reason)
        if rac is None:
            return Outcome(True, decision, terminal)
        source = attempt.flow.address[0]
        locked_until = self._lockout.locked_until(number, source, now)
        if locked_until:
            wait = ceil(locked_until - now)  # whoever comes back then comes after the lock
            return Outcome(False, decision, terminal, Reason.LOCKED_OUT, retry_after=wait)
        if attempt.proof is None:
            return Outcome(False, decision, terminal, Reason.PIN_REQUIRED)
        proven = attempt.proof.shown
        if not proven and self._lockout.unproven_heard_from(number, now):
            return Outcome(False, decision, terminal, Reason.ADDRESS_UNPROVEN)
        verdict = attempt.proof.verify(rac, number, now)
        known = extension is not None
        heard_from = self._heard_from(attempt, now)
        if heard_from:  # right and wrong get the same answer, and what is wrong counts on
            refused = self._refuse_pin(attempt, Outcome(False, decision, terminal), verdict, known, now)
            wait = ceil(heard_from - now)
            return refused._replace(reason=Reason.SLOWED_DOWN, repeated=False, retry_after=wait)
        if verdict is Verdict.RIGHT and known:
            if proven:
                self._lockout.succeed(number, source, attempt.call_id)
            return Outcome(True, decision, terminal)
        return self._refuse_pin(attempt, Outcome(False, decision, terminal), verdict, known, now)

    def _heard_from(self, attempt: Attempt, now: float) -> float:
        """Return from when on the right PIN counts: POSIX seconds, 0 for at once.

        A number that is registered from where the attempt comes from does not wait for what else was guessed there.
        """
        number, flow = attempt.number, attempt.flow
        source = flow.address[0]
        until = self._lockout.number_heard_from(number, source, now)
        whole = self._lockout.source_heard_from(source, now)
        if whole > until:
            bindings = self._state.bindings_of(flow.listener.protocol, number)
            if not [each for each in bindings.values() if each.flow.address[0] == source and each.expires_at > now]:
                return whole
        return until

    def _refuse_pin(self, attempt: Attempt, outcome: Outcome, verdict: Verdict, known: bool, now: float) -> Outcome:
        reason, guess = _REASON[verdict], verdict in _GUESSES  # looked up for unknown numbers too: the same work
        if not known and verdict is not Verdict.FOREIGN:
            reason, guess = Reason.UNKNOWN_NUMBER, True
        if not guess:
            return outcome._replace(reason=reason)
        proven = attempt.proof is None or attempt.proof.shown
        failure = self._lockout.fail(attempt.number, attempt.flow.address[0], attempt.call_id, now, proven)
        return outcome._replace(reason=reason, repeated=failure.repeated, locked_until=failure.locked_until)
