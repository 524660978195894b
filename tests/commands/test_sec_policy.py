"""``sec_policy``: what it needs, what it changes, and whether the preview keeps its word."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.commands.numbers import read_numbers
from registrar.commands.preview import preview
from registrar.commands.run import Execution, advance, execute
from registrar.core.piecewise import PAUSE, at_once
from registrar.model.changes import SetPolicy
from registrar.model.licence import Licence
from registrar.model.policy import Policy, PortCheck, Protocol
from registrar.policy.decide import decide
from tests.bench import LICENCE, Bench
from tests.lab import NOW

EXCEPTION = "DIRECTORY NUMBERS WITH SECURITY EXCEPTION EXIST"


@pytest.mark.parametrize("policy", [1, 2, 3])
def test_setting_changes_the_policy_and_nothing_else(policy: int) -> None:
    bench = Bench()
    assert bench.execute(f"sec_policy -set {policy}").changes == (SetPolicy(Policy(policy)),)
    assert bench.state.policy is Policy(policy)
    assert bench.execute("sec_policy -remove").changes == (SetPolicy(Policy.NONE),)


@pytest.mark.parametrize("policy", [1, 3])
def test_an_exception_left_prints_the_two_lines_of_the_requirement_and_which_numbers(policy: int) -> None:
    bench = Bench()
    bench.run("extension -i -d 100..102 --csp 1 --lim 1", "extension -c -d 101 --security-exception no")
    printout = bench.execute(f"sec_policy -set {policy}").printout
    assert printout.startswith(f"NOT EXECUTED\n{EXCEPTION}\n")
    assert "100,102" in printout
    assert bench.state.policy is Policy.NONE


def test_the_advice_leads_to_execution() -> None:
    bench = Bench()
    bench.run("extension -i -d 100..102 --csp 1 --lim 1")
    advice = bench.refuse("sec_policy -set 1")[-1]
    bench.run(advice, "sec_policy -set 1")


@pytest.mark.parametrize(
    ("licence", "reason"),
    [
        (None, "LICENCE VOIP-SECURITY MISSING"),
        (Licence("LAB", ("OTHER",)), "LICENCE VOIP-SECURITY MISSING"),
        (Licence("LAB", ("VOIP-SECURITY",), NOW), "LICENCE VOIP-SECURITY EXPIRED"),
        (Licence("LAB", ("VOIP-SECURITY",), NOW + 1), None),
        (LICENCE, None),
    ],
)
def test_setting_needs_the_licence_and_removing_does_not(licence: Licence | None, reason: str | None) -> None:
    bench = Bench(licence)
    for policy in (1, 2, 3):
        line = f"sec_policy -set {policy}"
        if reason is None:
            bench.run(line)
        else:
            assert bench.refuse(line)[0] == reason
    bench.run("sec_policy -remove")


def test_setting_needs_a_valid_certificate_and_removing_does_not() -> None:
    bench = Bench()
    bench.run("sec_policy -set 2")
    bench.certificate_problem = "The server certificate has expired."
    for policy in (1, 2, 3):
        assert bench.refuse(f"sec_policy -set {policy}") == [
            "NO VALID CERTIFICATE",
            "The server certificate has expired.",
        ]
    bench.run("sec_policy -remove")


def test_a_policy_change_leaves_registrations_alone() -> None:
    bench = Bench()
    bench.run("extension -i -d 100 --csp 1 --lim 1 --security-exception no", "auth_code -i -d 100 --auth-code 4711")
    bench.register("100", "baresip", 5060, "4711")
    execution = bench.execute("sec_policy -set 1")
    assert execution.unregister == ()
    assert bench.state.binding_count == 1
    (binding,) = bench.state.all_bindings()
    assert (binding.decision.policy, binding.decision.row.id) == (Policy.NONE, "T1.6")


KINDS = list(product((True, False), (True, False)))
TERMINALS = ["Mitel 6930", "DBC 425 02", "DBC 446 01", "baresip"]


@given(
    st.sampled_from(list(Policy)),
    st.sampled_from(list(PortCheck)),
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.sampled_from(TERMINALS), st.sampled_from([5060, 5061, 1719, 3727])),
        max_size=8,
    ),
)
def test_the_preview_loses_exactly_what_would_be_refused(
    policy: Policy, check: PortCheck, phones: list[tuple[tuple[bool, bool], str, int]]
) -> None:
    bench = Bench()
    for number, ((exception, rac), terminal, port) in enumerate(phones, 100):
        bench.run(f"extension -i -d {number} --csp 1 --lim 1 --security-exception {'yes' if exception else 'no'}")
        if rac:
            bench.run(f"auth_code -i -d {number} --auth-code 4711")
        assert bench.register(str(number), terminal, port, "4711").accepted
    seen = at_once(preview(bench.state, bench.node.classifier, policy, check, bench.now))
    assert seen.registrations == len(phones)
    expected = set()
    for binding in bench.state.all_bindings():
        if not decide(policy, *binding.decision.conditions[1:], check).allowed:
            expected.add(binding.number)
    assert {loss.binding.number for loss in seen.losses} == expected


@given(
    st.sampled_from(["1", "2", "3"]),
    st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from([5060, 5061])), min_size=1, max_size=6),
)
def test_after_the_commands_of_the_preview_only_terminals_on_the_wrong_port_are_lost(
    policy: str, phones: list[tuple[tuple[bool, bool], int]]
) -> None:
    bench = Bench()
    for number, ((exception, rac), port) in enumerate(phones, 100):
        bench.run(f"extension -i -d {number} --csp 1 --lim 1 --security-exception {'yes' if exception else 'no'}")
        if rac:
            bench.run(f"auth_code -i -d {number} --auth-code 4711")
        assert bench.register(str(number), "Mitel 6930", port, "4711").accepted
    printout = bench.run(f"sec_policy -preview {policy}")
    _, _, remedies = printout.partition("TO MEND IT\n")
    told: tuple[str, ...] = ()
    for line in remedies.splitlines():
        if line.startswith("  "):
            bench.run(line.replace("PIN", "4711"))
        else:
            words, _, numbers = line.partition(": ")
            assert words == "Register on the secure port (SIP 5061, H.323 3727)"
            told = read_numbers(numbers.rstrip("."))
    bench.run(f"sec_policy -set {policy}")
    for number, (_, port) in enumerate(phones, 100):
        accepted = bench.register(str(number), "Mitel 6930", port, "4711").accepted
        assert accepted is (str(number) not in told)


def test_a_preview_changes_nothing() -> None:
    bench = Bench()
    bench.run("extension -i -d 100 --csp 1 --lim 1")
    for policy in (0, 1, 2, 3):
        execution = bench.execute(f"sec_policy -preview {policy}")
        assert (execution.executed, execution.changes, execution.unregister) == (True, (), ())


def test_a_preview_leaves_out_registrations_that_have_expired() -> None:
    bench = Bench()
    bench.run("extension -i -d 100 --csp 1 --lim 1")
    bench.register("100", "baresip", 5060)
    bench.now += 3600
    seen = at_once(preview(bench.state, bench.node.classifier, Policy.ALL_SECURE, PortCheck.STANDARD, bench.now))
    assert (seen.registrations, seen.lost, seen.losses) == (0, 0, ())


def test_the_print_names_the_registrations_that_have_not_met_the_policy_yet() -> None:
    bench = Bench()
    bench.run("extension -i -d 100..101 --csp 1 --lim 1")
    bench.register("100", "baresip", 5060)
    bench.run("sec_policy -set 2")
    bench.register("101", "baresip", 5060)
    printout = bench.run("sec_policy -print")
    assert "REGISTRATIONS       2, 1 accepted under another policy" in printout
    assert printout.splitlines()[-1] == "  extension_unregistration -d 100"
    assert {binding.decision.protocol for binding in bench.state.all_bindings()} == {Protocol.SIP}


def test_what_changes_while_set_looks_through_the_extensions_counts() -> None:
    bench = Bench()
    bench.run(
        "auth_code -i -d 1000..1999 --auth-code 1",
        "extension -i -d 1000..1999 --csp 1 --lim 1 --security-exception no",
    )
    begun = execute("sec_policy -set 1", bench.node, bench.now)
    assert not isinstance(begun, Execution)
    work = advance(begun)
    for _ in range(3):
        assert next(work) is PAUSE
    bench.run("extension -c -d 1999 --security-exception yes")
    execution = at_once(work)
    assert isinstance(execution, Execution)
    assert execution.printout.splitlines()[1] == EXCEPTION
    assert execution.changes == ()


def test_a_refusal_of_many_numbers_names_them_as_ranges() -> None:
    bench = Bench()
    bench.run("extension -i -d 1000..1999,3000 --csp 1 --lim 1")
    assert bench.refuse("sec_policy -set 1")[1] == "They are: 1000..1999,3000."
