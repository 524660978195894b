"""What may change in the service node's state; the store writes them, the state applies and inverts them."""

from typing import NamedTuple

from registrar.model.binding import Binding
from registrar.model.extension import Extension, ExtensionProfile, Rac
from registrar.model.licence import Licence
from registrar.model.lock import Failures, Lock
from registrar.model.media import Media
from registrar.model.policy import Policy
from registrar.model.route import Route
from registrar.model.terminal import TerminalPattern


class SetExtension(NamedTuple):
    """Put the extension in place, or erase it when there is none."""

    number: str
    extension: Extension | None


class SetRac(NamedTuple):
    """Put the number's RAC in place, or erase it."""

    number: str
    rac: Rac | None


class SetProfile(NamedTuple):
    """Put the profile in place, or erase it."""

    csp: int
    profile: ExtensionProfile | None


class SetPolicy(NamedTuple):
    """Set the system's policy."""

    policy: Policy


class SetLicence(NamedTuple):
    """Install the licence, or remove it."""

    licence: Licence | None


class SetMediaEncryption(NamedTuple):
    """Enable or disable the encryption of one type of media."""

    media: Media
    enabled: bool


class SetRoute(NamedTuple):
    """Put the route in place, or erase it."""

    number: int
    route: Route | None


class SetPatterns(NamedTuple):
    """Replace the operator's own terminal patterns, in the order they are tried."""

    patterns: tuple[TerminalPattern, ...]


class SetBinding(NamedTuple):
    """Put the binding in place, or remove the one with this key."""

    key: tuple[str, str, str]
    """Protocol, number, contact identity: ``Binding.key``."""
    binding: Binding | None


class SetLock(NamedTuple):
    """Put the lock of a number or a source in place, or end it."""

    key: tuple[str, str]
    """Number and source: ``Lock.key``."""
    lock: Lock | None


class SetFailures(NamedTuple):
    """Put the count of wrong PINs of a number or a source in place, or forget it.

    Written for a guesser not to begin anew with a restart; nobody waits for it, and it is taken in before anything else
    happens.
    """

    key: tuple[str, str]
    """As a lock's."""
    failures: Failures | None


Setting = SetExtension | SetRac | SetProfile | SetPolicy | SetLicence | SetMediaEncryption | SetRoute | SetPatterns
"""What an operator sets; a backup holds these."""

Change = Setting | SetBinding | SetLock | SetFailures
