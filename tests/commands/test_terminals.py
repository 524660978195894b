"""``terminal_type``, ``ip_extension``, ``extension_unregistration``, ``license_status``: what they change."""

from pathlib import Path

import pytest

from registrar.commands import ip_extension
from registrar.model.licence import Licence
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.terminal import TerminalPattern
from registrar.policy.licence_file import make_licence
from tests.bench import ISSUER, Bench
from tests.lab import NOW


def test_a_pattern_is_tried_after_those_the_operator_gave_before() -> None:
    bench = Bench()
    bench.run(
        "terminal_type -i --pattern ^bare --class secure --family lab --protocol sip",
        "terminal_type -i --pattern ^baresip --class insecure",
    )
    assert bench.state.patterns == (
        TerminalPattern("^bare", TerminalClass.SECURE, "lab", Protocol.SIP),
        TerminalPattern("^baresip", TerminalClass.INSECURE),
    )
    assert bench.node.classifier.classify("baresip v1", Protocol.SIP).terminal_class is TerminalClass.SECURE
    assert bench.node.classifier.classify("baresip v1", Protocol.H323).terminal_class is TerminalClass.INSECURE


def test_a_softphone_may_play_a_secure_terminal() -> None:
    bench = Bench()
    bench.run(
        "auth_code -i -d 100 --auth-code 4711",
        "extension -i -d 100 --csp 1 --lim 1 --security-exception no",
        "sec_policy -set 1",
    )
    assert not bench.register("100", "baresip v1", 5061, "4711").accepted
    bench.run("terminal_type -i --pattern ^baresip --class secure")
    assert bench.register("100", "baresip v1", 5061, "4711").decision.row.id == "T2.3"


def test_the_same_pattern_may_be_given_for_each_protocol_once() -> None:
    bench = Bench()
    bench.run(
        "terminal_type -i --pattern ^x --class secure --protocol sip",
        "terminal_type -i --pattern ^x --class insecure --protocol h323",
    )
    bench.refuse("terminal_type -i --pattern ^x --class insecure --protocol sip")
    bench.run("terminal_type -e --pattern ^x")
    assert bench.state.patterns == ()


def test_a_hundred_patterns_are_kept_and_no_more() -> None:
    bench = Bench()
    for number in range(100):
        bench.run(f"terminal_type -i --pattern ^phone{number}x --class secure")
    assert bench.refuse("terminal_type -i --pattern ^more --class secure")[0] == "TOO MANY PATTERNS"


def test_unregistration_takes_both_protocols_and_names_only_registered_numbers() -> None:
    bench = Bench()
    bench.run("extension -i -d 100..102 --csp 1 --lim 1")
    bench.register("100", "baresip", 5060)
    bench.register("100", "DBC 425 02", 1719)
    bench.register("101", "baresip", 5060)
    execution = bench.execute("extension_unregistration -d 100..102")
    assert (execution.unregister, execution.changes) == (("100", "101"), ())
    assert bench.state.binding_count == 0


def test_unregistration_of_all_names_every_registered_number() -> None:
    bench = Bench()
    bench.run("extension -i -d 98..99,100..102 --csp 1 --lim 1")
    for number in ("101", "99", "100"):
        bench.register(number, "baresip", 5060)
    assert bench.execute("extension_unregistration -d all").unregister == ("99", "100", "101")


def test_a_listing_shows_what_disturbs_no_screen_and_fits_80_columns() -> None:
    bench = Bench()
    bench.run("extension -i -d 100 --csp 1 --lim 1")
    bench.register("100", "evil\x1b[2J" + "x" * 300, 5060, host="192.168.100.101")
    bench.register("101", "evil\x1b[2J" + "x" * 300, 5060, "4711", host="192.168.100.101")
    for line in ("ip_extension -p", "ip_extension -p --state refused"):
        lines = bench.run(line).splitlines()
        assert max(map(len, lines)) <= 80
        assert all(part.isprintable() for part in lines)
        assert "evil?[2J" in lines[1]


def test_a_long_number_and_an_ipv6_address_are_shown_whole() -> None:
    bench = Bench()
    bench.run("extension -i -d 12345678901234567890 --csp 1 --lim 1")
    bench.register("12345678901234567890", "baresip", 5060, host="2001:db8:1111:2222:3333:4444:5555:6666")
    line = bench.run("ip_extension -p").splitlines()[1]
    assert line.startswith("12345678901234567890 SIP  baresip ")
    assert " 2001:db8:1111:2222:3333:4444:5555:6666 5060 " in line


def test_verbose_listings_hold_every_registration() -> None:
    bench = Bench()
    bench.run("extension -i -d 100..104 --csp 1 --lim 1")
    for number in range(100, 105):
        bench.register(str(number), "baresip", 5060)
    blocks = bench.run("ip_extension -p --verbose").split("\n\n")
    assert [block.split()[2] for block in blocks] == ["100", "101", "102", "103", "104"]


@pytest.mark.parametrize("verbose", ["", " -v"])
def test_a_listing_ends_somewhere_and_says_how_many_more_there_are(
    verbose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ip_extension, "LISTED", 3)
    bench = Bench()
    bench.run("extension -i -d 100..104 --csp 1 --lim 1")
    for number in range(100, 103):
        bench.register(str(number), "baresip", 5060)
    assert "MORE" not in bench.run(f"ip_extension -p{verbose}")
    for number in range(103, 105):
        bench.register(str(number), "baresip", 5060)
    printout = bench.run(f"ip_extension -p{verbose}")
    assert printout.splitlines()[-1] == "2 MORE REGISTRATIONS are not listed: name the numbers with -d."
    assert printout.count("baresip") == 3
    assert bench.run(f"ip_extension -p -d 103..104{verbose}").count("baresip") == 2


def test_a_licence_replaces_the_one_before(tmp_path: Path) -> None:
    bench = Bench()
    licence = Licence("LAB", ("VOIP-SECURITY", "OTHER"), NOW + 1)
    file = tmp_path / "new"
    file.write_text(make_licence(licence, ISSUER))
    bench.run(f"license_status -i {file}")
    assert bench.state.licence == licence


def test_a_licence_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "binary"
    file.write_bytes(b"\xff\xfe\x00")
    assert Bench().refuse(f"license_status -i {file}") == ["LICENCE FILE NOT VALID", "It is not text in UTF-8."]


def test_the_policy_stays_in_force_when_the_licence_goes() -> None:
    bench = Bench()
    assert "stays in force" in bench.run("sec_policy -set 1", "license_status -e VOIP-SECURITY")
    assert bench.state.policy is Policy.ALL_SECURE
    assert bench.state.licence is None
