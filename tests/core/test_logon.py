"""The order of the checks: number known, row allowed, port agrees, not locked, PIN."""

from typing import NamedTuple

import pytest

from registrar.core.limits import Limits
from registrar.core.lockout import Lockout
from registrar.core.logon import Logon
from registrar.core.state import State
from registrar.model.attempt import Action, Attempt, Verdict
from registrar.model.changes import SetExtension, SetPolicy, SetRac
from registrar.model.extension import Extension, Rac
from registrar.model.outcome import Outcome
from registrar.model.policy import Policy, Protocol
from registrar.model.reason import Reason
from registrar.policy.classify import Classifier
from tests.lab import MITEL, NOW, TLS_5061, UDP_5060, Pin, attempt, contact

DECOY = Rac("", "nobody knows this")


class Node:
    def __init__(self, policy: Policy = Policy.NONE, limits: Limits = Limits()) -> None:  # noqa: B008
        self.state = State(
            [
                SetPolicy(policy),
                SetExtension("12345", Extension("12345", 1, 1, security_exception=False)),
                SetRac("12345", Rac("12345", "4711")),
                SetExtension("200", Extension("200", 1, 1, security_exception=True)),
            ]
        )
        self.lockout = Lockout(limits)
        self.logon = Logon(self.state, limits, self.lockout, DECOY)

    def decide(self, asked: Attempt, now: float = NOW) -> Outcome:
        return self.logon.decide(asked, Classifier(()).classify(asked.terminal, Protocol.SIP), now)


class Watched:
    """A proof that tells against whose RAC it was checked."""

    shown = True

    def __init__(self) -> None:
        self.checked: list[Rac] = []

    def verify(self, rac: Rac, number: str, now: float) -> Verdict:
        self.checked.append(rac)
        return Verdict.WRONG


@pytest.mark.parametrize(
    ("policy", "asked", "reason", "row"),
    [
        (Policy.NONE, attempt("200"), None, "T1.5"),
        (Policy.NONE, attempt("12345"), Reason.PIN_REQUIRED, "T1.6"),
        (Policy.NONE, attempt("12345", pin="4711"), None, "T1.6"),
        (Policy.NONE, attempt("12345", pin="4712"), Reason.WRONG_PIN, "T1.6"),
        (Policy.NONE, attempt("12345", pin=Pin("4711", stale=True)), Reason.STALE_NONCE, "T1.6"),
        (Policy.NONE, attempt("12345", pin=Pin("4711", owner="200")), Reason.NOT_OWNER, "T1.6"),
        (Policy.ALL_SECURE, attempt("12345", pin="4711"), Reason.TERMINAL_NOT_ALLOWED, "T2.4"),
        (Policy.ALL_SECURE, attempt("12345", terminal=MITEL), Reason.TLS_REQUIRED, "T2.3"),
        (Policy.ALL_SECURE, attempt("12345", terminal=MITEL, on=TLS_5061), Reason.PIN_REQUIRED, "T2.3"),
        (Policy.ALL_SECURE, attempt("12345", terminal=MITEL, on=TLS_5061, pin="4711"), None, "T2.3"),
        (Policy.ALL_SECURE, attempt("200", terminal=MITEL, on=TLS_5061), Reason.EXCEPTION_NOT_ALLOWED, "T2.1"),
    ],
)
def test_the_first_check_that_fails_gives_the_reason(
    policy: Policy, asked: Attempt, reason: Reason | None, row: str
) -> None:
    outcome = Node(policy).decide(asked)
    assert (outcome.accepted, outcome.reason, outcome.decision.row.id) == (reason is None, reason, row)


def test_no_pin_is_asked_of_a_registration_that_could_not_succeed() -> None:
    proof = Watched()
    asked = attempt("12345")._replace(proof=proof)
    assert Node(Policy.ALL_SECURE).decide(asked).reason is Reason.TERMINAL_NOT_ALLOWED
    assert proof.checked == []


