"""Every row of tables 1 to 4 walked by an H.323 endpoint over real sockets: UDP 1719, and TLS 3727."""

import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from registrar.h323.ras import RasMessage
from tests.h323.endpoint import Endpoint
from tests.h323.test_tshark import dissected
from tests.interop.conftest import Serve
from tests.interop.ras_wire import RasTls, RasUdp
from tests.interop.running import Running
from tests.interop.walking import PIN, Case, cases, for_each, set_up

pytestmark = pytest.mark.slow

SECURE, INSECURE = "DBC 425 02", "H323Plus simple"
TOKENS = ("MD5", "CAT", "H.235.1")

# reason: reject reason, and text without the row
REFUSALS = {
    "TLS_REQUIRED": ("transportNotSupported", "Secure port required: register inside TLS on 3727"),
    "TERMINAL_NOT_ALLOWED": ("invalidTerminalType", "This type of terminal is not allowed for this number"),
    "EXCEPTION_NOT_ALLOWED": ("securityDenial", "A number with a security exception is not allowed"),
    "RAC_MANDATORY": ("securityDenial", "The policy demands a PIN and none is configured"),
}


CASES = cases("h323", "UDP", "TLS")


class Walked(NamedTuple):
    """What a policy's cases came to."""

    discoveries: dict[Case, RasMessage]
    prompts: dict[Case, RasMessage]
    """The answers to an RRQ without a token."""
    answers: dict[Case, RasMessage]
    registrations: dict[Case, list[dict[str, Any]]]
    refusals: dict[Case, list[dict[str, Any]]]
    listed: dict[Case, str]
    """The case's line in ``ip_extension -p``, or in ``--state refused``."""
    leaving: dict[Case, RasMessage]
    program: Running
    messages: list[bytes]


@pytest.fixture(scope="module", params=range(4), ids=lambda policy: f"policy-{policy}")
def walked(request: pytest.FixtureRequest, serve_for_all: Serve) -> Walked:
    policy: int = request.param
    of_policy = [case for case in CASES if case.policy == policy]
    program = set_up(policy, of_policy, serve_for_all)
    found = Walked({}, {}, {}, {}, {}, {}, {}, program, [])
    for case in of_policy:
        with wire_of(case, program) as wire:
            product = SECURE if case.secure_terminal else INSECURE
            token = TOKENS[CASES.index(case) % 3]
            endpoint = Endpoint(case.number, token=token, product=product, clock=time.time)
            found.discoveries[case] = endpoint.take(wire.exchange(endpoint.discover()))
            found.prompts[case] = endpoint.take(wire.exchange(endpoint.register()))
            endpoint.pin = PIN if case.rac else ""
            found.answers[case] = endpoint.take(wire.exchange(endpoint.register()))
            found.registrations[case] = program.registrations(number=case.number)
            found.refusals[case] = program.get("events", type="refused", number=case.number)["events"]
            found.listed[case] = case.listed(program)
            found.leaving[case] = endpoint.take(wire.exchange(endpoint.unregister()))
            found.messages.extend(wire.messages)
    return found


def wire_of(case: Case, program: Running) -> RasUdp:
    if case.transport == "UDP":
        return RasUdp(program.address("ras_udp"))
    return RasTls(program.address("ras_tls"), program.ca_file)


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    """A case of the policy that is walked."""
    found: Case = request.param
    return found


@for_each(CASES)
def test_it_is_answered_by_its_row(walked: Walked, case: Case) -> None:
    expected, answer, prompt = case.expected, walked.answers[case], walked.prompts[case]
    if expected.accepted:
        assert answer.name == "registrationConfirm"
        assert answer.value["terminalAlias"] == [("dialledDigits", case.number)]
        assert prompt.name == ("registrationReject" if case.rac else "registrationConfirm")
        assert prompt.value.get("rejectReason") == (("securityDenial", None) if case.rac else None)
        assert "nonStandardData" not in prompt.value
        return
    name, text = REFUSALS[expected.reason]
    for message in (prompt, answer):
        assert message.name == "registrationReject"
        assert message.value["rejectReason"] == (name, None)
        assert message.value["nonStandardData"]["data"].decode() == f"{text} ({expected.row})"


@for_each(CASES)
def test_discovery_turns_away_whoever_could_never_register(walked: Walked, case: Case) -> None:
    excluded = case.policy == 1 and not case.secure_terminal
    discovered = walked.discoveries[case]
    assert discovered.name == ("gatekeeperReject" if excluded else "gatekeeperConfirm")
    if not excluded:
        assert discovered.value["algorithmOID"] == "1.2.840.113549.2.5"


@for_each(CASES)
def test_it_is_listed_as_it_ended(walked: Walked, case: Case) -> None:
    case.check_line(walked.listed[case], walked.program)
    if not case.expected.accepted:
        assert walked.registrations[case] == []
        return
    (registration,) = walked.registrations[case]
    told = case.registration(SECURE if case.secure_terminal else INSECURE, walked.program) | {
        "instance": walked.answers[case].value["endpointIdentifier"],
        "aliases": [case.number],
    }
    assert {name: registration[name] for name in told} == told
    assert "H.323" in walked.listed[case].split()


@for_each(CASES)
def test_a_refusal_is_an_event_and_nothing_else_is(walked: Walked, case: Case) -> None:
    expected = case.expected
    if expected.accepted:
        assert walked.refusals[case] == []
        return
    event = walked.refusals[case][-1]
    assert (event["protocol"], event["row"], event["reason"]) == ("h323", expected.row, expected.reason)


@for_each(CASES)
def test_who_is_registered_leaves_and_nobody_else_does(walked: Walked, case: Case) -> None:
    name = "unregistrationConfirm" if case.expected.accepted else "unregistrationReject"
    assert walked.leaving[case].name == name
    assert walked.program.registrations(number=case.number) == []


@pytest.mark.interop("tshark", "text2pcap")
def test_every_message_is_dissected_without_a_fault(walked: Walked, tmp_path: Path) -> None:
    found = dissected(walked.messages, tmp_path)
    assert len(found) == len(walked.messages) == 8 * len(walked.answers)
    assert [(malformed, expert) for _, _, malformed, expert in found] == [("", "")] * len(found)


def test_every_row_is_walked_and_the_insecure_terminal_of_table_4_is_h323s_alone() -> None:
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text().splitlines()
    rows = {line.split("|")[1].strip() for line in page if line.startswith("| T")}
    assert {case.expected.row for case in CASES} == rows
    insecure = Case("h323", 3, secure_terminal=False, exception=False, rac=True, transport="UDP")
    assert (insecure.expected.row, insecure.expected.accepted) == ("T4.4", True)
    of_sip = insecure._replace(protocol="sip").expected
    assert (of_sip.row, of_sip.accepted) == ("T2.4", False)
