"""Does what commands ask of the world outside the state, one at a time and off the event loop."""

import asyncio
from collections.abc import Callable
from typing import Any

from registrar.commands.effects import (
    Effect,
    InstallCertificate,
    ListBackups,
    ReadBackup,
    ReadText,
    Refusal,
    RenewCertificate,
    RequestCertificate,
    TrustAuthority,
    TryFarEnds,
    WriteBackup,
)
from registrar.model.certificate import Certificates
from registrar.surroundings.backups import Backups
from registrar.surroundings.certificates import ServerCertificates
from registrar.surroundings.far_end import FarEnds
from registrar.surroundings.files import read, words


class Outside:
    """The surroundings of a running registrar."""

    def __init__(self, certificates: ServerCertificates, backups: Backups, system: str, issuer: bytes) -> None:
        """``system`` is the name that licences are for, ``issuer`` the public key that they are signed with."""
        self._certificates = certificates
        self._licensing = system, issuer
        self._far_ends = FarEnds(certificates.authorities)
        self._turn = asyncio.Lock()
        """Two operators must not change the same files at once."""
        self._performers = of_certificates(certificates) | of_files(backups)

    def certificates(self) -> Certificates:
        """Return what is told of the server's certificates."""
        return self._certificates.told

    def certificate_problem(self, now: float) -> str | None:
        """Return why there is no valid server certificate at ``now``, ``None`` when there is."""
        return self._certificates.problem(now)

    def licensing(self) -> tuple[str, bytes]:
        """Return the name that licences are for, and the public key of their issuer."""
        return self._licensing

    async def perform(self, effect: Effect) -> object:
        """Return what comes of the effect; what cannot be done is a ``Refusal``."""
        if isinstance(effect, TryFarEnds):
            return await self._far_ends.try_(effect)
        async with self._turn:
            return await asyncio.to_thread(self._performers[type(effect)], effect)


Performers = dict[type, Callable[[Any], object]]
"""What does each kind of effect. They block."""


def of_certificates(certificates: ServerCertificates) -> Performers:
    """Return what does effects on certificates."""
    return {
        RequestCertificate: certificates.request,
        InstallCertificate: certificates.install,
        TrustAuthority: certificates.trust,
        RenewCertificate: lambda _effect: certificates.renew(),
    }


def of_files(backups: Backups) -> Performers:
    """Return what does effects on other files."""
    return {
        ReadText: read_text,
        WriteBackup: backups.write,
        ListBackups: lambda _effect: backups.list_(),
        ReadBackup: backups.read,
    }


def read_text(effect: ReadText) -> str | Refusal:
    """Read a text file."""
    try:
        return read(effect.path).decode()
    except OSError as error:
        return Refusal(f"{effect.title} CANNOT BE READ", (words(error),))
    except UnicodeDecodeError:
        return Refusal(f"{effect.title} NOT VALID", ("It is not text in UTF-8.",))
