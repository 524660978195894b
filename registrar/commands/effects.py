"""What commands ask of the world outside the state: as values, done by the system's surroundings and given back.

A command that needs the world, or a long time, is a generator: it yields an effect, is sent what came of it, and
returns its ``Execution``. The state may have changed meanwhile; ``node.state`` is the one that is.
"""

from collections.abc import Generator
from typing import Any, NamedTuple
from typing import Protocol as Interface

from registrar.commands.node import Execution
from registrar.core.piecewise import Pause
from registrar.model.certificate import Certificate, Certificates
from registrar.model.changes import Setting
from registrar.model.flow import TlsSession
from registrar.model.route import Route


class Refusal(NamedTuple):
    """What comes of an effect that could not be done; nothing was changed."""

    reason: str
    """In capitals, as a printout shows it."""
    words: tuple[str, ...] = ()
    """What to do about it, in paragraphs; one that is indented is a command to copy."""


class ReadText(NamedTuple):
    """Read a text file on the service node; ``str`` comes of it."""

    path: str
    title: str
    """What refusals call it, in capitals."""


class RequestCertificate(NamedTuple):
    """Make a key and a certificate signing request; ``Requested`` comes of it."""

    names: tuple[str, ...]
    """The common name first; all of them are alternative names."""


class Requested(NamedTuple):
    """A certificate signing request (PKCS #10)."""

    pem: str
    file: str
    """Where it is kept as well."""
    replaces: str = ""
    """The name in the request that waited before; it was made with the same key."""


class InstallCertificate(NamedTuple):
    """Check the certificate in the files and install it; ``Certificates`` comes of it."""

    certificate: str
    key: str | None
    authority: str | None


class TrustAuthority(NamedTuple):
    """Trust the CA certificates in the file; ``Certificates`` comes of it."""

    authority: str


class RenewCertificate(NamedTuple):
    """Let the lab authority issue a new certificate and install it; ``Certificates`` comes of it."""


class Settle(NamedTuple):
    """Wait until everything changed so far is stored; ``None`` comes of it."""


class WriteBackup(NamedTuple):
    """Write a backup of the settings; ``Backup`` comes of it."""

    settings: list[Setting]
    file: str | None
    """A name of its own in the folder of backups when none is given."""


class ListBackups(NamedTuple):
    """List the backups in their folder; a list of ``Backup``, the oldest first, comes of it."""


class Backup(NamedTuple):
    """A backup file."""

    file: str
    octets: int
    made_at: float
    """POSIX seconds."""
    system: str
    own_key: bool
    """Made with the key of this system."""


class ReadBackup(NamedTuple):
    """Read a backup and check it whole; ``Restored`` comes of it."""

    file: str


class Restored(NamedTuple):
    """What a backup holds."""

    backup: Backup
    settings: list[Setting]


class TryFarEnds(NamedTuple):
    """Try to reach the far ends of routes; a list of ``Meeting``, in their order, comes of it."""

    routes: tuple[Route, ...]


class Meeting(NamedTuple):
    """What a far end was found to be."""

    reached: bool
    words: str
    """What it answered, or why it was not reached."""
    seconds: float = 0.0
    """How long it took."""
    tls: TlsSession | None = None
    certificate: Certificate | None = None
    """The one that it showed."""
    distrust: str = ""
    """Why its certificate does not verify; empty when it does."""


Effect = (
    TryFarEnds
    | ReadText
    | RequestCertificate
    | InstallCertificate
    | TrustAuthority
    | RenewCertificate
    | Settle
    | WriteBackup
    | ListBackups
    | ReadBackup
)

Steps = Generator[Effect | Pause, Any, Execution]
"""A command on its way: effects are yielded, what comes of them (or a ``Refusal``) is sent back.

One that looks at very many things pauses again and again, so that nothing waits for it. The state may change meanwhile:
what decides whether something is changed is looked at behind the last pause.
"""


class Surroundings(Interface):
    """The world outside the state, as commands meet it."""

    def certificates(self) -> Certificates | None:
        """Return what is told of the server's certificates."""
        ...

    def certificate_problem(self, now: float) -> str | None:
        """Return why there is no valid server certificate at ``now``, ``None`` when there is."""
        ...

    def licensing(self) -> tuple[str, bytes]:
        """Return the name that licences are for, and the public key of their issuer."""
        ...

    async def perform(self, effect: Effect) -> object:
        """Return what comes of the effect."""
        ...


class NoSurroundings:
    """A node by itself, without files and certificates; its policy may be set all the same."""

    def certificates(self) -> None:
        """There are none."""

    def certificate_problem(self, _now: float) -> None:
        """There is none."""

    def licensing(self) -> tuple[str, bytes]:
        """Nobody issues any."""
        return "", b""

    async def perform(self, effect: Effect) -> Refusal:
        """Refuse."""
        return Refusal("NOT POSSIBLE HERE", (f"This service node has no surroundings: {type(effect).__name__}.",))
