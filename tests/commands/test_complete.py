"""What is offered while a line is typed leads to lines of the language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.commands.catalogue import COMMANDS, SECRETS
from registrar.commands.complete import MOST, complete
from registrar.core.piecewise import at_once
from registrar.core.state import State
from tests.bench import Bench


def offered(line: str, state: State | None = None) -> list[str]:
    return [candidate.text for candidate in at_once(complete(line, state or State())).candidates]


@pytest.fixture
def state() -> State:
    bench = Bench()
    bench.run(
        "extension -i -d 100..102,2000 --csp 1 --lim 1",
        "auth_code -i -d 300 --auth-code 4711",
        "extension_profile -i --csp 2 --csp-name Rooms",
        "sip_route -set -route 7 -proxyip sbc.example",
    )
    return bench.state


def test_an_empty_line_is_offered_every_command() -> None:
    assert offered("") == [command.name for command in COMMANDS.values()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sec", ["sec_policy"]),
        ("SEC", ["sec_policy"]),
        ("ria", ["RIANI", "RIANC", "RIANP", "RIANE"]),
        ("nonsense", []),
        ("help sec", ["sec_policy"]),
        ("help sec_policy ", []),
        ("sec_policy ", ["-set", "-remove", "-print", "-preview", "--help"]),
        ("sec_policy -p", ["-print", "-preview"]),
        ("sec_policy -set ", ["1", "2", "3"]),
        ("sec_policy -set 1 ", []),
        ("sec_policy -preview 0", ["0"]),
        ("extension ", ["-i", "-c", "-e", "-p", "--help"]),
        ("extension -p ", ["-d", "--security-exception", "-v"]),
        ("extension -p --security-exception ", ["yes", "no"]),
        ("extension -p -d 100 --s", ["--security-exception"]),
        ("media_encryption_enable ", ["-type", "--help"]),
        ("media_encryption_enable -type r", ["route"]),
        ("data_backup ", ["-file", "-p", "--help"]),
        ("data_backup -file x ", []),
        ("nonsense -d ", []),
        ('extension -d "1', []),
    ],
)
def test_what_fits_what_was_typed_is_offered(line: str, expected: list[str]) -> None:
    assert offered(line) == expected


@pytest.mark.parametrize(
    ("line", "start", "expected"),
    [
        ("extension -p -d ", 16, ["100", "101", "102", "300", "2000"]),
        ("extension -p -d 10", 16, ["100", "101", "102"]),
        ("extension -p -d 100,10", 20, ["100", "101", "102"]),
        ("extension -p -d 100..", 21, ["100", "101", "102", "300", "2000"]),
        ("extension -i -d ", 16, []),
        ("extension_unregistration -d ", 28, ["all", "100", "101", "102", "300", "2000"]),
        ("extension -i --csp ", 19, ["1", "2"]),
        ("sip_route -print -route ", 24, ["7"]),
        ("auth_code -c -d 30", 16, ["300"]),
    ],
)
def test_what_the_service_node_knows_is_offered(state: State, line: str, start: int, expected: list[str]) -> None:
    assert (at_once(complete(line, state)).start, offered(line, state)) == (start, expected)


def test_no_pin_is_offered(state: State) -> None:
    for name in SECRETS:
        assert offered(f"auth_code -c -d 300 {name} ", state) == []


def test_not_everything_is_offered_where_there_is_much() -> None:
    bench = Bench()
    bench.run("extension -i -d 1000..1999 --csp 1 --lim 1")
    assert len(offered("extension -p -d ", bench.state)) == MOST
    assert offered("extension -p -d 1999", bench.state) == ["1999"]


@given(
    st.lists(st.sampled_from(["", "x", '"', "'", "-", "100..", ",", "--csp", "-d", "\u00e9", *COMMANDS]), max_size=6)
)
def test_no_line_is_too_odd(words: list[str]) -> None:
    line = " ".join(words)
    completion = at_once(complete(line, State()))
    assert 0 <= completion.start <= len(line)
    assert all(candidate.text for candidate in completion.candidates)
