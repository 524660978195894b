"""Every row of tables 1 to 4 that SIP meets, walked over real sockets: UDP and TCP 5060, TLS 5061.

Policy 3 uses table 2 for SIP, so table 4 is H.323's alone.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

import pytest

from tests.interop.capture import Capture, Dissection
from tests.interop.conftest import Serve
from tests.interop.running import Running
from tests.interop.terminal import Message, Terminal
from tests.interop.walking import PIN, Case, cases, for_each, set_up
from tests.interop.wire import Tcp, Tls, Udp, Wire

pytestmark = pytest.mark.slow

SECURE, INSECURE = "Mitel 6930 SIP/5.1.0", "Linphonec/5.1.65"

# reason: status line, and Warning text without the row
REFUSALS = {
    "TLS_REQUIRED": ("403 TLS Required", "Secure port required: register on TLS 5061"),
    "TERMINAL_NOT_ALLOWED": (
        "403 Terminal Type Not Allowed",
        "This type of terminal is not allowed for this number",
    ),
    "EXCEPTION_NOT_ALLOWED": (
        "403 Security Exception Not Allowed",
        "A number with a security exception is not allowed",
    ),
    "RAC_MANDATORY": ("403 PIN Not Configured", "The policy demands a PIN and none is configured"),
}


CASES = cases("sip", "UDP", "TCP", "TLS")


class Walked(NamedTuple):
    """What a policy's cases came to."""

    answers: dict[Case, list[Message]]
    registrations: dict[Case, list[dict[str, Any]]]
    refusals: dict[Case, list[dict[str, Any]]]
    listed: dict[Case, str]
    """The case's line in ``ip_extension -p``, or in ``--state refused``."""
    program: Running
    capture: Path
    key_log: Path
    received: int
    """Messages from the server."""


@pytest.fixture(scope="module", params=range(4), ids=lambda policy: f"policy-{policy}")
def walked(request: pytest.FixtureRequest, serve_for_all: Serve, tmp_path_factory: pytest.TempPathFactory) -> Walked:
    policy: int = request.param
    folder = tmp_path_factory.mktemp("walk")
    of_policy = [case for case in CASES if case.policy == policy]
    program = set_up(policy, of_policy, serve_for_all, "--tls-key-log", str(folder / "keys"))
    capture = Capture()
    answers = {case: _register(case, program, capture) for case in of_policy}
    capture.write(folder / "walk.pcap")
    return Walked(
        answers,
        {case: program.registrations(number=case.number) for case in of_policy},
        {case: program.get("events", type="refused", number=case.number)["events"] for case in of_policy},
        {case: case.listed(program) for case in of_policy},
        program,
        folder / "walk.pcap",
        folder / "keys",
        sum(map(len, answers.values())),
    )


def _register(case: Case, program: Running, capture: Capture) -> list[Message]:
    with _wire(case.transport, program, capture) as wire:
        terminal = Terminal(wire, case.number, SECURE if case.secure_terminal else INSECURE)
        return terminal.register(PIN if case.rac else None)


def _wire(transport: str, program: Running, capture: Capture) -> Wire:
    if transport == "UDP":
        return Udp(program.address("sip_udp"), capture)
    if transport == "TCP":
        return Tcp(program.address("sip_tcp"), capture)
    return Tls(program.address("sip_tls"), capture, ca_file=program.ca_file)


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    """A case of the policy that is walked."""
    found: Case = request.param
    return found


@for_each(CASES)
def test_it_is_answered_by_its_row(walked: Walked, case: Case) -> None:
    expected = case.expected
    *challenges, answer = walked.answers[case]
    if expected.accepted:
        assert answer.start == "200 OK"
        assert [challenge.start for challenge in challenges] == ["401 Unauthorized"] * case.rac
        assert answer.all("Contact") != []
        assert (answer.one("Warning"), answer.one("Error-Info")) == (None, None)
        return
    status_line, text = REFUSALS[expected.reason]
    assert answer.start == status_line
    assert challenges == [], "a PIN is asked for although it could not help"
    warning = re.fullmatch(r'399 \S+ "(.*)"', answer.one("Warning") or "")
    assert warning is not None
    assert warning[1] == f"{text} ({expected.row})"
    host, port = walked.program.address("http")
    assert answer.one("Error-Info") == f"<http://{host}:{port}/reasons/{expected.reason}?row={expected.row}>"


