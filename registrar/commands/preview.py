"""What another policy would refuse: for every kind of extension, and for the registrations that exist now."""

from typing import NamedTuple

from registrar.commands.numbers import command_for, compact, in_order
from registrar.commands.printout import block, paragraphs, table, yes_no
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

_LISTED = 1200
"""Characters of numbers that are named, twenty lines; what does not fit is counted."""


class Kind(NamedTuple):
    """Extensions that a policy treats alike."""

    exception: bool
    rac: bool
    numbers: tuple[str, ...]


class Loss(NamedTuple):
    """A registration that would be refused when it is registered anew."""

    binding: Binding
    decision: Decision


class Preview(NamedTuple):
    """What a policy would do."""

    policy: Policy
    port_check: PortCheck
    kinds: tuple[Kind, ...]
    registrations: int
    """How many there are now."""
    losses: tuple[Loss, ...]


def preview(state: State, classifier: Classifier, policy: Policy, port_check: PortCheck, now: float) -> Preview:
    """Try the policy on the extensions and registrations that exist; nothing is changed."""
    kinds: dict[tuple[bool, bool], list[str]] = {}
    for number, extension in state.extensions.items():
        kinds.setdefault((extension.security_exception, number in state.racs), []).append(number)
    live = [binding for binding in state.all_bindings() if binding.expires_at > now]
    losses = []
    for binding in live:
        listener, extension_now = binding.flow.listener, state.extensions.get(binding.number)
        decision = decide(
            policy,
            listener.protocol,
            classifier.classify(binding.terminal.text, listener.protocol).terminal_class,
            extension_now is not None and extension_now.security_exception,
            extension_now is None or binding.number in state.racs,
            listener.secure,
            port_check,
        )
        if not decision.allowed:
            losses.append(Loss(binding, decision))
    losses.sort(key=lambda loss: (len(loss.binding.number), loss.binding.number))
    return Preview(
        policy,
        port_check,
        tuple(Kind(*conditions, tuple(in_order(numbers))) for conditions, numbers in sorted(kinds.items())),
        len(live),
        tuple(losses),
    )


def lines(preview: Preview, present: Policy) -> list[str]:
    """Say it in words, and what to do so that nothing is lost."""
    policy = preview.policy
    text = [f"PREVIEW OF POLICY {policy.value} {policy.title}; in force: {present.value} {present.title}", ""]
    text += _extensions(preview) if preview.kinds else ["NO EXTENSIONS"]
    told = (
        ("FORBID IT", forbidding(preview), "with security exception"),
        ("CANNOT LOG ON", numbers_without_rac(preview), "without RAC"),
    )
    found = block([(name, f"{_listed(numbers)} ({words})") for name, numbers, words in told if numbers])
    text += ["", *found] if found else []
    text += [
        "",
        f"REGISTRATIONS THAT WOULD BE LOST ON RE-REGISTRATION: {len(preview.losses)} of {preview.registrations}",
    ]
    if preview.losses:
        text += table(
            ["DIR", "PROT", "TERMINAL", "CLASS", ">PORT", "REASON", "ROW"], list(map(_loss, preview.losses)), 2
        )
    mending = remedies(preview)
    if mending:
        text += ["", "TO MEND IT", *paragraphs(mending)]
    return text


def forbidding(preview: Preview) -> list[str]:
    """Return the numbers whose security exception keeps the policy from being set."""
    if admit_policy(preview.policy, exceptions=True).allowed:
        return []
    return in_order(number for kind in preview.kinds if kind.exception for number in kind.numbers)


def _listed(numbers: list[str]) -> str:
    return compact(numbers, _LISTED).replace(",", ", ")


def _extensions(preview: Preview) -> list[str]:
    rows = []
    for kind in preview.kinds:
        words = f"exception {yes_no(kind.exception)}, {'RAC' if kind.rac else 'no RAC'}"
        verdicts = {
            protocol: [
                verdict(preview.policy, preview.port_check, protocol, terminal, kind.exception, kind.rac)
                for terminal in TerminalClass
            ]
            for protocol in Protocol
        }
        if verdicts[Protocol.SIP] == verdicts[Protocol.H323]:
            rows.append([words, f"{len(kind.numbers):,}", "both", *verdicts[Protocol.SIP]])
            continue
        rows += [[words, f"{len(kind.numbers):,}", _PROTOCOLS[protocol], *verdicts[protocol]] for protocol in Protocol]
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
    policy = preview.policy
    takes_no_exception = not admit_policy(policy, exceptions=True).allowed
    mending: list[str] = []
    without_rac = numbers_without_rac(preview)
    if without_rac:
        mending += command_for("auth_code -i -d N --auth-code PIN", without_rac)
    exceptions = forbidding(preview)
    if exceptions:
        mending += command_for("extension -c -d N --security-exception no", exceptions)
    still_lost: dict[Reason | None, dict[str, None]] = {}
    for binding, lost in preview.losses:
        exception = lost.exception and not takes_no_exception
        mended = decide(
            policy, lost.protocol, lost.terminal_class, exception, True, lost.secure_port, preview.port_check
        )
        still_lost.setdefault(mended.reason, {})[binding.number] = None
    insecure = still_lost.get(Reason.TERMINAL_NOT_ALLOWED)
    if insecure and takes_no_exception:
        mending.append(f"Replace these terminals by secure ones: {compact(insecure)}.")
    elif insecure:
        mending += command_for("extension -c -d N --security-exception yes", insecure)
    insecurely = still_lost.get(Reason.TLS_REQUIRED)
    if insecurely:
        mending.append(f"Register on the secure port (SIP 5061, H.323 3727): {compact(insecurely)}.")
    return mending


def numbers_without_rac(preview: Preview) -> list[str]:
    """Return the numbers whose logon would fail for want of a RAC, after any exception is gone that must go."""
    if preview.policy is Policy.NONE:
        return []
    no_exceptions = not admit_policy(preview.policy, exceptions=True).allowed
    return [
        number
        for kind in preview.kinds
        if not kind.rac and (no_exceptions or not kind.exception)
        for number in kind.numbers
    ]
