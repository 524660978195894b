"""The certificate folder is replaced as a whole, whatever moment it is interrupted at."""

from pathlib import Path

import pytest

from registrar.tls.folder import READY, STAGE, commit, replace, settle, stage

OLD = {"server.key": b"old key", "server.pem": b"old certificate", "ca.pem": b"old CA"}
NEW = {"server.key": b"new key", "server.pem": b"new certificate", "ca.pem": b"new CA"}


def held(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def test_files_are_replaced_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "ca.key").write_bytes(b"another")
    replace(tmp_path, OLD)
    replace(tmp_path, NEW)
    assert held(tmp_path) == NEW | {"ca.key": b"another"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca.key", "ca.pem", "server.key", "server.pem"]


def test_only_the_owner_reads_a_key(tmp_path: Path) -> None:
    replace(tmp_path, NEW)
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert modes == {"server.key": 0o600, "server.pem": 0o644, "ca.pem": 0o644}


def test_what_was_only_staged_is_forgotten(tmp_path: Path) -> None:
    replace(tmp_path, OLD)
    stage(tmp_path, NEW)
    settle(tmp_path)
    assert held(tmp_path) == OLD
    assert not (tmp_path / STAGE).exists()


class Crash(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("step", range(6))
def test_a_crash_leaves_the_old_files_or_the_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    replace(tmp_path, OLD)
    steps = iter(range(100))

    def dying(method: str) -> None:
        real = getattr(Path, method)

        def act(self: Path, *arguments: object) -> object:
            if next(steps) == step:
                raise Crash
            return real(self, *arguments)

        monkeypatch.setattr(Path, method, act)

    for method in ("rename", "replace", "rmdir"):
        dying(method)
    stage(tmp_path, NEW)
    if step < 5:
        with pytest.raises(Crash):
            commit(tmp_path)
    else:
        commit(tmp_path)
    monkeypatch.undo()
    settle(tmp_path)
    assert held(tmp_path) == (OLD if step == 0 else NEW)
    assert not (tmp_path / READY).exists()
    assert not (tmp_path / STAGE).exists()