def test_the_links_of_refusals_lead_to_pages_that_mark_the_row(walked: Walked) -> None:
    refused = {(case.expected.reason, case.expected.row): answers[-1] for case, answers in walked.answers.items()}
    for (reason, row), answer in refused.items():
        if reason:
            with urlopen((answer.one("Error-Info") or "").strip("<>"), timeout=60) as page:
                text = page.read().decode()
            assert reason in text
            assert f"{row} decided" in text


@for_each(CASES)
def test_it_is_listed_as_it_ended(walked: Walked, case: Case) -> None:
    case.check_line(walked.listed[case], walked.program)
    if not case.expected.accepted:
        assert walked.registrations[case] == []
        return
    (registration,) = walked.registrations[case]
    told = case.registration(SECURE if case.secure_terminal else INSECURE, walked.program)
    assert {name: registration[name] for name in told} == told
    assert registration["expires_at"] - registration["registered_at"] == 3600


@for_each(CASES)
def test_a_refusal_is_an_event_and_nothing_else_is(walked: Walked, case: Case) -> None:
    expected = case.expected
    if expected.accepted:
        assert walked.refusals[case] == []
        return
    (event,) = walked.refusals[case]
    told = {name: event[name] for name in ("number", "protocol", "terminal_class", "policy", "row", "reason", "count")}
    assert told == {
        "number": case.number,
        "protocol": "sip",
        "terminal_class": case.terminal_class,
        "policy": case.policy,
        "row": expected.row,
        "reason": expected.reason,
        "count": 1,
    }
    assert event["port"] == case.port(walked.program)


def test_a_strict_port_check_refuses_what_would_be_downgraded(serve: Serve) -> None:
    program = serve("--empty", "--port-check", "strict")
    downgraded = [case for case in CASES if case.expected.downgraded]
    assert {case.expected.row for case in downgraded} == {"T1.2", "T1.3", "T3.2"}
    for policy in (0, 2):
        walked = [case for case in downgraded if case.policy == policy]
        for case in walked:
            exception = "yes" if case.exception else "no"
            program.execute(
                f"auth_code -i -d {case.number} --auth-code {PIN}",
                f"extension -i -d {case.number} --csp 1 --lim 1 --security-exception {exception}",
            )
        program.execute(*([f"sec_policy -set {policy}"] if policy else []))
        for case in walked:
            (answer,) = _register(case, program, Capture())
            assert answer.start == "403 TLS Required"
            assert f"({case.expected.row})" in (answer.one("Warning") or "")


@pytest.mark.interop("tshark")
def test_every_message_of_the_server_is_dissected_without_a_fault(walked: Walked) -> None:
    dissection = Dissection(walked.capture, walked.key_log)
    assert dissection.wrong == []
    assert len(dissection.answers) == walked.received
    told = [f"SIP/2.0 {answer.start}" for answers in walked.answers.values() for answer in answers]
    assert sorted(dissection.answers) == sorted(told)


@pytest.mark.interop("tshark")
def test_the_dissector_marks_a_message_with_a_fault(tmp_path: Path) -> None:
    capture = Capture()
    sound = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n%s\r\n"
    for header in (b"", b"a header without its colon\r\n"):
        capture.conversation("UDP", 40000).received(sound % header)
    capture.write(tmp_path / "fault.pcap")
    dissection = Dissection(tmp_path / "fault.pcap")
    assert dissection.answers == ["SIP/2.0 200 OK"] * 2
    (wrong,) = dissection.wrong
    assert wrong["_ws.expert.message"] == ["Header has no colon after the name"]


def test_every_row_that_sip_can_meet_is_walked() -> None:
    rows = {line.split("|")[1].strip() for line in _policy_page() if line.startswith("| T")}
    assert rows - {case.expected.row for case in CASES} == {row for row in rows if row.startswith("T4.")}
    assert len(rows) == 27


def _policy_page() -> list[str]:
    return (Path(__file__).parents[2] / "docs" / "policy.md").read_text().splitlines()
