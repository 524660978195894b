"""Which names a certificate covers."""

import pytest

from registrar.tls.facts import covers


@pytest.mark.parametrize(
    ("names", "wanted", "covered"),
    [
        (["lab.example"], "LAB.example.", True),
        (["lab.example"], "sip.lab.example", False),
        (["*.lab.example"], "sip.lab.example", True),
        (["*.lab.example"], "a.sip.lab.example", False),
        (["*.lab.example"], "lab.example", False),
        (["*.example"], "lab.example", False),
        (["*"], "lab", False),
        (["127.0.0.1"], "127.0.0.1", True),
        (["::1"], "[0:0:0:0:0:0:0:1]", True),
        (["*.0.0.1"], "127.0.0.1", False),
        ([], "lab.example", False),
    ],
)
def test_a_name_is_covered_by_itself_or_by_a_wildcard_for_one_label(
    names: list[str], wanted: str, covered: bool
) -> None:
    assert covers(names, wanted) is covered
