"""What changes between two readings of the settings."""

from dataclasses import replace
from pathlib import Path

from registrar.settings import Settings, described, differences


def test_only_what_is_marked_is_taken_over() -> None:
    before = Settings()
    after = replace(before, min_expires=120, log_level="debug", realm="other", data=Path("elsewhere"))
    assert differences(before, after) == ({"min_expires": 120, "log_level": "debug"}, ["data", "realm"])
    assert differences(before, before) == ({}, [])


def test_nothing_that_is_bound_or_stored_is_marked() -> None:
    marked = {each.name for each in described() if each.anew}
    assert not any(name.endswith("_port") for name in marked)
    assert marked.isdisjoint({"data", "host", "database", "durability", "system", "realm", "empty"})
