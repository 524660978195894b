"""What another policy would refuse: for every kind of extension, and for the registrations that exist now."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from registrar.commands.numbers import InOrder, command_for, compact
from registrar.commands.printout import LISTED, block, long_table, paragraphs, table, yes_no
from registrar.core.piecewise import PAUSE, Piecewise
from registrar.core.state import State
from registrar.model.binding import Binding
from registrar.model.policy import Policy, PortCheck, Protocol, TerminalClass
from registrar.model.reason import Reason
from registrar.model.row import Decision
from registrar.policy.admission import admit_policy
from registrar.policy.classify import Classifier
from registrar.policy.decide import decide
from registrar.policy.explain import printable

_PROTOCOLS = {Protocol.SIP: "SIP", Protocol.H323: "H.323"}

_NAMED = 1200
"""Characters of numbers that are named, twenty lines; what does not fit is counted."""


class Kind(NamedTuple):
    """Extensions that a policy treats alike."""

    exception: bool
    rac: bool
    many: int


class Survey(NamedTuple):
    """What a policy meets among the extensions."""

    kinds: tuple[Kind, ...]
    forbidding: InOrder
    """The numbers whose security exception keeps the policy from being set."""
    without_rac: InOrder
    """The numbers whose logon would fail for want of a RAC, after any exception is gone that must go."""


class Loss(NamedTuple):
    """A registration that would be refused when it is registered anew."""

    binding: Binding
    decision: Decision


class Preview(NamedTuple):
    """What a policy would do."""

    policy: Policy
    port_check: PortCheck
    extensions: Survey
    registrations: int
    """How many there are now."""
    lost: int
    """How many of them would be."""
    losses: tuple[Loss, ...]
    """The first of these, at most as many as a printout lists."""
    still_lost: dict[Reason | None, InOrder]
    """The numbers of those lost even with a RAC, and without an exception where it must go, by the reason."""


def preview(
    state: State, classifier: Classifier, policy: Policy, port_check: PortCheck, now: float
) -> Piecewise[Preview]:
    """Try the policy on the extensions and registrations that exist, in pieces; nothing is changed."""
    extensions = yield from survey(state, policy)
    takes_no_exception = not admit_policy(policy, exceptions=True).allowed
    registrations = lost = 0
    losses: list[Loss] = []
    still_lost: dict[Reason | None, dict[str, None]] = {}
    for places in (yield from state.roll.by_number.look()).walk():
        for binding in state.roll.found(places):
            if binding.expires_at <= now:
                continue
            registrations += 1
            decision = _decided_anew(state, classifier, policy, port_check, binding)
            if decision.allowed:
                continue
            lost += 1
            if lost <= LISTED:
                losses.append(Loss(binding, decision))
            exception = decision.exception and not takes_no_exception
            mended = decide(
                policy, decision.protocol, decision.terminal_class, exception, True, decision.secure_port, port_check
            )
            still_lost.setdefault(mended.reason, {})[binding.number] = None
        yield PAUSE
    return Preview(
        policy,
        port_check,
        extensions,
        registrations,
        lost,
        tuple(losses),
        {reason: InOrder(numbers) for reason, numbers in still_lost.items()},
    )


def _decided_anew(
    state: State, classifier: Classifier, policy: Policy, port_check: PortCheck, binding: Binding
) -> Decision:
    listener, extension = binding.flow.listener, state.extensions.get(binding.number)
    return decide(
        policy,
        listener.protocol,
        classifier.classify(binding.terminal.text, listener.protocol).terminal_class,
        extension is not None and extension.security_exception,
        extension is None or binding.number in state.racs,
        listener.secure,
        port_check,
    )


def survey(state: State, policy: Policy) -> Piecewise[Survey]:
    """Look through the extensions, in pieces."""
    takes_no_exception = not admit_policy(policy, exceptions=True).allowed
    kinds: Counter[tuple[bool, bool]] = Counter()
    forbidding, without_rac = InOrder(), InOrder()
    extensions, racs = state.extensions, state.racs
    for piece in (yield from state.numbers.look()).walk():
        for _, number in piece:
            extension = extensions.get(number)
            if extension is None:
                continue
            exception, rac = extension.security_exception, number in racs
            kinds[exception, rac] += 1
            if exception and takes_no_exception:
                forbidding.append(number)
            if not rac and policy is not Policy.NONE and (takes_no_exception or not exception):
                without_rac.append(number)
        yield PAUSE
    found = tuple(Kind(*conditions, count) for conditions, count in sorted(kinds.items()))
    return Survey(found, forbidding, without_rac)


def lines(preview: Preview, present: Policy) -> Piecewise[list[str]]:
    """Say it in words, and what to do so that nothing is lost."""
    policy, extensions = preview.policy, preview.extensions
    text = [f"PREVIEW OF POLICY {policy.value} {policy.title}; in force: {present.value} {present.title}", ""]
    text += _extensions(preview) if extensions.kinds else ["NO EXTENSIONS"]
    told = (
        ("FORBID IT", extensions.forbidding, "with security exception"),
        ("CANNOT LOG ON", extensions.without_rac, "without RAC"),
    )
    found = block([(name, f"{_listed(numbers)} ({words})") for name, numbers, words in told if numbers])
    text += ["", *found] if found else []
    text += [
        "",
        f"REGISTRATIONS THAT WOULD BE LOST ON RE-REGISTRATION: {preview.lost} of {preview.registrations}",
    ]
    if preview.losses:
        rows: list[Sequence[str]] = []
        for loss in preview.losses:
            rows.append(_loss(loss))
            yield PAUSE
        text += yield from long_table(["DIR", "PROT", "TERMINAL", "CLASS", ">PORT", "REASON", "ROW"], rows, 2)
        if preview.lost > len(preview.losses):
            text.append(f"{preview.lost - len(preview.losses):,} MORE REGISTRATIONS are not listed.")
    mending = remedies(preview)
    if mending:
        text += ["", "TO MEND IT", *paragraphs(mending)]
    return text


def _listed(numbers: InOrder) -> str:
    return compact(numbers, _NAMED).replace(",", ", ")


def _extensions(preview: Preview) -> list[str]:
    rows = []
    for kind in preview.extensions.kinds:
        words = f"exception {yes_no(kind.exception)}, {'RAC' if kind.rac else 'no RAC'}"
        verdicts = {
            protocol: [
                verdict(preview.policy, preview.port_check, protocol, terminal, kind.exception, kind.rac)
                for terminal in TerminalClass
            ]
            for protocol in Protocol
        }
        if verdicts[Protocol.SIP] == verdicts[Protocol.H323]:
            rows.append([words, f"{kind.many:,}", "both", *verdicts[Protocol.SIP]])
            continue
        rows += [[words, f"{kind.many:,}", _PROTOCOLS[protocol], *verdicts[protocol]] for protocol in Protocol]
    return table(["EXTENSIONS", ">COUNT", "PROT", "SECURE TERMINAL", "INSECURE TERMINAL"], rows)


def verdict(
    policy: Policy, port_check: PortCheck, protocol: Protocol, terminal: TerminalClass, exception: bool, rac: bool
) -> str:
    """Say what such a terminal meets on its ports, e.g. ``on the secure port, T2.3``."""
    on_secure, on_insecure = (
        decide(policy, protocol, terminal, exception, rac, secure, port_check) for secure in (True, False)
    )
    if not on_secure.allowed:
        words = "refused"
    elif not on_insecure.allowed:
        words = "on the secure port"
    else:
        words = "allowed"
    return f"{words}, {on_secure.row.id}"


def _loss(loss: Loss) -> list[str]:
    binding, decision = loss
    return [
        binding.number,
        _PROTOCOLS[decision.protocol],
        printable(binding.terminal.text),
        decision.terminal_class.value,
        str(binding.flow.listener.port),
        decision.reason.value if decision.reason is not None else "",
        decision.row.id,
    ]


def remedies(preview: Preview) -> list[str]:
    """Return what mends it, in the order in which it is accepted; what stands indented is a command."""
    _, forbidding, without_rac = preview.extensions
    mending: list[str] = []
    if without_rac:
        mending += command_for("auth_code -i -d N --auth-code PIN", without_rac)
    if forbidding:
        mending += command_for("extension -c -d N --security-exception no", forbidding)
    insecure = preview.still_lost.get(Reason.TERMINAL_NOT_ALLOWED)
    if insecure and not admit_policy(preview.policy, exceptions=True).allowed:
        mending.append(f"Replace these terminals by secure ones: {compact(insecure)}.")
    elif insecure:
        mending += command_for("extension -c -d N --security-exception yes", insecure)
    insecurely = preview.still_lost.get(Reason.TLS_REQUIRED)
    if insecurely:
        mending.append(f"Register on the secure port (SIP 5061, H.323 3727): {compact(insecurely)}.")
    return mending
