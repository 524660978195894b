"""What is wrong with a scenario is told with file, line, column, and the nearest right word; nothing runs then."""

import contextlib
from itertools import pairwise
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.scenario.document import Document
from registrar.scenario.errors import ScenarioError
from registrar.scenario.load import find, load, load_document
from tests.scenario.playing import REGISTERED, cases, with_step


def error(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        cases(text)
    return caught.value.lines()


@pytest.mark.parametrize(
    ("step", "place", "words"),
    [
        ("- registr: desk", "9:5", "there is no key registr here; did you mean register?"),
        ("- register: dsek", "9:15", "there is no phone dsek; did you mean desk?"),
        ("- register: {phone: desk, pim: 1}", "9:29", "there is no key pim here; did you mean pin?"),
        (
            "- expect: {phone: desk, outcome: registred}",
            "9:36",
            "registred is not known here; did you mean registered?",
        ),
        ("- expect: {phone: desk, row: T2.33}", "9:32", "T2.33 is not known here; did you mean T2.3?"),
        ("- expect: {phone: desk, reason: TLS_REQUIERED}", "9:35", "did you mean TLS_REQUIRED?"),
        ("- expect: {phone: desk, port: 5062}", "9:33", "5062 is not known here; did you mean 5061?"),
        ("- expect: {phone: desk, status: ok}", "9:35", "a whole number is wanted here, not ok"),
        ("- expect: {phone: desk, downgraded: yes}", "9:39", "true or false is wanted here, not yes"),
        ("- expect: {phone: desk, within: -1}", "9:35", "should be greater than or equal to 0"),
        ("- wait: {event: registred}", "9:19", "registred is not known here; did you mean registered?"),
        ("- wait: {phone: desk}", "9:11", "wait for an event, or for a phone until it stands somewhere"),
        ("- wait: {event: refused, number: 10x1}", "9:36", "a directory number has digits only, not 'x'"),
        ("- send: {port: 5060, hex: abc}", "9:11", "hex is pairs of hexadecimal digits"),
        ("- send: {port: 5060}", "9:11", "send either text or hex"),
        ("- command: extention -p", "9:14", "this is no operator's command: "),
        ("- command: extension -p -q", "9:27", "this is no operator's command: "),
        ("- command: sec_policy -set ${policy}", "9:14", "there is no variable policy; known are "),
        ("- {register: desk, reboot: desk}", "9:5", "a step does one thing, not register and reboot"),
        ("- note: nothing", "9:5", "a step needs one of command, register, "),
        ("- 17", "9:5", "a mapping is wanted here, not 17"),
        ("- pass: soon", "9:11", "a number is wanted here, not soon"),
    ],
)
def test_a_wrong_step(step: str, place: str, words: str) -> None:
    first, line, caret = error(with_step(step))
    assert first.startswith(f"test.scenario.yaml:{place}: "), first
    assert words in first
    assert line.strip() == step
    assert caret.index("^") == int(place.partition(":")[2]) - 3 + 4


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("steps:", "stebs:", "7:1: there is no key stebs here; did you mean steps?"),
        ("mitel-6900", "mitel-6901", "mitel-6901 is not known here; did you mean mitel-6900?"),
        ("number: 1001", "number: 1001-2", "6:35: a directory number has digits only, not '-'"),
        ("number: 1001", "number: [1001]", "6:35: a text is wanted here, not [1001]"),
        ("pin: 4711", "pin: true", "a text is wanted here, not True"),
        ("scenario: a phone registers", "scenario: a\nscenario: b", "2:1: scenario stands here twice"),
        ("scenario: a phone registers", "scenario: {", "this is no YAML: "),
        ("phones:", "settings: {lockout_failure: 3}\nphones:", "did you mean lockout_failures?"),
        ("phones:", "settings: {lockout_failures: many}\nphones:", "lockout_failures must be a whole number"),
        ("phones:", "settings: {sip_port: 5060}\nphones:", "there is no setting sip_port here"),
        ("phones:", "variables: {spare: 1}\nphones:", "no ${spare} is in this scenario"),
        ("phones:", "cases:\n  - {spare: 1}\nphones:", "no ${spare} is in this scenario"),
        ("phones:", "cases: 5\nphones:", "cases are a list of mappings"),
        ("phones:", "certificate: rotten\nphones:", "rotten is not known here; known are good, expired, "),
        ("phones:", "leftover: {policy: 4}\nphones:", "should be less than or equal to 3"),
    ],
)
def test_a_wrong_scenario(old: str, new: str, words: str) -> None:
    text = dedent(REGISTERED)
    assert old in text
    assert (
        words in " ".join(error(text.replace(old, new, 1)))
        or words.partition(": ")[2] in error(text.replace(old, new, 1))[0]
    )


