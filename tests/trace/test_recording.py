"""A recorded exchange is a scenario that can be run, and that holds."""

import subprocess
from pathlib import Path

import pytest

from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.reason import Reason
from registrar.model.terminal import Terminal
from registrar.policy.decide import decide
from registrar.trace.recorder import Kind
from registrar.trace.recording import scenario
from tests.interop.running import PROGRAM
from tests.lab import NOW, TLS_5061, UDP_5060, attempt, flow
from tests.trace.test_exchanges import Wire
from tests.trace.test_recorder import REFUSED

MITEL = Terminal("Mitel 6930 SIP/5.1.0", TerminalClass.SECURE, "Mitel 6900", "69")
OTHER = Terminal('Soft"phone: [x] #1', TerminalClass.INSECURE, "third party", "")

CASES = {
    "accepted in the clear": (Policy.NONE, OTHER, False, True, UDP_5060, None),
    "accepted inside TLS": (Policy.ALL_SECURE, MITEL, False, True, TLS_5061, None),
    "without a PIN": (Policy.NONE, OTHER, True, False, UDP_5060, None),
    "no PIN entered": (Policy.NONE, OTHER, True, True, UDP_5060, Reason.PIN_REQUIRED),
    "wrong PIN": (Policy.NONE, OTHER, False, True, UDP_5060, Reason.WRONG_PIN),
    "unknown number": (Policy.NONE, OTHER, False, True, UDP_5060, Reason.UNKNOWN_NUMBER),
    "in the clear under All Secure": (Policy.ALL_SECURE, MITEL, False, True, UDP_5060, Reason.TLS_REQUIRED),
    "insecure terminal": (Policy.EXC_EXT, OTHER, False, True, UDP_5060, Reason.TERMINAL_NOT_ALLOWED),
    "exception under All Secure": (Policy.ALL_SECURE, MITEL, True, True, TLS_5061, Reason.EXCEPTION_NOT_ALLOWED),
}


def recorded(case: str) -> str:
    policy, terminal, exception, rac, listener, reason = CASES[case]
    decision = decide(policy, Protocol.SIP, terminal.terminal_class, exception, rac, listener.secure)
    wire = Wire()
    outcome = REFUSED._replace(accepted=reason is None, decision=decision, terminal=terminal, reason=reason)
    wire.trace.decided(attempt("12345", on=flow(listener)), outcome, NOW)
    (exchange,) = wire.told()
    return scenario(exchange)


def test_recorded_exchanges_run_and_hold(tmp_path: Path) -> None:
    for number, case in enumerate(CASES):
        (tmp_path / f"{number}.scenario.yaml").write_text(recorded(case))
    raw = Wire()
    raw.trace.received(flow(), b"REGISTER sip:127.0.0.1 SIP/2.0\r\n\r\n", NOW)
    raw.trace.wire(Kind.MALFORMED, UDP_5060, flow().address, "400 Missing Via", NOW)
    (tmp_path / "raw.scenario.yaml").write_text(scenario(raw.told()[0]))
    run = [PROGRAM, "run", str(tmp_path)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(CASES) + 1} passed" in done.stdout


@pytest.mark.parametrize("case", CASES)
def test_what_is_recorded_tells_the_row_and_holds_no_secret_of_the_wire(case: str) -> None:
    text = recorded(case)
    reason = CASES[case][-1]
    assert "Authorization" not in text
    assert ("row: T" in text) is (reason is not Reason.PIN_REQUIRED)
