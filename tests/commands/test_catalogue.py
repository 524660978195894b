"""The catalogue, what carries it out, and the pages made from it."""

from pathlib import Path

import pytest

from registrar.commands.catalogue import COMMANDS, SECRETS
from registrar.commands.catalogue.shared import VERBOSE
from registrar.commands.document import document
from registrar.commands.grammar import Command
from registrar.commands.pages import contents, page
from registrar.commands.run import FUNCTIONS

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def test_every_form_has_a_function_and_every_function_a_form() -> None:
    assert set(FUNCTIONS) == {(command.name, form.name) for command in COMMANDS.values() for form in command.forms}


def test_the_commands_are_those_of_the_requirement_and_of_this_project() -> None:
    assert list(COMMANDS) == [
        "extension",
        "extension_profile",
        "auth_code",
        "sec_policy",
        "extension_unregistration",
        "ip_extension",
        "media_encryption_enable",
        "media_encryption_disable",
        "media_encryption_print",
        "certificate",
        "license_status",
        "terminal_type",
        "riani",
        "rianc",
        "rianp",
        "riane",
        "sip_route",
        "data_backup",
        "data_restore",
        "help",
    ]


OLDER = {
    "sec_policy",
    "media_encryption_enable",
    "media_encryption_disable",
    "media_encryption_print",
    "RIANI",
    "RIANC",
    "RIANP",
    "RIANE",
    "sip_route",
    "data_backup",
    "data_restore",
}
"""Their switches are single-dash words."""


def test_every_form_of_the_newer_commands_may_be_verbose() -> None:
    for command in COMMANDS.values():
        if command.name not in OLDER | {"help"}:
            assert all(VERBOSE in form.optional for form in command.forms)


def test_the_only_secret_is_the_pin() -> None:
    assert {"--auth-code"} == SECRETS


def test_what_must_be_given_in_part_may_be_given() -> None:
    for command in COMMANDS.values():
        for form in command.forms:
            assert set(form.one_of) <= set(form.optional)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_a_help_page_fits_80_columns_and_names_every_switch(command: Command) -> None:
    lines = page(command)
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert all(name in text for name in command.switches())
    assert all(form.words in " ".join(text.split()) for form in command.forms if len(command.forms) > 1)


def test_the_contents_name_every_command_within_80_columns() -> None:
    lines = contents()
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines if line and not line.startswith(" ")][: len(COMMANDS)] == [
        command.name for command in COMMANDS.values()
    ]


def test_the_document_is_not_stale() -> None:
    assert PAGE.read_text("utf-8") == document(), "run: python -m registrar.commands.document > docs/commands.md"


def test_the_document_has_every_form() -> None:
    text = document().replace("\\|", "|")
    for command in COMMANDS.values():
        for form in command.forms:
            assert f"`{command.syntax(form)}`" in text