@pytest.mark.parametrize("policy", list(Policy))
@pytest.mark.parametrize("terminal", ["Linphone", MITEL])
@pytest.mark.parametrize("listener", [UDP_5060, TLS_5061])
@pytest.mark.parametrize("pin", [None, "0000"])
def test_an_unknown_number_is_decided_like_a_known_one_with_exception_no_and_a_rac(
    policy: Policy, terminal: str, listener: object, pin: str | None
) -> None:
    known, unknown = (
        Node(policy).decide(attempt(number, terminal=terminal, on=listener, pin=pin))  # type: ignore[arg-type]
        for number in ("12345", "99999")
    )
    if known.reason is Reason.WRONG_PIN:
        assert unknown.reason is Reason.UNKNOWN_NUMBER
        unknown = unknown._replace(reason=Reason.WRONG_PIN)
    assert known == unknown


def test_an_unknown_number_costs_the_same_check_against_a_decoy() -> None:
    proof = Watched()
    Node().decide(attempt("99999")._replace(proof=proof))
    assert proof.checked == [DECOY]


def test_not_even_the_decoy_s_own_pin_lets_an_unknown_number_in() -> None:
    outcome = Node().decide(attempt("99999", pin=DECOY.pin))
    assert (outcome.accepted, outcome.reason) == (False, Reason.UNKNOWN_NUMBER)


def test_an_unknown_number_is_named_at_once_where_the_setting_says_so() -> None:
    outcome = Node(limits=Limits(reveal_unknown=True)).decide(attempt("99999"))
    assert outcome.reason is Reason.UNKNOWN_NUMBER


def test_a_rac_configured_before_its_extension_admits_nobody() -> None:
    node = Node()
    node.state.apply(SetRac("300", Rac("300", "1234")))
    assert node.decide(attempt("300", pin="1234")).reason is Reason.UNKNOWN_NUMBER


def test_a_locked_number_is_refused_even_with_the_right_pin_until_the_lock_ends() -> None:
    node = Node(limits=Limits(lockout_failures=2, lockout_seconds=100))
    for call in "ab":
        last = node.decide(attempt("12345", pin="0000", call_id=call))
    assert last.locked_until == NOW + 100
    locked = node.decide(attempt("12345", pin="4711"), NOW + 40)
    assert (locked.reason, locked.retry_after) == (Reason.LOCKED_OUT, 60)
    locked = node.decide(attempt("12345", pin="4711"), NOW + 40.9)
    assert locked.retry_after == 60, "whoever comes back when told comes after the lock"
    assert node.decide(attempt("12345", pin="4711"), NOW + 101).accepted


def test_a_stale_nonce_with_the_right_pin_is_no_failure() -> None:
    node = Node(limits=Limits(lockout_failures=1))
    node.decide(attempt("12345", pin=Pin("4711", stale=True)))
    assert node.decide(attempt("12345", pin="4711")).accepted


class Told(NamedTuple):
    """A proof with a given verdict."""

    verdict: Verdict
    shown: bool = True

    def verify(self, rac: Rac, number: str, now: float) -> Verdict:
        return self.verdict


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (Verdict.REPLAYED, Reason.REPLAYED),
        (Verdict.WRONG_CLOCK, Reason.CLOCK_WRONG),
        (Verdict.WRONG_SENDER, Reason.WRONG_SENDERS_ID),
        (Verdict.WRONG_RECEIVER, Reason.WRONG_GENERAL_ID),
        (Verdict.TAMPERED, Reason.INTEGRITY_FAILED),
    ],
)
def test_whoever_knows_the_pin_is_told_what_else_is_wrong_and_locks_nothing(verdict: Verdict, reason: Reason) -> None:
    node = Node()
    asked = attempt("12345")._replace(proof=Told(verdict))
    for _ in range(Limits().lockout_failures + 1):
        assert node.decide(asked).reason is reason
    assert node.decide(attempt("12345", pin="4711")).accepted
    assert node.decide(asked._replace(number="99999")).reason is Reason.UNKNOWN_NUMBER


def test_a_removal_meets_the_pin_but_not_the_policy() -> None:
    node = Node(Policy.ALL_SECURE)
    asked = attempt("12345", contact(expires=0), action=Action.REMOVE)
    assert node.decide(asked).reason is Reason.PIN_REQUIRED
    assert node.decide(asked._replace(proof=Pin("4712"))).reason is Reason.WRONG_PIN
    assert node.decide(asked._replace(proof=Pin("4711"))).accepted
