"""``sec_policy``: the security policy of the system (the requirement, sections 3, 5.2, 6.2 and 6.3)."""

from registrar.commands.catalogue.security import PREVIEW, SET
from registrar.commands.certificate import remedy
from registrar.commands.certificate import state as state_of
from registrar.commands.effects import Steps
from registrar.commands.grammar import Arguments
from registrar.commands.licensed import licence_denial, licence_state
from registrar.commands.media_encryption import media_state
from registrar.commands.node import Execution, Node
from registrar.commands.numbers import InOrder, command_for, compact
from registrar.commands.preview import lines, preview, survey
from registrar.commands.printout import block, executed, long_printed, paragraphs, printed, refused
from registrar.core.piecewise import PAUSE, Piecewise
from registrar.model.changes import SetPolicy
from registrar.model.licence import VOIP_SECURITY
from registrar.model.media import Media
from registrar.model.policy import Policy, Protocol
from registrar.policy.admission import admit_policy
from registrar.policy.tables import TABLE_OF


def set_(arguments: Arguments, node: Node, now: float) -> Steps:
    """``sec_policy -set``."""
    policy = arguments[SET]
    _, _, without_rac = yield from survey(node.state, policy)
    warning = f"Warning: these have no RAC and will be refused: {compact(without_rac)}."
    denial = yield from _denial(node, policy, now)  # last: it does not pause when there is none
    return denial or executed(*((warning,) if without_rac else ()), changes=[SetPolicy(policy)])


def remove(_arguments: Arguments, _node: Node, _now: float) -> Execution:
    """``sec_policy -remove``."""
    return executed(changes=[SetPolicy(Policy.NONE)])


def preview_(arguments: Arguments, node: Node, now: float) -> Steps:
    """``sec_policy -preview``."""
    state, policy = node.state, arguments[PREVIEW]
    seen = yield from preview(state, node.classifier, policy, node.port_check, now)
    text = yield from lines(seen, state.policy)
    denial = yield from _denial(node, policy, now)
    if denial is not None:
        text[1:1] = [f"sec_policy -set {policy.value} would be refused now:", f"  {denial.printout.splitlines()[1]}"]
    return (yield from long_printed(text))


def print_(_arguments: Arguments, node: Node, now: float) -> Steps:
    """``sec_policy -print``."""
    state = node.state
    policy, problem = state.policy, node.certificate_problem
    live, stale = 0, dict[str, None]()
    stale_ones = 0
    for places in (yield from state.roll.by_number.look()).walk():
        for binding in state.roll.found(places):
            if binding.expires_at > now:
                live += 1
                if binding.decision.policy is not policy:
                    stale_ones += 1
                    stale[binding.number] = None
        yield PAUSE
    told = [
        ("SECURITY POLICY", f"{policy.value} {policy.title}"),
        ("TABLES", f"SIP {TABLE_OF[policy, Protocol.SIP]}, H.323 {TABLE_OF[policy, Protocol.H323]}"),
        ("PORT CHECK", node.port_check.value),
        ("LICENCE", f"{VOIP_SECURITY} {licence_state(state.licence, now)}"),
        ("CERTIFICATE", state_of(node.certificates.server, now) if node.certificates else problem or "valid"),
        (
            "MEDIA ENCRYPTION",
            ", ".join(f"{media.value} {media_state(media, state.encrypted_media)}" for media in Media),
        ),
        ("EXTENSIONS", f"{len(state.extensions):,}, {state.exceptions:,} with security exception"),
        ("REGISTRATIONS", f"{live:,}, {stale_ones:,} accepted under another policy"),
    ]
    text = block(told)
    if stale:
        text += paragraphs(["Registered before the policy changed; they meet it when they register anew:"])
        text += command_for("extension_unregistration -d N", InOrder(stale))
    return printed(text)


def _denial(node: Node, policy: Policy, now: float) -> Piecewise[Execution | None]:
    """Return the refusal of ``-set`` to the policy, or ``None`` when it would be executed: then without a pause."""
    if policy is Policy.NONE:
        return None
    denial = licence_denial(node.state.licence, now)
    if denial is not None:
        return denial
    if node.certificate_problem is not None:
        problem = f"{node.certificate_problem[:1].upper()}{node.certificate_problem[1:].rstrip('.')}."
        return refused("NO VALID CERTIFICATE", problem, *((remedy(node.certificates),) if node.certificates else ()))
    admission = admit_policy(policy, node.state.exceptions > 0)
    if not admission.allowed:
        _, exceptions, _ = yield from survey(node.state, policy)
        return refused(
            admission.refusal,
            f"They are: {compact(exceptions)}.",
            "Change them first:",
            *command_for("extension -c -d N --security-exception no", exceptions),
        )
    return None
