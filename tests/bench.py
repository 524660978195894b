"""A service node without store or sockets, for operator's lines and registrations.

Files that a line names are real ones, in the present folder: tests go to one of their own.
"""

from pathlib import Path

from registrar.commands.effects import Effect, Meeting, Settle, TryFarEnds
from registrar.commands.node import Execution, Node
from registrar.commands.run import advance, execute
from registrar.core.limits import Limits
from registrar.core.lockout import Lockout
from registrar.core.logon import Logon
from registrar.core.piecewise import at_once
from registrar.core.register import register
from registrar.core.state import State
from registrar.model.changes import SetBinding, SetLicence, SetLock
from registrar.model.events import EventType, RefusalEvent
from registrar.model.extension import Rac
from registrar.model.flow import Listener, Transport
from registrar.model.licence import VOIP_SECURITY, Licence
from registrar.model.outcome import Outcome
from registrar.model.policy import Protocol
from registrar.model.reason import Reason
from registrar.policy.classify import Classifier
from registrar.policy.licence_file import issuer_of
from registrar.store.vault import Vault
from registrar.surroundings.backups import Backups
from registrar.surroundings.certificates import ServerCertificates
from registrar.surroundings.outside import of_certificates, of_files
from tests.lab import NOW, attempt, contact, flow
from tests.pki import Authority

ISSUER = bytes(range(32))
"""The key with which licences are signed."""
LICENCE = Licence("LAB", (VOIP_SECURITY,))
LISTENERS = {
    5060: Listener(Protocol.SIP, Transport.UDP, "127.0.0.1", 5060),
    5061: Listener(Protocol.SIP, Transport.TLS, "127.0.0.1", 5061),
    1719: Listener(Protocol.H323, Transport.UDP, "127.0.0.1", 1719),
    3727: Listener(Protocol.H323, Transport.TLS, "127.0.0.1", 3727),
}


class Bench:
    """Carries out lines and registrations one after the other; what a line changes is applied at once."""

    def __init__(self, licence: Licence | None = LICENCE) -> None:
        self.state = State([SetLicence(licence)])
        self.now = NOW
        self.limits = Limits()
        self.certificate_problem: str | None = None
        self.refusals: list[RefusalEvent] = []
        self.certificates: ServerCertificates | None = None
        self.backups = Backups(Path("backups"), "LAB", Vault(bytes(32)), lambda: self.now)
        self.meetings: dict[int, Meeting] = {}
        """What the far ends of routes are found to be, by the route's number."""
        self.authorities: dict[str, Authority] = {}
        """Outside the service node, by name."""
        self._cseq = 0
        self._lockout = Lockout(self.limits)

    @property
    def node(self) -> Node:
        """What the next line sees."""
        return Node(
            self.state,
            Classifier(self.state.patterns),
            self.limits.port_check,
            self._certificate_problem(),
            tuple(self.refusals),
            tuple(self._lockout.locks(self.now)),
            self.certificates.told if self.certificates is not None else None,
            "LAB",
            issuer_of(ISSUER),
        )

    def make_certificates(self, *names: str, domain: str = "") -> ServerCertificates:
        """Make a lab authority and a server certificate in ``certs`` of the present folder."""
        self.certificates = ServerCertificates(Path("certs"), names, domain, lambda: self.now)
        return self.certificates

    def _certificate_problem(self) -> str | None:
        if self.certificates is None:
            return self.certificate_problem
        return self.certificates.problem(self.now)

    def _perform(self, effect: Effect) -> object:
        if isinstance(effect, Settle):
            return None
        if isinstance(effect, TryFarEnds):
            return [self.meetings.get(route.number, Meeting(False, "connection refused")) for route in effect.routes]
        known = of_files(self.backups)
        if self.certificates is not None:
            known |= of_certificates(self.certificates)
        return known[type(effect)](effect)

    def execute(self, line: str) -> Execution:
        """Carry out a line and apply what it changes."""
        begun = execute(line, self.node, self.now)
        execution = begun if isinstance(begun, Execution) else at_once(advance(begun))
        while not isinstance(execution, Execution):
            assert not isinstance(begun, Execution)
            execution = at_once(advance(begun, self._perform(execution)))
        for change in execution.changes:
            self.state.apply(change)
        for lock in execution.unlock:
            self._lockout.apply(SetLock(lock.key, None))
        for number in execution.unregister:
            for protocol in Protocol:
                for binding in tuple(self.state.bindings_of(protocol, number).values()):
                    self.state.apply(SetBinding(binding.key, None))
        return execution

    def run(self, *lines: str) -> str:
        """Carry out lines that must be executed; return the last printout."""
        printout = ""
        for line in lines:
            execution = self.execute(line)
            assert execution.executed, f"{line}\n{execution.printout}"
            printout = execution.printout
        return printout

    def refuse(self, line: str) -> list[str]:
        """Carry out a line that must be refused and change nothing; return the lines below NOT EXECUTED."""
        execution = self.execute(line)
        assert (execution.executed, execution.exit_status) == (False, 1), f"{line}\n{execution.printout}"
        assert (execution.changes, execution.unregister) == ((), ())
        first, *rest = execution.printout.splitlines()
        assert first == "NOT EXECUTED"
        assert rest[0] == rest[0].upper()
        return rest

    def register(
        self, number: str, terminal: str, port: int, pin: str | None = None, host: str = "127.0.0.1"
    ) -> Outcome:
        """Let a terminal register on a port, with a PIN if one is given."""
        self._cseq += 1
        listener = LISTENERS[port]
        asked = attempt(
            number,
            contact(f"sip:{number}@{host}:40000", 3600),
            pin=pin,
            terminal=terminal,
            on=flow(listener, host),
            cseq=self._cseq,
        )
        classed = self.node.classifier.classify(terminal, listener.protocol)
        outcome = Logon(self.state, self.limits, self._lockout, Rac("", "a PIN that nobody knows")).decide(
            asked, classed, self.now
        )
        if outcome.accepted:
            bindings = self.state.bindings_of(listener.protocol, number)
            registration = register(asked, outcome, bindings, self.limits, "", self.now)
            outcome = registration.outcome
            for change in registration.changes:
                self.state.apply(change)
        if not outcome.accepted and outcome.reason not in (Reason.PIN_REQUIRED, Reason.STALE_NONCE):
            self.refusals.append(RefusalEvent(EventType.REFUSED, asked, outcome, 1, self.now, self.now))
        return outcome
