"""Words of a line, and the line without its PIN."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.commands.line import masked, split
from registrar.commands.terminal_type import quoted


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  a\tb  ", ["a", "b"]),
        ("a 'b c' \"d e\"", ["a", "b c", "d e"]),
        ("a'b c'd", ["ab cd"]),
        ("''", [""]),
        (r"'\' \n", ["\\", "\\n"]),
        ("\"it's\" '\"'", ["it's", '"']),
    ],
)
def test_a_line_is_split_at_spaces_outside_quotes(line: str, words: list[str]) -> None:
    assert [word.text for word in split(line)] == words


def test_an_open_quote_is_noticed() -> None:
    assert [word.closed for word in split("a 'b c")] == [True, False]
    assert [word.closed for word in split("a '")] == [True, False]


@given(st.text())
def test_words_lie_in_the_line_in_order(line: str) -> None:
    end = 0
    for word in split(line):
        assert end <= word.start < word.end <= len(line)
        end = word.end


@given(st.text(min_size=1).filter(str.isprintable))
def test_a_quoted_word_reads_back(text: str) -> None:
    assert [word.text for word in split(quoted(text))] == [text]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("auth_code -i -d 100 --auth-code 4711", "auth_code -i -d 100 --auth-code ****"),
        ("AUTH_CODE -I -D 100 --AUTH-CODE 4711 --customer 3", "AUTH_CODE -I -D 100 --AUTH-CODE **** --customer 3"),
        ("auth_code  -i --auth-code '47 11'  -d 100..110", "auth_code  -i --auth-code ****  -d 100..110"),
        ("auth_code -i -d 100 --auth-code '4711", "auth_code -i -d 100 --auth-code ****"),
        ("auth_code -i -d 100 --auth-code -d", "auth_code -i -d 100 --auth-code ****"),
        ("auth_code -i -d 100 4711", "auth_code -i -d 100 ****"),
        ("auth_code -i -d 100 --auth-code=4711", "auth_code -i -d 100 ****"),
        ("auth_code -i -d 100 --pin 4711", "auth_code -i -d 100 --pin ****"),
        ("auth_kode -i -d 100 --secret 4711", "auth_kode -i -d 100 --secret ****"),
        ("atuh_code -i -d 100 4711", "atuh_code -i -d 100 ****"),
        ("extension -i -d 100 --csp 1 --auth-code 4711", "extension -i -d 100 --csp 1 --auth-code ****"),
        ("extension -i -d 100 --pin=4711", "extension -i -d 100 ****"),
        ("extension -i -d 100 --csp 1 --lim 1", "extension -i -d 100 --csp 1 --lim 1"),
        ('terminal_type -i --pattern "^auth" --class secure', 'terminal_type -i --pattern "^auth" --class secure'),
        ("help auth_code", "help auth_code"),
        ("sec_policy -set 1", "sec_policy -set 1"),
        ("a\x1b[2J b", "a?[2J b"),
        ("", ""),
    ],
)
def test_a_pin_is_masked_and_nothing_else(line: str, shown: str) -> None:
    assert masked(line) == shown


@given(st.from_regex(r"[0-9]{5,20}", fullmatch=True), st.sampled_from(["-i", "-c", "-x", ""]), st.booleans())
def test_no_form_of_an_auth_code_line_shows_its_pin(pin: str, verb: str, before: bool) -> None:
    line = f"auth_code {verb} --auth-code {pin} -d 100" if before else f"auth_code {verb} -d 100 --auth-code {pin}"
    assert pin not in masked(line)
