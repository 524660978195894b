"""Backups: what is written reads back, and nothing else does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.commands.backup import replacing
from registrar.core.piecewise import at_once
from registrar.core.state import State
from registrar.model.changes import (
    SetExtension,
    SetLicence,
    SetMediaEncryption,
    SetPatterns,
    SetPolicy,
    SetProfile,
    SetRac,
    SetRoute,
    Setting,
)
from registrar.model.extension import Extension, ExtensionProfile, Rac
from registrar.model.flow import Transport
from registrar.model.licence import Licence
from registrar.model.media import Media
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.route import Route
from registrar.model.terminal import TerminalPattern
from registrar.store.backup import VERSION, BackupError, read_backup, read_heading, write_backup
from registrar.store.vault import Vault
from tests.lab import NOW

VAULT = Vault(bytes(32))
numbers = st.text("0123456789", min_size=1, max_size=20)
texts = st.text(max_size=20)
settings = st.one_of(
    st.sampled_from(list(Policy)).map(SetPolicy),
    st.builds(SetLicence, st.none() | st.builds(Licence, texts, st.lists(texts).map(tuple), st.none() | st.just(NOW))),
    st.builds(SetMediaEncryption, st.sampled_from(list(Media)), st.booleans()),
    st.builds(lambda csp, name: SetProfile(csp, ExtensionProfile(csp, name)), st.integers(0, 500), texts),
    numbers.flatmap(
        lambda number: st.builds(
            lambda *more: SetExtension(number, Extension(number, *more)),
            st.integers(0, 500),
            st.integers(1, 124),
            st.integers(0, 50000),
            st.booleans(),
        )
    ),
    st.builds(lambda number, pin: SetRac(number, Rac(number, pin, 7)), numbers, texts),
    st.builds(
        lambda *values: SetRoute(values[0], Route(*values)),
        st.integers(1, 999),
        st.sampled_from(list(Protocol)),
        texts,
        st.integers(1, 65535),
        st.sampled_from(list(Transport)),
    ),
    st.builds(
        TerminalPattern,
        texts,
        st.sampled_from(list(TerminalClass)),
        texts,
        st.none() | st.sampled_from(list(Protocol)),
        st.just(False),
    ).map(lambda pattern: SetPatterns((pattern,))),
)
states = st.lists(settings, max_size=12).map(State)


def held(state: State) -> set[str]:
    """Everything set, comparable; PINs included."""
    pins = {f"{number} {rac.pin}" for number, rac in state.racs.items()}
    return {repr(setting) for setting in state.settings()} | pins


@given(states)
def test_what_is_written_reads_back(state: State) -> None:
    heading, read = read_backup(write_backup(state.settings(), "LAB", VAULT, NOW), "LAB", VAULT)
    assert (heading.version, heading.system, heading.made_at) == (VERSION, "LAB", NOW)
    assert held(State(read)) == held(state)


@given(states, states)
def test_a_restored_state_is_the_one_that_was_backed_up_whatever_was_there(before: State, backed_up: State) -> None:
    _, read = read_backup(write_backup(backed_up.settings(), "LAB", VAULT, NOW), "LAB", VAULT)
    changes: list[Setting] = at_once(replacing(before, read))
    inverses = [before.apply(change) for change in changes]
    assert held(before) == held(backed_up)
    assert at_once(replacing(before, read)) == []
    assert len(inverses) == len(changes)


@given(states, states)
def test_a_restore_that_could_not_be_stored_is_taken_back(before: State, other: State) -> None:
    was = held(before)
    inverses = [before.apply(change) for change in at_once(replacing(before, list(other.settings())))]
    for inverse in reversed(inverses):
        before.apply(inverse)
    assert held(before) == was


STATE = State(
    [
        SetExtension("100", Extension("100", 1, 1, 0, False)),
        SetRac("100", Rac("100", "the PIN of 100")),
        SetPolicy(Policy.ALL_SECURE),
    ]
)
BACKUP = write_backup(STATE.settings(), "LAB", VAULT, NOW)


def test_no_pin_is_readable_in_it() -> None:
    assert b"the PIN" not in BACKUP
    assert b"the PIN" not in repr(json.loads(BACKUP.splitlines()[1])).encode()


@given(st.integers(0, len(BACKUP) - 2), st.integers(1, 255))
def test_a_backup_with_one_octet_changed_is_refused(place: int, flip: int) -> None:
    damaged = bytearray(BACKUP)
    damaged[place] ^= flip
    with pytest.raises(BackupError):
        read_backup(bytes(damaged), "LAB", VAULT)


@given(st.integers(0, len(BACKUP) - 2))
def test_a_backup_that_was_cut_off_is_refused(length: int) -> None:
    with pytest.raises(BackupError):
        read_backup(BACKUP[:length], "LAB", VAULT)


def reason(data: bytes, system: str = "LAB", vault: Vault = VAULT) -> str:
    with pytest.raises(BackupError) as error:
        read_backup(data, system, vault)
    return error.value.reason


def with_heading(change: Callable[[Any], object]) -> bytes:
    first, rest = BACKUP.split(b"\n", 1)
    heading = json.loads(first)
    change(heading)
    return json.dumps(heading).encode() + b"\n" + rest


def test_what_is_foreign_newer_or_damaged_is_told_apart() -> None:
    assert reason(b"") == reason(b"hello") == reason(b"[]\n") == reason(b"{}\n") == "FILE IS NO BACKUP"
    assert reason(BACKUP, system="OTHER") == "BACKUP IS OF ANOTHER SYSTEM"
    assert reason(BACKUP, vault=Vault(b"k" * 32)) == "BACKUP WAS MADE WITH ANOTHER KEY"
    assert reason(with_heading(lambda heading: heading.update(version=VERSION + 1))) == "BACKUP IS OF A NEWER VERSION"
    assert reason(with_heading(lambda heading: heading.update(made_at=0))) == "BACKUP IS DAMAGED"
    assert reason(BACKUP + b"more") == "BACKUP IS DAMAGED"


def test_who_knows_only_the_name_of_the_key_cannot_write_one() -> None:
    first, body, _ = BACKUP.splitlines()
    told = first + b"\n" + body.replace(b'"policy":[1]', b'"policy":[0]') + b"\n"
    assert told.count(b'"policy":[0]') == 1
    assert reason(told + Vault(b"k" * 32).code([told]).encode() + b"\n") == "BACKUP IS DAMAGED"


def test_the_heading_is_read_without_the_key() -> None:
    heading = read_heading(BACKUP[:300])
    assert (heading.system, heading.key) == ("LAB", VAULT.name)
