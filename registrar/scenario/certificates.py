"""Certificates of a scenario's registrar, good and bad, all signed by the one lab CA of the run."""

import shutil
from pathlib import Path
from typing import Final

from registrar.tls.authority import make_authority
from registrar.tls.installed import reissue

GOOD: Final = "good"
_YEAR: Final = 365 * 86400.0
_NAMES: Final = ("localhost", "127.0.0.1", "::1")
_BAD: Final = {
    "expired": (_NAMES, -4 * _YEAR),
    "not yet valid": (_NAMES, _YEAR),
    "wrong name": (("elsewhere.example",), 0.0),
}
"""By the scenario's word: the names in the certificate, and how long after now it is issued."""


def certificate_folder(folder: Path, kind: str, now: float) -> Path:
    """Return the folder of a certificate of that kind, below the run's ``folder``; made where it is not there yet."""
    good = folder / "certs"
    if not (good / "ca.key").exists():
        good.mkdir(parents=True, exist_ok=True)
        make_authority(good, now)
    if kind == GOOD:
        return good
    bad = folder / kind.replace(" ", "-")
    if not (bad / "server.pem").exists():
        names, after = _BAD[kind]
        bad.mkdir(exist_ok=True)
        for name in ("ca.pem", "ca.key"):
            shutil.copy(good / name, bad / name)
        reissue(bad, names, now + after)
        # without the authority's key at hand the certificate counts as an operator's own, and is not issued anew
        (bad / "ca.key").unlink()
    return bad


def another_ca(folder: Path, now: float) -> Path:
    """Return the file of a CA that has signed nothing here."""
    another = folder / "another-ca"
    if not (another / "ca.pem").exists():
        another.mkdir(parents=True, exist_ok=True)
        make_authority(another, now)
    return another / "ca.pem"
