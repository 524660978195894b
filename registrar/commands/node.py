"""What a command sees of the service node, and what it gives back; commands never change the state themselves."""

from typing import NamedTuple

from registrar.core.state import State
from registrar.model.certificate import Certificates
from registrar.model.changes import Setting
from registrar.model.events import RefusalEvent
from registrar.model.lock import Lock
from registrar.model.policy import PortCheck
from registrar.policy.classify import Classifier


class Node(NamedTuple):
    """A read-only view of the service node at one moment."""

    state: State
    classifier: Classifier
    port_check: PortCheck = PortCheck.STANDARD
    certificate_problem: str | None = None
    """Why there is no currently valid server certificate, in words; ``None`` when there is one."""
    refusals: tuple[RefusalEvent, ...] = ()
    """Refused registrations in memory, identical ones counted together, the one heard last at the end."""
    locks: tuple[Lock, ...] = ()
    """Numbers and addresses that guessed wrong too often."""
    certificates: Certificates | None = None
    """The server's certificate and what stands around it."""
    system: str = ""
    """The name that licences are for."""
    issuer: bytes = b""
    """The public key of whoever issues licences for this system."""
    waits: tuple[Lock, ...] = ()
    """Numbers and addresses that guessed wrong and are heard again only after a while."""


class Execution(NamedTuple):
    """What became of an operator's line. The system stores and applies ``changes``, then the printout is true."""

    executed: bool
    """False for a refusal and for a line that is not the language."""
    printout: str
    """Lines without a final newline; never holds a PIN."""
    changes: tuple[Setting, ...] = ()
    unregister: tuple[str, ...] = ()
    """Numbers whose bindings the operator removes, in both protocols."""
    unlock: tuple[Lock, ...] = ()
    """Locks that the operator ends."""
    change: bool = False
    """True for an accepted change, false for a print; told as an event."""
    exit_status: int = 0
    """0 executed or printed, 1 NOT EXECUTED, 2 not the language."""
