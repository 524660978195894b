"""Tests that need a program of Debian's name it: ``@pytest.mark.interop("sipp")``; so with a file that make fetches.

Where one is missing they are left out and the summary says so; with ``--no-omission`` that is an error.
"""

import shutil

import pytest
from hypothesis import settings

from tests.h323 import endpoint

# How long an example takes is chance on a machine that does much else.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-omission", action="store_true", help="fail when a program that a test needs is missing")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    missing = {item: absent for item in items if (absent := _absent(item))}
    if not missing:
        return
    programs = sorted({program for absent in missing.values() for program in absent})
    words = f"{len(missing)} tests need {', '.join(programs)}, which this machine has not"
    if config.getoption("--no-omission"):
        raise pytest.UsageError(f"{words}; nothing may be left out")
    items[:] = [item for item in items if item not in missing]
    config.hook.pytest_deselected(items=list(missing))
    config.stash[_LEFT_OUT] = f"left out: {words}"


@pytest.fixture(autouse=True, scope="module")
def _endpoints_are_numbered_anew() -> None:
    """However many endpoints earlier modules made, none of this one's starts its requests' numbers over."""
    endpoint.number_anew()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if words := config.stash.get(_LEFT_OUT, ""):
        terminalreporter.write_line(words)


_LEFT_OUT = pytest.StashKey[str]()


def _absent(item: pytest.Item) -> list[str]:
    needed = [program for mark in item.iter_markers("interop") for program in mark.args]
    return [name for name in needed if shutil.which(name) is None and not (item.config.rootpath / name).is_file()]
