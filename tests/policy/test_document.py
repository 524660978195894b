"""docs/policy.md is what the tables say."""

from pathlib import Path

from registrar.policy.document import document
from registrar.policy.tables import TABLES

PAGE = Path(__file__).parents[2] / "docs" / "policy.md"


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text("utf-8") == document(), "run: python -m registrar.policy.document > docs/policy.md"


def test_the_page_has_every_row() -> None:
    page = document()
    for _, rows in TABLES.values():
        for row in rows:
            assert page.count(f"\n| {row.id} | ") == 1