def test_an_unset_key_and_what_is_no_scenario() -> None:
    assert error("- 1")[0] == "test.scenario.yaml:1:1: a scenario is a mapping: scenario, phones, steps"
    assert error("")[0] == "test.scenario.yaml:1:1: the file is empty"
    assert "the key steps is missing here" in error("scenario: x")[0]
    assert "at least 1 item" in error("scenario: x\nsteps: []")[0]


def test_numbers_stay_as_they_were_written() -> None:
    (case,) = cases(dedent(REGISTERED).replace("number: 1001, pin: 4711", "number: 0012, pin: 0047"))
    assert (case.scenario.phones["desk"].number, case.scenario.phones["desk"].pin) == ("0012", "0047")


def test_a_case_is_one_run_with_its_variables() -> None:
    text = dedent(REGISTERED) + dedent("""\
          - expect: {phone: desk, status: "${status}", phrase: "${phrase}"}
        cases:
          - {case: one, status: 200, phrase: OK}
          - {case: two, status: 403, phrase: null}
        """).replace("\n  ", "\n  ")
    one, two = cases(text)
    assert (one.title, two.title) == ("a phone registers [one]", "a phone registers [two]")
    first, second = one.scenario.steps[1].expect, two.scenario.steps[1].expect
    assert first is not None
    assert second is not None
    assert (first.status, first.phrase) == (200, "OK")
    assert (second.status, second.phrase) == (403, None)
    assert one.lines[-1] == text[: text.index("- expect")].count("\n") + 1


def test_cases_are_named_by_their_first_value_and_never_by_another() -> None:
    text = dedent(REGISTERED).replace("pin: 4711}", 'pin: "${pin}", says: "${says}"}')
    text += "cases:\n  - {says: a, pin: 1}\n  - {says: a, pin: 2}\n  - {says: b, pin: 3}\n"
    assert [case.name for case in cases(text)] == ["a", "a (2)", "b"]


def test_aliases_may_be_used_but_cannot_explode() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    names = "abcdefg"
    for before, name in pairwise(names):
        bomb += f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    assert "more than 200,000 values" in error(bomb)[0]


@given(st.text(max_size=200))
def test_any_text_is_a_scenario_or_an_error(text: str) -> None:
    with contextlib.suppress(ScenarioError):
        load_document(Document(Path("any"), text))


def test_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    for name in ("b.scenario.yaml", "inner/a.scenario.yaml", "other.yaml"):
        (tmp_path / name).write_text(dedent(REGISTERED))
    assert [file.name for file in find([tmp_path])] == ["b.scenario.yaml", "a.scenario.yaml"]
    assert find([tmp_path / "other.yaml", tmp_path / "other.yaml"]) == [tmp_path / "other.yaml"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ScenarioError, match="holds no file named"):
        find([tmp_path / "empty"])
    with pytest.raises(ScenarioError, match="No such file"):
        load(tmp_path / "nothing.scenario.yaml")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ScenarioError, match="is not text in UTF-8"):
        load(tmp_path / "binary")
