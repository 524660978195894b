"""The installed certificates: what is in the folder, whether it fits together, whether it is valid now.

The folder holds ``ca.pem`` (the trusted authorities), ``server.pem`` (the server's certificate first, then
intermediates) and ``server.key``; ``ca.key`` as well where the lab authority was made here, and ``request.key`` with
``request.csr`` while a request waits for its certificate. An operator's own files serve as they are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from registrar.model.certificate import Certificate, Certificates, day
from registrar.tls.authority import AUTHORITY_KEY, is_lab, issue, make_authority, requested_name
from registrar.tls.candidate import AUTHORITIES, KEY, SERVER
from registrar.tls.chain import chain_to
from registrar.tls.errors import CertificateError
from registrar.tls.facts import covers, facts
from registrar.tls.folder import replace, settle
from registrar.tls.pem import Key, certificates_in, read_key, written

REQUEST_KEY: Final = "request.key"
REQUEST: Final = "request.csr"


class Installed(NamedTuple):
    """A usable certificate and key."""

    certificate: Path
    key: Path
    ca: Path
    told: Certificates
    lab: bool
    """The lab authority issued it, and may issue another one."""

    @property
    def server(self) -> Certificate:
        """The server's own certificate."""
        return self.told.server

    def problem(self, now: float) -> str | None:
        """Return why the certificate is not valid at ``now``, ``None`` when it is."""
        return self.server.problem(now)

    def problems(self, name: str, now: float) -> list[str]:
        """Return what is wrong with it without keeping it from use: its end is near or past, or it lacks the name."""
        warning = self.server.warning(now)
        lacks = not covers(self.server.names, name)
        return [
            *([warning] if warning is not None else []),
            *([f"the server certificate does not cover {name}: phones that check names refuse it"] if lacks else []),
        ]

    def lines(self, now: float) -> list[str]:
        """Say what is installed, and whether it is valid at ``now``."""
        server = self.server
        warning = server.warning(now)
        return [
            f"certificate  {self.certificate}",
            f"subject      {server.subject}",
            f"issuer       {server.issuer}",
            f"names        {', '.join(server.names)}",
            f"valid        {day(server.not_before)} to {day(server.not_after)}",
            f"fingerprint  {server.fingerprint}",
            f"CA           {self.ca}",
            *([f"{'PROBLEM' if self.problem(now) else 'WARNING':<12} {warning}"] if warning else []),
        ]


def install(folder: Path, names: Sequence[str], now: float) -> Installed:
    """Return the folder's certificate, making a lab authority and certificate where there is none.

    A certificate that the lab authority issued is issued anew when it lacks one of ``names`` or its time is over; an
    operator's own never is. Raises ``CertificateError``.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        settle(folder)
        if not (folder / SERVER).exists():
            if not (folder / AUTHORITIES).exists():
                make_authority(folder, now)
            reissue(folder, names, now)
        installed = inspect(folder)
        if installed.lab:
            complete = all(covers(installed.server.names, name) for name in names)
            if not complete or installed.problem(now):
                reissue(folder, names, now)
                installed = inspect(folder)
    except OSError as error:
        file = error.filename or folder
        raise CertificateError(f"cannot use the certificate file {file}: {error.strerror or error}") from None
    return installed


def inspect(folder: Path) -> Installed:
    """Return the folder's certificate as it is. Raises ``CertificateError`` when it cannot be used, and ``OSError``."""
    certificate_file, key_file, ca_file = folder / SERVER, folder / KEY, folder / AUTHORITIES
    certificate, *others = certificates_in(certificate_file.read_bytes(), str(certificate_file))
    if not private_key(key_file).belongs_to(certificate):
        raise CertificateError(
            f"{key_file} does not belong to {certificate_file}: install the key that the certificate was made with"
        )
    trusted = certificates_in(ca_file.read_bytes(), str(ca_file))
    try:
        chain, authority = chain_to(certificate, others, trusted)
    except CertificateError as error:
        raise CertificateError(f"{certificate_file} is not signed by {ca_file}: {error}") from None
    renewable = (folder / AUTHORITY_KEY).exists()
    told = Certificates(
        facts(certificate),
        tuple(map(facts, chain)),
        tuple(map(facts, dict.fromkeys([authority, *trusted]))),
        renewable,
        _requested(folder),
    )
    return Installed(certificate_file, key_file, ca_file, told, is_lab(certificate) and renewable)


def reissue(folder: Path, names: Sequence[str], now: float) -> None:
    """Let the lab authority issue a certificate for the names, and put it in place.

    Raises ``CertificateError`` and ``OSError``.
    """
    authority_key = folder / AUTHORITY_KEY
    if not authority_key.exists():
        raise CertificateError(
            f"{folder} holds a CA but no server certificate: install server.pem and server.key, or empty the folder"
        )
    check_mode(authority_key)
    issued = issue(folder, names, now)
    replace(folder, {KEY: issued.key.pem, SERVER: written(issued.certificate)})


def private_key(path: Path) -> Key:
    """Return the key of a file that its owner alone can read. Raises ``CertificateError`` and ``OSError``."""
    check_mode(path)
    return read_key(path.read_bytes(), str(path))


def check_mode(path: Path) -> None:
    """Raise ``CertificateError`` when others can read the file."""
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise CertificateError(f"{path} can be read by others (mode {mode:03o}): chmod 600 {path}")


def _requested(folder: Path) -> str:
    try:
        return requested_name((folder / REQUEST).read_bytes())
    except (OSError, ValueError):
        return ""
