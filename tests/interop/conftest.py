"""The real program on free ports, for real clients."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interop.running import PROGRAM, Running

Serve = Callable[..., Running]


def _serving(folder: Path) -> Iterator[Serve]:
    running: list[Running] = []

    def serve(*arguments: str, data: str = "data", cwd: Path | None = None, program: str = PROGRAM) -> Running:
        started = Running(folder / data, *arguments, cwd=cwd, program=program)
        running.append(started)
        return started

    yield serve
    for program in running:
        program.stop()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start the program, with arguments beside the usual ones; it is stopped, cleanly, after the test."""
    yield from _serving(tmp_path)


@pytest.fixture(scope="module")
def serve_for_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """The same for all tests of a module."""
    yield from _serving(tmp_path_factory.mktemp("interop"))


@pytest.fixture(scope="module")
def registrar(serve_for_all: Serve) -> Running:
    """A program with the demonstration extensions, shared by the tests of a module."""
    return serve_for_all()


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A working folder with the program in ``.venv/bin``, as ``make run`` has it."""
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(PROGRAM).parent)
    return tmp_path


@pytest.fixture
def made(serve: Serve, here: Path) -> Running:
    """The program as ``make run`` starts it."""
    return serve("--data", "data", "--certs", "certs", cwd=here, program=".venv/bin/registrar")
