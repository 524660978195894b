"""Reports: what they say, and that they can be read by whom they are for."""

import json
import re
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree

import pytest

from registrar.phones.transcript import Entry, Kind
from registrar.scenario.report.data import data
from registrar.scenario.report.junit import junit
from registrar.scenario.report.ladder import ladder
from registrar.scenario.report.page import page
from registrar.scenario.report.terminal import case_line, closing, details
from registrar.scenario.results import CaseResult, Mismatch, Status, StepResult, Summary
from tests.lab import NOW

REGISTER = b'REGISTER sip:lab SIP/2.0\r\nAuthorization: Digest username="1", response="abc"\r\n\r\n'
ENTRIES = (
    Entry(NOW, Kind.NOTED, "desk", "TLS handshake, TLSv1.3"),
    Entry(NOW, Kind.SENT, "desk", "", "TLS 5061", REGISTER),
    Entry(NOW, Kind.NOTED, "registrar", "refused 1001, WRONG_PIN (T2.3)"),
    Entry(NOW, Kind.RECEIVED, "desk", "", "TLS 5061", b"SIP/2.0 401 Unauthorized\r\n\r\n"),
    Entry(NOW, Kind.SHOWN, "desk", "Wrong PIN. Enter PIN:"),
)
STEP = StepResult(
    "register desk",
    "a note",
    7,
    (Mismatch("row", "T2.3", "T2.4"), Mismatch("printout", "A", "\nB\nC")),
    ENTRIES,
    "",
    0.5,
)
FAILED = CaseResult(
    Path("a.scenario.yaml"), "<b>&\0bold", "about it", ("sip",), Status.FAILED, "line 7: row", (STEP,), 0.5
)
PASSED = CaseResult(Path("a.scenario.yaml"), "good", "", (), Status.PASSED, "", (), 0.1)
ERROR = CaseResult(Path("b.scenario.yaml"), "broken", "", (), Status.ERROR, "no way\nfurther", (), 0.1)
LEFT_OUT = CaseResult(Path("b.scenario.yaml"), "elsewhere", "", (), Status.LEFT_OUT, "needs pass", (), 0.0)
SUMMARY = Summary((FAILED, PASSED, ERROR, LEFT_OUT), 5, 1.25)


def test_the_ladder() -> None:
    assert "\n".join(line.rstrip() for line in ladder(ENTRIES)) == dedent("""\
                                                                   registrar
        desk · TLS handshake, TLSv1.3
        desk │─ REGISTER with credentials ──────────── TLS 5061 ─>│
             │                                                    │ refused 1001, WRONG_PIN (T2.3)
        desk │<─ 401 Unauthorized ───────────────────── TLS 5061 ─│
        desk ▢ Wrong PIN. Enter PIN:""")
    assert ladder(()) == []


def test_the_terminal() -> None:
    assert list(details(FAILED))[:7] == [
        "<b>&\0bold",
        "  a.scenario.yaml:7: register desk",
        "    a note",
        "    row: expected T2.3, got T2.4",
        "    printout: expected A, got this:",
        "        B",
        "        C",
    ]
    assert list(details(ERROR)) == ["broken", "  b.scenario.yaml", "    no way", "    further"]
    assert case_line(PASSED) == "✓ good  0.10 s"
    assert case_line(ERROR) == "! broken  (no way)  0.10 s"
    assert case_line(LEFT_OUT) == "- elsewhere  (needs pass)  0.00 s"
    assert closing(SUMMARY) == "1 passed, 1 failed, 1 error, 1 left out, 1 not run in 1.2 s"


def test_what_a_registrar_says_moves_no_cursor() -> None:
    """A scenario may run against any registrar."""
    evil = "OK\x1b[2J\u202e"
    entries = (
        Entry(NOW, Kind.RECEIVED, "desk", "", "UDP 5060", f"SIP/2.0 200 {evil}\r\n\r\n".encode()),
        Entry(NOW, Kind.SHOWN, "desk", evil),
    )
    step = STEP._replace(mismatches=(Mismatch("phrase", "OK", evil),), entries=entries)
    told = "\n".join(details(FAILED._replace(title="evil", steps=(step,))))
    assert "expected OK, got OK?[2J?" in told
    assert all(line.isprintable() for line in told.split("\n"))
    ElementTree.fromstring(junit(Summary((FAILED._replace(message=evil, steps=(step,)),), 1, 0.0)))


def test_a_run_holds_only_when_every_case_was_run_and_none_failed() -> None:
    assert Summary((PASSED, LEFT_OUT), 2, 1).held
    assert not Summary((PASSED,), 2, 1).held
    assert not Summary((PASSED, FAILED), 2, 1).held
    assert not Summary((PASSED, ERROR), 2, 1).held


def test_junit() -> None:
    root = ElementTree.fromstring(junit(SUMMARY))
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("4", "1", "1", "1")
    assert [suite.get("name") for suite in root] == ["a.scenario.yaml", "b.scenario.yaml"]
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert list(cases["good"]) == []
    (failure,) = cases["<b>&\ufffdbold"]
    assert (failure.tag, failure.get("message")) == ("failure", "line 7: row")
    assert "401 Unauthorized" in (failure.text or "")
    assert [each.tag for each in cases["broken"]] == ["error"]
    assert [each.tag for each in cases["elsewhere"]] == ["skipped"]


def test_json() -> None:
    told = json.loads(data(SUMMARY))
    assert (told["held"], told["total"], len(told["cases"])) == (False, 5, 4)
    (step,) = told["cases"][0]["steps"]
    assert [each["kind"] for each in step["happened"]] == ["noted", "sent", "noted", "received", "shown"]
    assert step["happened"][1]["message"][1] == 'Authorization: Digest username="1", response="***"'


def test_the_page_is_one_file_that_asks_nothing_of_any_network() -> None:
    html = page(SUMMARY, NOW)
    assert "&lt;b&gt;&amp;" in html
    assert "<b>&\0bold" not in html
    assert not re.search(r"""(?:src|href)\s*=|url\(|@import|https?://""", html)
    assert "abc" not in re.findall(r"response=[^\n]*", html)[0]
    assert html.count('class="case"') == 4


@pytest.mark.parametrize("render", [junit, data, lambda summary: page(summary, NOW)])
def test_a_run_of_nothing_can_be_reported(render: object) -> None:
    assert render(Summary((), 0, 0.0))  # type: ignore[operator]
