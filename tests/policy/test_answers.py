"""What each reason is answered with."""

from registrar.model.policy import Policy
from registrar.model.reason import Reason
from registrar.policy.answers import RAS, SIP, SIP_REPEATED, WARNING, warning
from registrar.policy.tables import TABLES


def test_every_reason_has_an_answer_in_both_protocols() -> None:
    assert set(SIP) == set(Reason)
    assert set(RAS) == set(Reason)


def test_every_refusal_of_the_tables_and_the_port_rule_has_a_warning() -> None:
    refusals = {row.refusal for _, rows in TABLES.values() for row in rows if row.refusal is not None}
    assert set(WARNING) == refusals | {Reason.TLS_REQUIRED}


def test_a_warning_names_the_row() -> None:
    assert warning(Reason.TLS_REQUIRED, "T2.3") == "Secure port required: register on TLS 5061 (T2.3)"
    assert warning(Reason.WRONG_PIN, "T2.3") == ""


def test_refusals_by_policy_are_403_with_a_phrase_of_their_own() -> None:
    assert {SIP[reason].status for reason in WARNING} == {403}
    assert len({SIP[reason].phrase for reason in WARNING}) == len(WARNING) == len(Policy)


def test_a_wrong_pin_and_an_unknown_number_are_answered_alike() -> None:
    assert SIP[Reason.WRONG_PIN] == SIP[Reason.UNKNOWN_NUMBER] == SIP[Reason.PIN_REQUIRED]
    assert RAS[Reason.WRONG_PIN] == RAS[Reason.UNKNOWN_NUMBER] == RAS[Reason.PIN_REQUIRED]


def test_no_answer_is_of_a_kind_that_makes_phones_retry_sooner_or_that_a_registrar_must_not_send() -> None:
    statuses = {answer.status for answer in SIP.values()} | {SIP_REPEATED.status}
    assert statuses.isdisjoint({426, 480, 488, 494})
    assert max(statuses) < 600
