"""The explainer in words, whole; golden texts that a person can read."""

from itertools import product

from registrar.model.policy import Policy, PortCheck, Protocol
from registrar.model.reason import Reason
from registrar.policy.decide import decide
from registrar.policy.explain import explain, near_misses, printable

BOTH = (True, False)

SECURE_PHONE = """\
result     refused, TLS_REQUIRED
port       5060, insecure (SIP)
terminal   Mitel 6930 SIP/5.1.0
           SECURE: Mitel 6900
           pattern ^(Mitel|Aastra)[ -]?69[0-9][0-9](w|t|lt?)?(?![0-9a-z])
extension  security exception NO, RAC configured
policy     2 ALL_SECURE + EXC_EXT
table      3 All Secure with Extension Exception
row        T3.3 (requirement 6.2.3): allowed, signalling encrypted
port rule  P3: a number without exception that logs on insecurely fails
PIN        not asked: it could not succeed
answer     SIP 403 TLS Required
           Warning: 399 "Secure port required: register on TLS 5061 (T3.3)"

One thing different, and the answer would be:
  on the secure port             T3.3  accepted, ENCRYPTED
  with an insecure terminal      T3.5  refused, TERMINAL_NOT_ALLOWED
  with security exception YES    T3.2  accepted, NOT_ENCRYPTED, downgraded
  without a RAC                  T3.6  refused, RAC_MANDATORY"""

H323_PHONE = """\
result     accepted, NOT_ENCRYPTED
port       1719, insecure (H.323 RAS)
terminal   H323Plus simple
           INSECURE: third party
           no pattern matches it
extension  security exception NO, RAC configured
policy     3 ALL_SECURE + EXC_TYPE
table      4 All Secure with Exception Type
row        T4.4 (requirement 6.2.4): allowed, signalling not encrypted
port rule  P5: no encryption promised, none given
PIN        asked for and checked
answer     RRJ securityDenial until the PIN is right, then RCF

One thing different, and the answer would be:
  on the secure port             T4.4  accepted, ENCRYPTED
  with a secure terminal         T4.3  refused, TLS_REQUIRED
  with security exception YES    T4.7  refused, EXCEPTION_NOT_ALLOWED
  without a RAC                  T4.6  refused, RAC_MANDATORY"""

INFERRED = """\
result     accepted, NOT_ENCRYPTED
port       5060, insecure (SIP)
terminal   (it says nothing)
           INSECURE: third party
           no pattern matches it
extension  security exception NO, RAC not configured
policy     0 NONE
table      1 No Security
row        T1.8 (requirement 6.2.1, inferred): allowed, signalling not encrypted
port rule  P5: no encryption promised, none given
PIN        not asked: no RAC is configured
answer     SIP 200 OK

One thing different, and the answer would be:
  on the secure port             T1.8  accepted, ENCRYPTED
  with a secure terminal         T1.7  accepted, NOT_ENCRYPTED
  with security exception YES    T1.5  accepted, NOT_ENCRYPTED
  with a RAC                     T1.6  accepted, NOT_ENCRYPTED"""


def said(policy: Policy, protocol: Protocol, terminal: str, exception: bool, rac: bool, port: int) -> str:
    return "\n".join(explain(policy, protocol, terminal, exception, rac, port, port in (5061, 3727)).lines())


def test_a_secure_telephone_on_the_insecure_port() -> None:
    assert said(Policy.EXC_EXT, Protocol.SIP, "Mitel 6930 SIP/5.1.0", False, True, 5060) == SECURE_PHONE


def test_an_insecure_h323_terminal_under_policy_3() -> None:
    assert said(Policy.EXC_TYPE, Protocol.H323, "H323Plus simple\0\0", False, True, 1719) == H323_PHONE


def test_an_inferred_row_is_marked_and_a_silent_terminal_shown_as_one() -> None:
    assert said(Policy.NONE, Protocol.SIP, "", False, False, 5060) == INFERRED


def test_a_pin_is_asked_for_only_by_what_could_succeed() -> None:
    accepted = explain(Policy.ALL_SECURE, Protocol.SIP, "DBC 425 02", False, True, 5061, True)
    refused = explain(Policy.ALL_SECURE, Protocol.SIP, "DBC 425 02", False, True, 5060, False)
    assert (accepted.pin_asked, accepted.answer, accepted.warning) == (True, "SIP 200 OK", "")
    assert (refused.pin_asked, refused.answer) == (False, "SIP 403 TLS Required")


def test_the_strict_port_check_is_explained_by_its_own_rule() -> None:
    explanation = explain(Policy.NONE, Protocol.SIP, "DBC 425 02", True, True, 5060, False, port_check=PortCheck.STRICT)
    assert explanation.decision.reason is Reason.TLS_REQUIRED
    assert "strict" in explanation.rule.words


def test_near_misses_differ_in_one_condition_and_meet_something_else() -> None:
    for policy, protocol, exception, rac, secure in product(Policy, Protocol, BOTH, BOTH, BOTH):
        for terminal in ("Mitel 6930", "DBC 425 02", "baresip"):
            explanation = explain(policy, protocol, terminal, exception, rac, 5060, secure)
            decision = explanation.decision
            for miss in near_misses(decision, PortCheck.STANDARD):
                changed = [a is not b for a, b in zip(miss.decision.conditions, decision.conditions, strict=True)]
                assert changed.count(True) == 1
                assert miss.decision == decide(*miss.decision.conditions)
                assert (miss.decision.row, miss.decision.reason, miss.decision.signalling) != (
                    decision.row,
                    decision.reason,
                    decision.signalling,
                )


def test_every_explanation_fits_80_columns() -> None:
    for policy, protocol, exception, rac, secure in product(Policy, Protocol, BOTH, BOTH, BOTH):
        for terminal in ("Mitel 6930", "x" * 300, "two words " * 30, "\x1b[2J"):
            lines = explain(policy, protocol, terminal, exception, rac, 5060, secure).lines()
            assert max(map(len, lines)) <= 80
            assert all(line.isprintable() for line in lines)


def test_what_a_terminal_says_cannot_disturb_a_screen() -> None:
    assert printable("a\x1b[2J\r\nb\u202e") == "a?[2J??b?"
