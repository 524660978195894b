"""Lines read by the catalogue. The transcripts show the messages; here is what holds for all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.commands.catalogue import COMMANDS, TOPIC
from registrar.commands.catalogue.extensions import EXCEPTION, LIM
from registrar.commands.catalogue.security import PREVIEW, SET
from registrar.commands.catalogue.shared import CSP, CUSTOMER, DIR, VERBOSE
from registrar.commands.grammar import Command, Form, Switch
from registrar.commands.line import MAX_LINE
from registrar.commands.parse import LanguageError, parse
from registrar.model.policy import Policy

FORMS = [(command, form) for command in COMMANDS.values() for form in command.forms]
EXAMPLES = {
    "N": "100..101",
    "N|all": "all",
    "PIN": "4711",
    "TEXT": "Guests",
    "REGEX": "^x",
    "FILE": "lab.licence",
    "COMMAND": "help",
    "NAME": "lab.example",
    "NAME,...": "lab.example,127.0.0.1",
    "HOST:PORT": "lab.example:1720",
}


def written(switch: Switch[object]) -> str:
    if switch.type is None:
        return switch.name
    argument = EXAMPLES.get(switch.type.form) or switch.type.form.split("..")[0].split("|")[0]
    return f"{switch.name} {argument}"


@pytest.mark.parametrize(("command", "form"), FORMS, ids=lambda part: getattr(part, "name", None))
def test_every_form_reads_with_its_required_switches_and_with_all(command: Command, form: Form) -> None:
    verb = (form.verb,) if form.verb is not None else ()
    least = (*verb, *form.required, *form.one_of[:1])
    everything = (*verb, *form.required, *form.optional)
    for switches in (least, everything, everything[::-1]):
        line = parse(" ".join([command.name, *map(written, switches)]))
        assert (line.command, line.form) == (command, form)
        assert all(switch in line.arguments for switch in switches)


@pytest.mark.parametrize(("command", "form"), FORMS, ids=lambda part: getattr(part, "name", None))
def test_no_form_reads_when_a_required_switch_is_missing(command: Command, form: Form) -> None:
    verb = (form.verb,) if form.verb is not None else ()
    for missing in form.required:
        rest = [written(switch) for switch in (*verb, *form.required) if switch is not missing]
        with pytest.raises(LanguageError, match="is missing") as error:
            parse(" ".join([command.name, *rest]))
        assert error.value.forms == (command.syntax(form),)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_every_command_gives_its_page_on_request_whatever_else_the_line_says(command: Command) -> None:
    for line in (f"{command.name} --help", f"{command.name} -?", f"{command.name} -i --HELP nonsense"):
        assert parse(line).arguments[TOPIC] == command.name


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_the_examples_of_every_page_are_the_language(command: Command) -> None:
    for example in command.examples:
        assert parse(example).command is command


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_an_abbreviation_is_no_command(command: Command) -> None:
    with pytest.raises(LanguageError, match="is no command"):
        parse(f"{command.name[:-1]} -p")


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_a_switch_is_written_one_way_for_one_meaning(command: Command) -> None:
    for form in command.forms:
        for switch in form.switches:
            assert all(command.switches()[name] is switch for name in (switch.name, *switch.aliases))


def test_arguments_have_their_types() -> None:
    arguments = parse(
        "extension -i -d 100..102 --csp 500 --lim 124 --security-exception NO --customer 50000 -v"
    ).arguments
    assert [*arguments[DIR]] == ["100", "101", "102"]
    assert (arguments[CSP], arguments[LIM], arguments[CUSTOMER]) == (500, 124, 50000)
    assert arguments[EXCEPTION] is False
    assert VERBOSE in arguments
    assert parse("sec_policy -set 2").arguments[SET] is Policy.EXC_EXT
    assert parse("sec_policy -preview 0").arguments[PREVIEW] is Policy.NONE


def test_what_is_not_given_is_none() -> None:
    arguments = parse("extension -p").arguments
    assert arguments.get(DIR) is None
    assert arguments.get(EXCEPTION) is None
    assert VERBOSE not in arguments


@pytest.mark.parametrize(
    "line",
    [
        "extension -c -d 12345 --security-exception yes",
        "extension -c -d 12345 security-exception yes",
        "Extension --Change --Dir 12345 Security-Exception Yes",
        "extension --security-exception yes -d 12345 -c",
        "  extension\t-c  -d '12345' --security-exception \"yes\" ",
    ],
)
def test_a_line_may_be_written_in_several_ways(line: str) -> None:
    arguments = parse(line).arguments
    assert ([*arguments[DIR]], arguments[EXCEPTION]) == (["12345"], True)


def test_a_quoted_word_is_never_a_switch() -> None:
    with pytest.raises(LanguageError, match="no switch of extension"):
        parse("extension '-p'")
    assert parse("auth_code -i -d 1 --auth-code '-d'").command.name == "auth_code"


def test_a_line_of_any_length_is_answered_briefly() -> None:
    for line in ("x" * 200_000, "extension -p " + "y" * 90_000, "extension -i -d " + "1" * 90_000):
        with pytest.raises(LanguageError) as error:
            parse(line)
        assert len(error.value.printout()) < 2000
    with pytest.raises(LanguageError, match="at most 100,000 characters"):
        parse("extension -p" + " " * MAX_LINE)


def test_the_caret_stands_under_the_place_in_a_long_line() -> None:
    numbers = ",".join(str(number) for number in range(1000, 1100))
    for line in (
        f"extension -e -d {numbers},12x4,{numbers}",
        f"extension -e -d 12x4,{numbers}",
        f"extension -e -d {numbers},12x4",
    ):
        with pytest.raises(LanguageError) as error:
            parse(line)
        shown, caret, *_ = error.value.printout().splitlines()
        assert len(shown) <= 80
        assert shown[caret.index("^")] == "x"


WORDS = st.sampled_from(
    [
        "extension",
        "auth_code",
        "sec_policy",
        "-i",
        "-c",
        "-p",
        "-d",
        "-set",
        "100",
        "1..3",
        "--csp",
        "1",
        "'",
        '"',
        "--lim",
        "é",
        "\x00",
    ]
)


@given(st.lists(WORDS, max_size=8).map(" ".join) | st.text(max_size=60))
def test_every_line_is_read_or_told_what_is_wrong_within_80_columns(line: str) -> None:
    try:
        parse(line)
    except LanguageError as error:
        lines = error.printout().splitlines()
        assert max(map(len, lines)) <= 80
        assert all(part.isprintable() for part in lines)
        if error.line:
            assert lines[1].strip() == "^"
