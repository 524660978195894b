"""Settings come from three sources, and what is wrong is told with its place, in one line."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from registrar.errors import StartError
from registrar.settings import Settings, described, load


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "registrar.toml"


def test_later_sources_win(file: Path) -> None:
    file.write_text('sip_port = 1\nsips_port = 2\nhttp_port = 3\nrealm = "file"\n')
    settings = load(file, {"REGISTRAR_SIPS_PORT": "20", "REGISTRAR_HTTP_PORT": "30"}, {"http_port": 300, "host": None})
    assert (settings.sip_port, settings.sips_port, settings.http_port) == (1, 20, 300)
    assert (settings.realm, settings.host) == ("file", "127.0.0.1")


def test_without_sources_there_are_defaults() -> None:
    assert load(None, {}, {}) == Settings()


VALUES: dict[str, tuple[Any, str, str]] = {
    "bool": (True, "true", "yes"),
    "int": (7000, "7000", "7000"),
    "float": (7.5, "7.5", "7.5"),
    "Path": (Path("some/where"), '"some/where"', "some/where"),
    "str": ("lab.example", '"lab.example"', "lab.example"),
}
"""A value of each kind, as a file spells it and as the environment does."""


@pytest.mark.parametrize("name", [each.name for each in described() if each.kind is not dict])
def test_every_setting_can_be_set_from_every_source(file: Path, name: str) -> None:
    (setting,) = [each for each in described() if each.name == name]
    value, in_file, in_environment = VALUES[setting.kind.__name__]
    if setting.choices:
        value = setting.choices[-1]
        in_file, in_environment = f'"{value}"', value.upper()
    more = {"default_expires": "max_expires = 86400", "min_expires": "default_expires = 9000"}.get(name, "")
    file.write_text(f"{name} = {in_file}\n{more}\n")
    assert getattr(load(file, {}, {}), name) == value
    rest = dict([more.split(" = ")]) if more else {}
    environment = {f"REGISTRAR_{each.upper()}": text for each, text in rest.items()}
    assert getattr(load(None, environment | {f"REGISTRAR_{name.upper()}": in_environment}, {}), name) == value
    assert getattr(load(None, environment, {name: value}), name) == value


def test_a_table_of_numbers(file: Path) -> None:
    file.write_text('digest_numbers = { 12345 = "SHA-256", "00042" = "both" }\n')
    assert load(file, {}, {}).digest_numbers == {"12345": "SHA-256", "00042": "both"}


WRONG = [
    ("sip_prot = 5060", "line 3: there is no setting sip_prot; did you mean sip_port?"),
    ("colour = 1", "line 3: there is no setting colour"),
    ("[sip]\nport = 5060", "line 3: there is no setting sip"),
    ('sip_port = "5060"', "line 3: sip_port must be a whole number, not '5060'"),
    ("sip_port = 5060.0", "line 3: sip_port must be a whole number, not 5060.0"),
    ("sip_port = true", "line 3: sip_port must be a whole number, not True"),
    ("sip_port = 65536", "line 3: sip_port must be at most 65535, not 65536"),
    ("sip_port = -1", "line 3: sip_port must be at least 0, not -1"),
    ("empty = 1", "line 3: empty must be true or false, not 1"),
    ("realm = 1", "line 3: realm must be a text, not 1"),
    ("data = 1", "line 3: data must be a path, not 1"),
    ('nonce_seconds = "long"', "line 3: nonce_seconds must be a number, not 'long'"),
    ("nonce_seconds = nan", "line 3: nonce_seconds must be a number, not nan"),
    ("nonce_seconds = inf", "line 3: nonce_seconds must be a number, not inf"),
    ("handshake_seconds = 0", "line 3: handshake_seconds must be at least 0.1, not 0.0"),
    ("max_expires = 4294967296", "line 3: max_expires must be at most 4294967295, not 4294967296"),
    ('durability = "forever"', "line 3: durability must be one of durable, memory, not 'forever'"),
    ('digest_numbers = "MD5"', "line 3: digest_numbers must be a table, not 'MD5'"),
    ('digest_numbers = { 1 = "MD4" }', "line 3: digest_numbers takes MD5, SHA-256 or both for each number"),
    ("realm = 'a\"b'", "line 3: realm must be 1 to 100 characters without quotes and backslashes, not 'a\"b'"),
    ('realm = ""', "line 3: realm must be 1 to 100 characters without quotes and backslashes, not ''"),
    ('domain = "two words"', "line 3: domain must be a host name or an address, not 'two words'"),
    ('domain = "a/b"', "line 3: domain must be a host name or an address, not 'a/b'"),
    ("sip_port 5060", "Expected '=' after a key in a key/value pair (at line 3, column 10)"),
    ("sip_port = 1\nsip_port = 2", "Cannot overwrite a value (at line 4, column 13)"),
    ('realm = "never closed', "Illegal character"),
]


@pytest.mark.parametrize(("text", "words"), WRONG, ids=lambda value: value[:30])
def test_what_is_wrong_in_the_file_is_told_with_its_line(file: Path, text: str, words: str) -> None:
    file.write_text(f"# settings\nhost = '127.0.0.1'\n{text}\n")
    with pytest.raises(StartError) as error:
        load(file, {}, {})
    assert str(error.value).startswith(str(file))
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert error.value.status == 2


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("SIP_PORT", "x", "REGISTRAR_SIP_PORT: 'x' is no number"),
        ("SIP_PORT", "70000", "REGISTRAR_SIP_PORT: sip_port must be at most 65535"),
        ("EMPTY", "perhaps", "REGISTRAR_EMPTY: 'perhaps' is neither yes nor no"),
        ("LOG_FORMAT", "xml", "REGISTRAR_LOG_FORMAT: log_format must be one of text, json"),
    ],
)
def test_what_is_wrong_in_the_environment_is_told_with_its_variable(variable: str, value: str, words: str) -> None:
    with pytest.raises(StartError, match=words) as error:
        load(None, {f"REGISTRAR_{variable}": value}, {})
    assert error.value.status == 2


@pytest.mark.parametrize("values", [{"min_expires": 7200}, {"default_expires": 90000}, {"max_expires": 100}])
def test_expiries_must_rise(values: dict[str, int]) -> None:
    with pytest.raises(StartError, match="min_expires, default_expires and max_expires must rise in this order"):
        load(None, {}, values)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for file, words in ((tmp_path / "none.toml", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(StartError, match=f"cannot read the settings file {file}: {words}"):
            load(file, {}, {})


def test_a_file_that_is_no_text_is_told(file: Path) -> None:
    file.write_bytes(b"realm = '\xff'")
    with pytest.raises(StartError, match="is not text in UTF-8"):
        load(file, {}, {})


def test_every_setting_has_words_and_a_default_that_it_would_take() -> None:
    defaults = Settings()
    given = {each.name: getattr(defaults, each.name) for each in described()}
    assert load(None, {}, given) == defaults
    assert all(field.metadata["text"].endswith((".", ".`")) for field in dataclasses.fields(Settings))
