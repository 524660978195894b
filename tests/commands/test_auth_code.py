"""``auth_code``: what it changes, and that no PIN comes out again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.model.extension import Rac
from tests.bench import Bench


def test_a_rac_is_initiated_changed_and_erased() -> None:
    bench = Bench()
    bench.run("auth_code -i -d 100..101 --auth-code 4711 --customer 5")
    assert bench.state.racs["101"] == Rac("101", "4711", 5)
    bench.run("auth_code -c -d 100 --auth-code 0815", "auth_code -c -d 101 --customer 6")
    assert bench.state.racs == {"100": Rac("100", "0815", 5), "101": Rac("101", "4711", 6)}
    bench.run("auth_code -e -d 100..101")
    assert bench.state.racs == {}


def test_a_change_makes_a_new_rac_so_that_nothing_computed_from_the_old_pin_lives_on() -> None:
    bench = Bench()
    bench.run("auth_code -i -d 100 --auth-code 4711")
    before = bench.state.racs["100"]
    before.ha1["MD5", "100", "lab"] = "computed from the old PIN"
    bench.run("auth_code -c -d 100 --auth-code 0815")
    assert bench.state.racs["100"] is not before
    assert bench.state.racs["100"].ha1 == {}
    assert before.pin == "4711"


@pytest.mark.parametrize("policy", [1, 3])
def test_the_rac_of_a_number_without_extension_may_be_erased_under_every_policy(policy: int) -> None:
    bench = Bench()
    bench.run("auth_code -i -d 100 --auth-code 4711", f"sec_policy -set {policy}", "auth_code -e -d 100")
    assert bench.state.racs == {}


@pytest.mark.parametrize(("policy", "executed"), [(1, False), (2, True), (3, False)])
def test_the_rac_of_an_extension_without_exception_is_mandatory_under_policies_1_and_3(
    policy: int, executed: bool
) -> None:
    bench = Bench()
    bench.run(
        "auth_code -i -d 100 --auth-code 4711",
        "extension -i -d 100 --csp 1 --lim 1 --security-exception no",
        f"sec_policy -set {policy}",
    )
    assert bench.execute("auth_code -e -d 100").executed is executed
    assert ("100" in bench.state.racs) is not executed


PINS = st.from_regex(r"[!-~]{6,64}", fullmatch=True).filter(lambda pin: "'" not in pin)


@given(PINS)
def test_no_printout_of_any_command_holds_a_pin(pin: str) -> None:
    bench = Bench()
    lines = [
        f"auth_code -i -d 100 --auth-code '{pin}' -v",
        f"auth_code -i -d 100 --auth-code '{pin}'",
        f"auth_code -c -d 100..101 --auth-code '{pin}'",
        f"auth_code -c -d 100 --auth-code '{pin}' '{pin}'",
        f"auth_code -c -d 100 '{pin}'",
        "auth_code -p -v",
        "extension -i -d 100 --csp 1 --lim 1",
        "extension -p -v",
        "sec_policy -preview 1",
        "ip_extension -p -v",
    ]
    for line in lines:
        assert pin not in bench.execute(line).printout
    assert bench.state.racs["100"].pin == pin
