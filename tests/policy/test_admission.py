"""Which commands each policy admits."""

import pytest

from registrar.model.policy import Policy
from registrar.policy.admission import (
    ADMISSIONS,
    Admission,
    Request,
    admit_exception,
    admit_media_disable,
    admit_policy,
    admit_rac_erase,
)

NONE, ALL_SECURE, EXC_EXT, EXC_TYPE = Policy


def verdicts(*admissions: Admission) -> list[str]:
    return [admission.text or admission.refusal if not admission.allowed else "accepted" for admission in admissions]


def test_a_security_exception_is_accepted_without_a_policy_and_under_policy_2() -> None:
    for rac in (True, False):
        for initiating in (True, False):
            assert verdicts(*(admit_exception(policy, True, rac, initiating) for policy in Policy)) == [
                "accepted",
                "Security exception is not allowed.",
                "accepted",
                "Security exception is not allowed.",
            ]


def test_no_exception_with_a_rac_is_accepted_under_every_policy() -> None:
    assert all(admit_exception(policy, False, True, True) == Admission(True) for policy in Policy)


def test_no_exception_without_a_rac_is_told_in_the_words_of_the_policy() -> None:
    assert verdicts(*(admit_exception(policy, False, False, True) for policy in Policy)) == [
        "accepted",
        "The PIN code may not be blank.",
        "accepted",
        "RAC is mandatory if security-exception = no.",
    ]


def test_policy_2_warns_that_a_logon_without_rac_would_fail() -> None:
    assert "T3.6 and T3.7" in admit_exception(EXC_EXT, False, False, False).text
    assert "T3.6 and T3.7" in admit_rac_erase(EXC_EXT, False).text


def test_an_initiation_must_say_no_under_the_policies_1_and_3() -> None:
    stated = [admit_exception(policy, None, True, True).allowed for policy in Policy]
    assert stated == [True, False, True, False]


def test_a_change_of_something_else_says_nothing_of_the_exception() -> None:
    assert all(admit_exception(policy, None, False, False) == Admission(True) for policy in Policy)


def test_a_rac_that_is_mandatory_cannot_be_erased() -> None:
    assert [admit_rac_erase(policy, False).allowed for policy in Policy] == [True, False, True, False]
    assert all(admit_rac_erase(policy, True) == Admission(True) for policy in Policy)


def test_media_encryption_of_extensions_is_disabled_only_without_a_policy() -> None:
    assert [admit_media_disable(policy, True).allowed for policy in Policy] == [True, False, False, False]
    assert all(admit_media_disable(policy, False).allowed for policy in Policy)


@pytest.mark.parametrize("policy", [ALL_SECURE, EXC_TYPE])
def test_a_policy_that_takes_no_exceptions_is_not_set_while_there_are_some(policy: Policy) -> None:
    assert admit_policy(policy, True).refusal == "DIRECTORY NUMBERS WITH SECURITY EXCEPTION EXIST"
    assert admit_policy(policy, False).allowed


@pytest.mark.parametrize("policy", [NONE, EXC_EXT])
def test_a_policy_that_takes_exceptions_may_always_be_set(policy: Policy) -> None:
    assert admit_policy(policy, True).allowed


def test_every_request_is_judged_under_every_policy_and_every_refusal_is_in_capitals() -> None:
    assert set(ADMISSIONS) == set(Request)
    for columns in ADMISSIONS.values():
        assert set(columns) == set(Policy)
        for admission in columns.values():
            assert admission.refusal == admission.refusal.upper()
            assert bool(admission.refusal) is not admission.allowed
