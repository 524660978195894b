"""``extension`` and ``extension_profile``: what they change. The transcripts show what they print."""

import pytest

from registrar.model.changes import SetExtension
from registrar.model.extension import Extension, ExtensionProfile
from tests.bench import Bench


def test_an_initiated_extension_has_what_was_given() -> None:
    bench = Bench()
    bench.run("extension -i -d 100 --csp 1 --lim 7 --customer 3 --security-exception no")
    assert bench.state.extensions == {"100": Extension("100", 1, 7, 3, security_exception=False)}


def test_without_a_policy_an_exception_that_is_not_given_is_yes() -> None:
    bench = Bench()
    bench.run("extension -i -d 100 --csp 1 --lim 1")
    assert bench.state.extensions["100"].security_exception is True


def test_a_change_leaves_alone_what_it_does_not_name() -> None:
    bench = Bench()
    bench.run(
        "extension_profile -i --csp 0",
        "extension -i -d 100 --csp 1 --lim 7 --customer 3 --security-exception no",
        "extension -c -d 100 --csp 0",
    )
    assert bench.state.extensions["100"] == Extension("100", 0, 7, 3, security_exception=False)
    bench.run("extension -c -d 100 --customer 0 --security-exception yes", "extension -c -d 100 --lim 1")
    assert bench.state.extensions["100"] == Extension("100", 0, 1, 0, security_exception=True)


def test_an_erased_extension_takes_its_registrations_along_and_leaves_its_rac() -> None:
    bench = Bench()
    bench.run("extension -i -d 100..101 --csp 1 --lim 1", "auth_code -i -d 100 --auth-code 4711")
    bench.register("100", "baresip", 5060, "4711")
    execution = bench.execute("extension -e -d 100..101")
    assert execution.changes == (SetExtension("100", None), SetExtension("101", None))
    assert execution.unregister == ("100", "101")
    assert bench.state.binding_count == 0
    assert set(bench.state.racs) == {"100"}


@pytest.mark.parametrize(
    "line",
    [
        "extension -i -d 100..102 --csp 1 --lim 1",
        "extension -c -d 100..103 --lim 9",
        "extension -e -d 100..103",
        "extension -i -d 103 --csp 2 --lim 1",
        "extension -c -d 100 --csp 2",
    ],
)
def test_a_refused_command_changes_nothing_at_all(line: str) -> None:
    bench = Bench()
    bench.run("extension -i -d 100..101 --csp 1 --lim 1")
    before = dict(bench.state.extensions)
    bench.refuse(line)
    assert bench.state.extensions == before


def test_ten_thousand_extensions_are_one_command() -> None:
    bench = Bench()
    assert bench.run("extension -i -d 10000..19999 --csp 1 --lim 1") == "EXECUTED"
    assert len(bench.state.extensions) == 10_000


@pytest.mark.parametrize("policy", [1, 3])
def test_under_policies_1_and_3_one_number_without_a_rac_refuses_them_all(policy: int) -> None:
    bench = Bench()
    bench.run(f"sec_policy -set {policy}", "auth_code -i -d 100..104 --auth-code 4711")
    lines = bench.refuse("extension -i -d 100..105 --csp 1 --lim 1 --security-exception no")
    assert lines[-1] == "  auth_code -i -d 105 --auth-code PIN"
    assert bench.state.extensions == {}


def test_the_advice_of_a_refusal_leads_to_execution() -> None:
    bench = Bench()
    bench.run("sec_policy -set 1")
    advice = bench.refuse("extension -i -d 100..105 --csp 1 --lim 1 --security-exception no")[-1]
    bench.run(advice.replace("PIN", "4711"), "extension -i -d 100..105 --csp 1 --lim 1 --security-exception no")


def test_profiles_come_and_go_but_not_the_first_nor_one_in_use() -> None:
    bench = Bench()
    bench.run("extension_profile -i --csp 2 --csp-name Guests", "extension -i -d 100 --csp 2 --lim 1")
    assert bench.state.profiles[2] == ExtensionProfile(2, "Guests")
    assert bench.refuse("extension_profile -e --csp 1")[0] == "COMMON SERVICE PROFILE 1 CANNOT BE ERASED"
    advice = bench.refuse("extension_profile -e --csp 2")[-1]
    bench.run(advice.strip(), "extension_profile -e --csp 2")
    assert set(bench.state.profiles) == {1}


def test_a_print_counts_only_registrations_that_have_not_expired() -> None:
    bench = Bench()
    bench.run("extension -i -d 100 --csp 1 --lim 1")
    bench.register("100", "baresip", 5060)
    assert bench.run("extension -p").splitlines()[1].endswith(" 1")
    bench.now += 3600
    assert bench.run("extension -p").splitlines()[1].endswith(" 0")
