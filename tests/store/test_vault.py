"""RACs at rest, and the files that hold secrets."""

from pathlib import Path

import pytest
from hypothesis import given

from registrar.store.errors import StoreError
from registrar.store.secrets import open_key, open_secret
from registrar.store.vault import Vault, open_vault
from tests.strategies import numbers, pins

VAULT = Vault(bytes(range(32)))


@given(numbers, pins)
def test_a_sealed_pin_opens_for_its_number(number: str, pin: str) -> None:
    assert VAULT.open(number, VAULT.seal(number, pin)) == pin


def test_the_same_pin_never_looks_the_same() -> None:
    assert len({VAULT.seal("12345", "4711") for _ in range(50)}) == 50


@pytest.mark.parametrize(
    ("vault", "number", "damage"),
    [
        (Vault(bytes(32)), "12345", 0),
        (VAULT, "12346", 0),
        (VAULT, "12345", 1),
    ],
    ids=["another key", "another number", "one bit changed"],
)
def test_what_does_not_belong_together_does_not_open(vault: Vault, number: str, damage: int) -> None:
    sealed = bytearray(VAULT.seal("12345", "4711"))
    sealed[-1] ^= damage
    with pytest.raises(StoreError, match=f"the RAC of {number} does not open"):
        vault.open(number, bytes(sealed))


@pytest.mark.parametrize("length", [0, 11, 12, 27])
def test_a_sealed_pin_cut_short_does_not_open(length: int) -> None:
    with pytest.raises(StoreError):
        VAULT.open("12345", VAULT.seal("12345", "")[:length])


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "rac.key"
    sealed = open_vault(file).seal("12345", "4711")
    assert file.stat().st_mode & 0o777 == 0o600
    assert open_vault(file).open("12345", sealed) == "4711"
    assert [each.name for each in tmp_path.iterdir()] == ["rac.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "rac.key"
    open_key(file)
    file.chmod(mode)
    with pytest.raises(StoreError, match=f"can be read by others \\(mode {mode:03o}\\): chmod 600"):
        open_key(file)


def test_a_key_of_the_wrong_length_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "rac.key"
    open_secret(file, b"short")
    with pytest.raises(StoreError, match="holds 5 octets where a key has 32"):
        open_key(file)


def test_a_crash_while_the_key_was_written_leaves_the_next_start_unharmed(tmp_path: Path) -> None:
    (tmp_path / "rac.key.new").write_bytes(b"half")
    assert len(open_key(tmp_path / "rac.key")) == 32


def test_a_key_that_cannot_be_written_is_told_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot use .*file/rac\.key: Not a directory"):
        open_key(tmp_path / "file" / "rac.key")
