"""The pytest plugin: a registrar and phones as fixtures, and ``*.scenario.yaml`` files as tests.

Loaded into every pytest run of an environment that has this package, so it imports the rest only when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from registrar.scenario.harness import Harness, LabRegistrar
    from registrar.scenario.load import Case

SUFFIX = ".scenario.yaml"

_HARNESS = pytest.StashKey["Harness"]()


def _harness(config: pytest.Config) -> Harness:
    if _HARNESS not in config.stash:
        from registrar.scenario.harness import Harness

        harness = config.stash[_HARNESS] = Harness()
        config.add_cleanup(harness.close)
    return config.stash[_HARNESS]


@pytest.fixture
def registrar_settings() -> dict[str, Any]:
    """Settings of ``registrar_server``, see docs/settings.md: override this fixture to change them."""
    return {}


@pytest.fixture
def registrar_server(request: pytest.FixtureRequest, registrar_settings: dict[str, Any]) -> Iterator[LabRegistrar]:
    """A registrar of the test's own, empty, on free ports."""
    from registrar.scenario.harness import LabRegistrar

    with LabRegistrar(_harness(request.config), registrar_settings) as registrar:
        yield registrar


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect scenarios."""
    if file_path.name.endswith(SUFFIX):
        collected: pytest.Collector = ScenarioFile.from_parent(parent, path=file_path)
        return collected
    return None


class ScenarioFile(pytest.File):
    """A scenario: a test for each of its cases."""

    def collect(self) -> Iterator[pytest.Item]:
        """Load the file."""
        from registrar.scenario.errors import ScenarioError
        from registrar.scenario.load import load

        try:
            cases = load(self.path)
        except ScenarioError as error:
            raise self.CollectError("\n".join(error.lines())) from None
        for case in cases:
            yield ScenarioItem.from_parent(self, name=case.name or "scenario", case=case)


class ScenarioItem(pytest.Item):
    """One case of a scenario."""

    def __init__(self, *, case: Case, **more: Any) -> None:
        super().__init__(**more)
        self.case = case
        for tag in case.scenario.tags:
            self.add_marker(pytest.mark.scenario(tag))
            self.extra_keyword_matches.add(tag)

    def runtest(self) -> None:
        """Run it."""
        from registrar.scenario.report.terminal import details
        from registrar.scenario.results import Status

        result = _harness(self.config).play(self.case)
        if result.status in (Status.FAILED, Status.ERROR):
            raise ScenarioFailedError("\n".join(details(result)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the failed step with its ladder, and no Python."""
        if isinstance(excinfo.value, ScenarioFailedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where it stands."""
        return self.path, self.case.lines[0] - 1, self.case.title


class ScenarioFailedError(Exception):
    """A scenario did not hold; its text is the report."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "scenario(tag): a scenario with this tag; -k TAG selects by it")
