"""The decision over every combination of policy, protocol, class, exception, RAC, port and port check."""

from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

from registrar.model.policy import Policy, PortCheck, Protocol, Signalling, TerminalClass
from registrar.model.reason import Reason
from registrar.model.row import Decision
from registrar.policy.decide import decide, excluding
from registrar.policy.ports import PORT_RULES, port_rule
from registrar.policy.tables import TABLES, matches, table
from tests.policy.golden import decisions

BOTH = (True, False)
GOLDEN = Path(__file__).with_name("decisions.golden.txt")


class Case(NamedTuple):
    policy: Policy
    protocol: Protocol
    terminal: TerminalClass
    exception: bool
    rac: bool
    secure: bool
    check: PortCheck

    def decide(self) -> Decision:
        return decide(*self)


CASES = [Case(*case) for case in product(Policy, Protocol, TerminalClass, BOTH, BOTH, BOTH, PortCheck)]


def test_all_combinations_are_256() -> None:
    assert len(set(CASES)) == 4 * 2 * 2 * 2 * 2 * 2 * 2


def test_every_decision_is_as_the_golden_file_says() -> None:
    assert decisions() == GOLDEN.read_text("utf-8")


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("protocol", Protocol)
def test_every_combination_meets_exactly_one_row(policy: Policy, protocol: Protocol) -> None:
    for terminal, exception, rac in product(TerminalClass, BOTH, BOTH):
        met = [row.id for row in table(policy, protocol) if matches(row, terminal, exception, rac)]
        assert len(met) == 1, (terminal, exception, rac, met)


def test_every_row_is_met_by_some_combination() -> None:
    met = {case.decide().row.id for case in CASES}
    assert met == {row.id for _, rows in TABLES.values() for row in rows}


def test_row_names_count_from_the_top_of_their_table() -> None:
    for number, (_, rows) in TABLES.items():
        assert [row.id for row in rows] == [f"T{number}.{place}" for place in range(1, len(rows) + 1)]
        assert {row.section for row in rows} == {f"6.2.{number}"}


def test_the_cells_that_the_requirement_leaves_open_are_marked() -> None:
    inferred = [row.id for _, rows in TABLES.values() for row in rows if row.inferred]
    assert inferred == ["T1.7", "T1.8", "T2.5", "T3.6", "T3.7", "T4.5", "T4.6", "T4.7"]


def test_a_row_that_allows_promises_signalling_and_one_that_refuses_gives_a_reason() -> None:
    for _, rows in TABLES.values():
        for row in rows:
            assert (row.signalling is not None) is row.allowed
            assert (row.refusal is None) is row.allowed


def test_every_row_meets_exactly_one_port_rule() -> None:
    for case in CASES:
        row = case.decide().row
        bound = case.policy is not Policy.NONE and not case.exception
        met = [
            rule.id
            for rule in PORT_RULES
            if rule.promise is row.signalling
            and rule.bound in (None, bound)
            and rule.secure_port in (None, case.secure)
        ]
        assert met == [port_rule(row, case.policy, case.exception, case.secure, case.check).id]


def test_a_decision_is_what_was_asked_about() -> None:
    for case in CASES:
        assert case.decide().conditions == case[:6]


def test_a_refusal_has_a_reason_and_no_signalling_and_an_acceptance_the_reverse() -> None:
    for case in CASES:
        decision = case.decide()
        assert (decision.reason is None) is decision.allowed
        assert (decision.signalling is not None) is decision.allowed


def test_a_row_that_refuses_is_refused_on_every_port_for_its_own_reason() -> None:
    for case in CASES:
        decision = case.decide()
        if not decision.row.allowed:
            assert decision.reason is decision.row.refusal


def test_signalling_is_encrypted_on_the_secure_port_and_only_there() -> None:
    for case in CASES:
        decision = case.decide()
        if decision.allowed:
            assert decision.signalling is (Signalling.ENCRYPTED if case.secure else Signalling.NOT_ENCRYPTED)


def test_a_number_without_exception_never_logs_on_insecurely_where_its_row_promises_encryption_under_a_policy() -> None:
    for case in CASES:
        decision = case.decide()
        if case.policy and not case.exception and not case.secure and decision.row.signalling is Signalling.ENCRYPTED:
            assert decision.reason is Reason.TLS_REQUIRED


def test_downgraded_is_exactly_a_broken_promise_that_is_let_pass() -> None:
    for case in CASES:
        decision = case.decide()
        broken = decision.row.signalling is Signalling.ENCRYPTED and decision.signalling is Signalling.NOT_ENCRYPTED
        assert decision.downgraded is broken


def test_the_strict_port_check_refuses_what_the_standard_one_flags_and_changes_nothing_else() -> None:
    for case in CASES:
        standard = case._replace(check=PortCheck.STANDARD).decide()
        strict = case._replace(check=PortCheck.STRICT).decide()
        if standard.downgraded:
            assert strict.reason is Reason.TLS_REQUIRED
        else:
            assert strict == standard


def test_for_sip_policy_3_behaves_as_policy_1() -> None:
    for case in CASES:
        if case.protocol is Protocol.SIP and case.policy is Policy.EXC_TYPE:
            as_one = case._replace(policy=Policy.ALL_SECURE).decide()
            assert case.decide() == as_one._replace(policy=Policy.EXC_TYPE)


def test_without_a_policy_everything_may_register() -> None:
    assert all(
        case.decide().allowed for case in CASES if case.policy is Policy.NONE and case.check is PortCheck.STANDARD
    )


def test_the_standard_port_check_is_the_default() -> None:
    case = Case(Policy.NONE, Protocol.SIP, TerminalClass.SECURE, True, True, secure=False, check=PortCheck.STANDARD)
    assert decide(*case[:6]) is case.decide()


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("terminal", TerminalClass)
def test_a_row_excludes_a_terminal_when_nothing_about_the_extension_could_let_it_in(
    policy: Policy, protocol: Protocol, terminal: TerminalClass
) -> None:
    row = excluding(policy, protocol, terminal)
    allowed = [decide(policy, protocol, terminal, *case).allowed for case in product(BOTH, BOTH, BOTH)]
    assert (row is None) is any(allowed)
    assert row is None or (row.id, terminal) == ("T2.4", TerminalClass.INSECURE)
