"""The explainer: one registration's whole way through the policy, in values and in words."""

from textwrap import wrap
from typing import Final, NamedTuple

from registrar.model.policy import Policy, PortCheck, Protocol, Signalling, TerminalClass
from registrar.model.reason import Reason
from registrar.model.row import Decision, Row
from registrar.model.terminal import Terminal
from registrar.policy.answers import RAS, RAS_ACCEPTED, SIP, SIP_ACCEPTED, warning
from registrar.policy.classify import Classifier
from registrar.policy.decide import decide
from registrar.policy.ports import PortRule, port_rule
from registrar.policy.tables import TABLE_OF, TABLES


class NearMiss(NamedTuple):
    """The same registration with exactly one condition changed, where that meets another row or another port rule."""

    change: str
    decision: Decision


class Explanation(NamedTuple):
    """Everything that led to the answer, in the order in which it was looked at."""

    port: int
    protocol: Protocol
    terminal: Terminal
    decision: Decision
    table: int
    """The requirement's table that serves the policy for this protocol."""
    rule: PortRule
    pin_asked: bool
    answer: str
    """What the terminal is told at last, e.g. ``SIP 403 TLS Required``."""
    warning: str
    """The Warning text of a refusal in SIP; empty otherwise."""
    near_misses: tuple[NearMiss, ...]

    def lines(self) -> list[str]:
        """Say it in words, at most 80 columns wide."""
        decision = self.decision
        told: list[tuple[str, str]] = [
            ("result", outcome_words(decision)),
            ("port", f"{self.port}, {'secure' if decision.secure_port else 'insecure'} ({_PROTOCOLS[self.protocol]})"),
            ("terminal", printable(self.terminal.text) or "(it says nothing)"),
            ("", f"{self.terminal.terminal_class.value}: {self.terminal.family}"),
            ("", f"pattern {self.terminal.pattern}" if self.terminal.pattern else "no pattern matches it"),
            ("extension", condition_words(decision.exception, decision.rac)),
            ("policy", f"{decision.policy.value} {decision.policy.title}"),
            ("table", f"{self.table} {TABLES[self.table][0]}"),
            ("row", row_words(decision.row)),
            ("port rule", f"{self.rule.id}: {self.rule.words}"),
            ("PIN", self._pin_words()),
            ("answer", self._answer_words()),
            ("", f'Warning: 399 "{self.warning}"' if self.warning else ""),
        ]
        lines = [part for label, text in told if text for part in _wrapped(label, text)]
        if self.near_misses:
            lines += ["", "One thing different, and the answer would be:"]
            lines += [
                f"  {miss.change:<30} {miss.decision.row.id}  {outcome_words(miss.decision)}"
                for miss in self.near_misses
            ]
        return lines

    def _pin_words(self) -> str:
        if self.pin_asked:
            return "asked for and checked"
        return "not asked: no RAC is configured" if self.decision.allowed else "not asked: it could not succeed"

    def _answer_words(self) -> str:
        if not self.pin_asked:
            return self.answer
        return f"{_answer(self.protocol, Reason.PIN_REQUIRED)} until the PIN is right, then {self.answer}"


_PROTOCOLS: Final = {Protocol.SIP: "SIP", Protocol.H323: "H.323 RAS"}
_SIGNALLING: Final = {Signalling.ENCRYPTED: "encrypted", Signalling.NOT_ENCRYPTED: "not encrypted"}
_KINDS: Final = {TerminalClass.SECURE: "a secure", TerminalClass.INSECURE: "an insecure"}
_INDENT: Final = 11
_WIDTH: Final = 80


def explain(
    policy: Policy,
    protocol: Protocol,
    terminal: str,
    exception: bool,
    rac: bool,
    port: int,
    secure_port: bool,
    port_check: PortCheck = PortCheck.STANDARD,
    classifier: Classifier | None = None,
) -> Explanation:
    """Explain what becomes of a registration by a terminal that says it is ``terminal``, on the given port."""
    classed = (classifier or Classifier()).classify(terminal, protocol)
    decision = decide(policy, protocol, classed.terminal_class, exception, rac, secure_port, port_check)
    reason = decision.reason
    return Explanation(
        port,
        protocol,
        classed,
        decision,
        TABLE_OF[policy, protocol],
        port_rule(decision.row, policy, exception, secure_port, port_check),
        decision.allowed and rac,
        _answer(protocol, reason),
        warning(reason, decision.row.id) if reason is not None and protocol is Protocol.SIP else "",
        near_misses(decision, port_check),
    )


def near_misses(decision: Decision, port_check: PortCheck) -> tuple[NearMiss, ...]:
    """Change one condition at a time: port, terminal, exception, RAC; keep what meets another row or port rule."""
    policy, protocol, terminal, exception, rac, secure_port = decision.conditions
    other = TerminalClass.INSECURE if terminal is TerminalClass.SECURE else TerminalClass.SECURE
    changed = (
        (
            f"on the {'insecure' if secure_port else 'secure'} port",
            (terminal, exception, rac, not secure_port),
        ),
        (f"with {_KINDS[other]} terminal", (other, exception, rac, secure_port)),
        (f"with security exception {_yes(not exception)}", (terminal, not exception, rac, secure_port)),
        ("without a RAC" if rac else "with a RAC", (terminal, exception, not rac, secure_port)),
    )
    misses = (NearMiss(words, decide(policy, protocol, *conditions, port_check)) for words, conditions in changed)
    return tuple(miss for miss in misses if _came_of_it(miss.decision) != _came_of_it(decision))


def _came_of_it(decision: Decision) -> tuple[object, ...]:
    return decision.row, decision.allowed, decision.reason, decision.signalling, decision.downgraded


def outcome_words(decision: Decision) -> str:
    """Return the decision in a few words, e.g. ``accepted, ENCRYPTED`` or ``refused, TLS_REQUIRED``."""
    if decision.reason is not None:
        return f"refused, {decision.reason.value}"
    signalling = decision.signalling.value if decision.signalling is not None else ""
    return f"accepted, {signalling}{', downgraded' if decision.downgraded else ''}"


def row_words(row: Row) -> str:
    """Return the row with its source, e.g. ``T2.3 (requirement 6.2.2): allowed, signalling encrypted``."""
    source = f"{row.id} (requirement {row.section}{', inferred' if row.inferred else ''})"
    if row.signalling is None:
        return f"{source}: not allowed"
    return f"{source}: allowed, signalling {_SIGNALLING[row.signalling]}"


def condition_words(exception: bool, rac: bool) -> str:
    """Return the extension's part, e.g. ``security exception NO, RAC configured``."""
    return f"security exception {_yes(exception)}, RAC {'' if rac else 'not '}configured"


def printable(text: str) -> str:
    """Return what a terminal said with everything that could disturb a screen replaced by ``?``."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "?" for character in text)


def _yes(value: bool) -> str:
    return "YES" if value else "NO"


def _answer(protocol: Protocol, reason: Reason | None) -> str:
    if protocol is Protocol.SIP:
        sip = SIP_ACCEPTED if reason is None else SIP[reason]
        return f"SIP {sip.status} {sip.phrase}"
    return RAS_ACCEPTED if reason is None else RAS[reason]


def _wrapped(label: str, text: str) -> list[str]:
    lines = wrap(text, _WIDTH - _INDENT, break_on_hyphens=False)
    return [f"{label if number == 0 else '':<{_INDENT}}{line}" for number, line in enumerate(lines)]
