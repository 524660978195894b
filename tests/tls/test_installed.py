"""What is told of the installed certificate as its end comes near."""

from pathlib import Path

from registrar.tls.installed import inspect, install
from tests.lab import NOW
from tests.pki import Authority

DAY = 86400
LIFE = 730 * DAY - 3600
"""A lab certificate's, from the moment it is made."""


def test_it_is_warned_of_from_thirty_days_before_its_end(tmp_path: Path) -> None:
    installed = install(tmp_path, ["lab.example"], NOW)
    end = NOW + LIFE
    assert installed.problems("lab.example", end - 31 * DAY) == []
    assert installed.problems("lab.example", end - 30 * DAY + 1) == [
        "the server certificate expires on 2029-01-14, in 29 days"
    ]
    assert installed.problems("lab.example", end - DAY) == ["the server certificate expires on 2029-01-14, in 1 day"]
    assert installed.problems("lab.example", end) == ["the server certificate expired on 2029-01-14"]
    assert installed.problem(end - 1) is None


def test_a_name_that_it_lacks_is_warned_of(tmp_path: Path) -> None:
    installed = install(tmp_path, ["lab.example"], NOW)
    assert installed.problems("pbx.example", NOW) == [
        "the server certificate does not cover pbx.example: phones that check names refuse it"
    ]


def test_the_lab_ca_issues_anew_at_a_start_what_is_over_or_lacks_a_name(tmp_path: Path) -> None:
    first = install(tmp_path, ["lab.example"], NOW)
    assert install(tmp_path, ["lab.example"], NOW + LIFE - 1).told == first.told
    wider = install(tmp_path, ["lab.example", "127.0.0.1"], NOW)
    assert wider.server.names == ("lab.example", "127.0.0.1")
    later = install(tmp_path, ["lab.example"], NOW + LIFE)
    assert later.problem(NOW + LIFE) is None
    assert later.told.trusted == first.told.trusted


def test_an_operators_own_certificate_is_left_alone_at_a_start(tmp_path: Path) -> None:
    root = Authority(tmp_path, "Outside")
    root.issue("server", "other.example", ends=NOW)
    (tmp_path / "server.key").chmod(0o600)
    root.file.rename(tmp_path / "ca.pem")
    installed = install(tmp_path, ["lab.example"], NOW)
    assert (installed.server.issuer, installed.lab, installed.told.renewable) == ("Outside", False, False)
    assert inspect(tmp_path) == installed
