"""``registrar run``: what it prints, what it writes, and how it ends."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree

import pytest

from tests.interop.running import PROGRAM, WRONG, Running

GOOD = """\
    scenario: a phone registers
    tags: [good]
    system:
      - auth_code -i -d 7001 --auth-code 4711
      - extension -i -d 7001 --csp 1 --lim 1 --security-exception no
    phones:
      desk: {profile: mitel-6900, number: 7001, pin: 4711}
    steps:
      - command: sec_policy -set 1
      - register: desk
        expect: {outcome: registered, row: T2.3, port: 5061}
    """
BAD = GOOD.replace("T2.3", "T2.4").replace("a phone registers", "a phone does not").replace("good", "bad")
SLOW = """\
    scenario: something never happens
    steps:
      - wait: {event: refused, within: 600}
    """


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"a-good": GOOD, "b-bad": BAD}.items():
        (tmp_path / f"{name}.scenario.yaml").write_text(dedent(text))
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [PROGRAM, "run", *arguments], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
    )
    assert not [words for words in WRONG if words in done.stderr + done.stdout], done.stderr + done.stdout
    return done


def test_what_held_and_what_did_not(folder: Path) -> None:
    done = run(folder, ".", "--junit", "r.xml", "--json", "r.json", "--html", "r.html")
    assert done.returncode == 1
    assert "✓ a phone registers" in done.stdout
    assert "✗ a phone does not" in done.stdout
    assert "  b-bad.scenario.yaml:10: register desk\n    row: expected T2.4, got T2.3\n" in done.stdout
    assert "desk │<─ 200 OK ─" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 passed, 1 failed in ")
    suites = ElementTree.parse(folder / "r.xml").getroot()
    assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == ("2", "1", "0")
    (failure,) = suites.iter("failure")
    assert failure.get("message") == "line 10, register desk: row: expected T2.4, got T2.3"
    told = json.loads((folder / "r.json").read_text())
    assert (told["held"], [case["status"] for case in told["cases"]]) == (False, ["passed", "failed"])
    assert told["cases"][1]["steps"][-1]["mismatches"] == [{"what": "row", "expected": "T2.4", "got": "T2.3"}]
    page = (folder / "r.html").read_text()
    assert "Not every scenario held" in page
    assert "expected <b>T2.4</b>" in page
    for text in (done.stdout, (folder / "r.xml").read_text(), (folder / "r.json").read_text(), page):
        assert "4711" not in text


def test_only_what_has_a_tag(folder: Path) -> None:
    done = run(folder, ".", "--tag", "good")
    assert (done.returncode, done.stdout.splitlines()[-1].partition(" in ")[0]) == (0, "1 passed")
    done = run(folder, ".", "--tag", "god")
    assert done.returncode == 2
    assert "no scenario has the tag god; did you mean good?" in done.stderr


def test_without_a_path_the_demonstration_is_run(folder: Path) -> None:
    done = run(folder, "--tag", "lock")
    assert done.returncode == 0
    assert "✓ Locked out after wrong PINs, SIP" in done.stdout


def test_quiet_names_only_what_did_not_hold(folder: Path) -> None:
    assert "a phone registers" not in run(folder, ".", "-q").stdout


def test_nothing_runs_when_anything_cannot_be_read(folder: Path) -> None:
    (folder / "c.scenario.yaml").write_text(dedent(GOOD).replace("register: desk", "registr: desk"))
    done = run(folder, ".")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "c.scenario.yaml:10:5: there is no key registr here; did you mean register?",
        "    - registr: desk",
        "      ^",
    ]


def test_a_report_that_cannot_be_written_is_told_before_anything_runs(folder: Path) -> None:
    done = run(folder, ".", "--html", "nowhere/r.html")
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot write nowhere/r.html" in done.stderr


def test_ctrl_c_leaves_nothing_and_says_what_was_done(folder: Path) -> None:
    (folder / "b-bad.scenario.yaml").write_text(dedent(SLOW))
    rooms = folder / "tmp"
    rooms.mkdir()
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [PROGRAM, "run", ".", "--json", "r.json"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "TMPDIR": str(rooms), "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
    give_up = time.monotonic() + 60
    while "✓ a phone registers" not in (folder / "log").read_text():
        assert time.monotonic() < give_up
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    printed = (folder / "log").read_text()
    assert "interrupted" in printed
    assert printed.splitlines()[-1].startswith("1 passed, 1 not run in ")
    assert not [words for words in WRONG if words in printed], printed
    told = json.loads((folder / "r.json").read_text())
    assert (told["held"], told["total"], len(told["cases"])) == (False, 2, 1)
    assert list(rooms.iterdir()) == [], "the folder of the run is gone"
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_against_a_registrar_that_runs(folder: Path, registrar: Running) -> None:
    before = registrar.line("extension -p").printout
    host = "{}:{}".format(*registrar.address("http"))
    own = "a phone of its own\nsettings: {lockout_failures: 3}"
    (folder / "b-bad.scenario.yaml").write_text(dedent(GOOD).replace("a phone registers", own))
    # the policy can only be set where no number has an exception
    registrar.execute("extension -c -d 12346,12347 --security-exception no")
    done = run(folder, ".", "--against", f"http://{host}", "--data", str(registrar.data))
    registrar.execute("extension -c -d 12346,12347 --security-exception yes")
    assert done.returncode == 0, done.stdout
    assert "✓ a phone registers" in done.stdout
    assert "- a phone of its own  (needs a registrar of its own: settings)" in done.stdout
    assert registrar.event("registered", "7001")["row"] == "T2.3"
    assert registrar.line("extension -p").printout == before, "what was initiated is erased"
    assert registrar.get("policy")["policy"] == 0, "the policy is put back"


def test_against_nobody(folder: Path, registrar: Running) -> None:
    done = run(folder, ".", "--against", "http://127.0.0.1:9", "--data", str(registrar.data))
    assert done.returncode == 1
    assert "no registrar answers at 127.0.0.1 port 9: Connection refused" in done.stdout


def test_against_somebody_else(folder: Path) -> None:
    done = run(folder, ".", "--against", "127.0.0.1", "--data", "nothing")
    assert done.returncode == 3
    assert "cannot read nothing/token" in done.stderr
