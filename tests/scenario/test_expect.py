"""Every expectation can hold and can fail."""

import pytest

from registrar.scenario.results import Status
from registrar.scenario.schema import Expect
from tests.scenario.playing import REGISTERED, play, with_step

REFUSED = REGISTERED.replace("mitel-6900", "softphone").replace("    phones:", "      - sec_policy -set 1\n    phones:")

HOLDS = {
    "outcome": "outcome: registered",
    "shown": 'shown: "1001 registered, SIP over TLS"',
    "prompts": "prompts: 0",
    "status": "status: 200",
    "phrase": "phrase: OK",
    "fields": "fields: {Server: /^reg/, supported: /path/}",
    "row": "row: T1.3",
    "port": "port: 5061",
    "signalling": "signalling: ENCRYPTED",
    "downgraded": "downgraded: false",
    "tls_version": "tls_version: /^TLSv1/",
    "registration": "registration: {policy: 0, family: Mitel 6900}",
    "registrations": "registrations: 1",
}
FAILS = {
    "outcome": ("outcome: refused", "registered (1001 registered, SIP over TLS)"),
    "shown": ("shown: Logged off", "1001 registered, SIP over TLS"),
    "failure": ("failure: no answer", "nothing"),
    "prompts": ("prompts: 1", "0"),
    "status": ("status: 403", "200"),
    "phrase": ("phrase: Forbidden", "OK"),
    "message": ("message: RCF", "nothing"),
    "reject": ("reject: securityDenial", "nothing"),
    "field Server": ("fields: {Server: other}", "registrar"),
    "field Nothing": ("fields: {Nothing: /./}", "nothing"),
    "row": ("row: T1.2", "T1.3"),
    "reason": ("reason: WRONG_PIN", "no refusal"),
    "port": ("port: 5060", "5061"),
    "signalling": ("signalling: NOT_ENCRYPTED", "ENCRYPTED"),
    "downgraded": ("downgraded: true", "false"),
    "tls_version": ("tls_version: TLSv1.1", "TLSv1.3"),
    "policy": ("registration: {policy: 1}", "0"),
    "registrations": ("registrations: 0", "1"),
    "answered": ("answered: false", "200 OK"),
}
OF_COMMANDS = {
    "executed": ("extension -p", "executed: false"),
    "exit_status": ("extension -p", "exit_status: 1"),
    "printout": ("extension -p", 'printout: ["1001", "1001", "1001", "1001"]'),
}


async def test_what_is_so_holds() -> None:
    result = await play(with_step(f"- expect: {{phone: desk, {', '.join(HOLDS.values())}}}"))
    assert (result.status, result.message) == (Status.PASSED, "")


@pytest.mark.parametrize("what", FAILS)
async def test_what_is_not_so_fails(what: str) -> None:
    wanted, got = FAILS[what]
    result = await play(with_step(f"- expect: {{phone: desk, {wanted}}}"))
    assert result.status is Status.FAILED
    assert result.failed_step is not None
    (mismatch,) = result.failed_step.mismatches
    assert (mismatch.what, mismatch.got) == (what, got)


@pytest.mark.parametrize("what", OF_COMMANDS)
async def test_what_is_not_so_of_a_command_fails(what: str) -> None:
    command, wanted = OF_COMMANDS[what]
    result = await play(with_step(f"- {{command: {command}, expect: {{{wanted}}}}}"))
    assert result.failed_step is not None
    assert [mismatch.what for mismatch in result.failed_step.mismatches] == [what]


async def test_the_reason_of_a_refusal() -> None:
    told = "status: 403, phrase: Terminal Type Not Allowed, port: 5060, row: T2.4, reason: TERMINAL_NOT_ALLOWED"
    result = await play(with_step(f"- expect: {{phone: desk, outcome: refused, {told}}}", REFUSED))
    assert (result.status, result.message) == (Status.PASSED, "")
    other = told.replace("TERMINAL_NOT_ALLOWED", "RAC_MANDATORY").replace("T2.4", "T2.5").replace("5060", "5061")
    result = await play(with_step(f"- expect: {{phone: desk, outcome: refused, {other}}}", REFUSED))
    assert result.failed_step is not None
    assert {mismatch.what for mismatch in result.failed_step.mismatches} == {"row", "reason", "port"}


async def test_a_command_that_is_refused_fails_a_step_that_expects_nothing() -> None:
    result = await play(with_step("- command: auth_code -i -d 1001 --auth-code 4712"))
    assert result.failed_step is not None
    assert result.failed_step.mismatches[0].got.startswith("false\nNOT EXECUTED")
    assert "4712" not in result.failed_step.title


async def test_an_event_that_does_not_come_fails_the_wait() -> None:
    result = await play(with_step("- wait: {event: refused, number: 1001, within: 0.05}"))
    assert result.failed_step is not None
    assert str(result.failed_step.mismatches[0]) == ("event: expected refused 1001 within 0.05 s, got registered 1001")


async def test_a_phone_that_does_not_come_there_fails_the_wait() -> None:
    result = await play(with_step("- wait: {phone: desk, until: refused, within: 0.05}"))
    assert result.failed_step is not None
    assert str(result.failed_step.mismatches[0]) == "desk until: expected refused within 0.05 s, got registered"


async def test_what_is_not_so_yet_is_waited_for() -> None:
    step = "- {command: extension_unregistration -d 1001, expect: {phone: desk, registrations: 1, within: 5}}"
    assert (await play(with_step(step))).status is Status.PASSED


async def test_what_is_sent_raw_may_be_expected_to_be_answered_and_closed() -> None:
    sent = "send: {port: 5061, transport: tcp, text: hello, within: 5}"
    held = await play(with_step(f"- {{{sent}, expect: {{answered: false, closed: true}}}}"))
    failed = await play(with_step(f"- {{{sent}, expect: {{answered: true, closed: false}}}}"))
    assert held.status is Status.PASSED
    assert failed.failed_step is not None
    assert [mismatch.what for mismatch in failed.failed_step.mismatches] == ["answered", "closed"]


async def test_a_registrar_that_cannot_be_set_up_is_an_error_and_no_failure() -> None:
    result = await play(REGISTERED.replace("--csp 1", "--csp 99"))
    assert result.status is Status.ERROR
    assert result.message.startswith("the registrar could not be set up: extension -i")


def test_every_expectation_is_tried_here() -> None:
    ours = {each.split()[0] for each in (*FAILS, *OF_COMMANDS)} - {"field", "policy"}
    assert set(Expect.model_fields) == ours | {"phone", "fields", "registration", "closed", "within"}
