"""``media_encryption_enable``, ``_disable``, ``_print``: SRTP in three independent parts (the requirement, 6.4)."""

from typing import Final

from registrar.commands.catalogue.security import MEDIA_TYPE
from registrar.commands.grammar import Arguments
from registrar.commands.licensed import licence_denial
from registrar.commands.node import Execution, Node
from registrar.commands.printout import block, executed, printed, refused
from registrar.model.changes import SetMediaEncryption
from registrar.model.media import Media
from registrar.policy.admission import admit_media_disable

TITLES: Final = {
    Media.EXTENSION: "IP extensions",
    Media.ROUTE: "IP routes (trunks and tie lines)",
    Media.INTERMGW: "inter media gateway connections",
}
AFFECTS: Final[dict[Media, tuple[tuple[str, str], ...]]] = {
    Media.EXTENSION: (
        ("SIP", "gateway and non-gateway calls"),
        ("H.323 GATEWAY", "calls that are routed through a gateway"),
        (
            "H.323 NON-GATEWAY",
            "no effect on calls from H.323 to H.323; SRTP depends on the configuration file of the extensions",
        ),
    ),
    Media.ROUTE: (
        ("GATEWAY CALLS", "calls made from or to IP routes"),
        ("NON-GATEWAY CALLS", "no effect; SRTP depends on the SRTP support of the endpoints"),
    ),
    Media.INTERMGW: (("GATEWAY CALLS", "the connections between media gateways"),),
}
"""What each setting affects: 6.4.1, 6.4.2, 6.4.3."""


def enable(arguments: Arguments, node: Node, now: float) -> Execution:
    """``media_encryption_enable``."""
    denial = licence_denial(node.state.licence, now)
    return denial or executed(changes=[SetMediaEncryption(arguments[MEDIA_TYPE], enabled=True)])


def disable(arguments: Arguments, node: Node, _now: float) -> Execution:
    """``media_encryption_disable``."""
    media, policy = arguments[MEDIA_TYPE], node.state.policy
    admission = admit_media_disable(policy, media is Media.EXTENSION)
    if not admission.allowed:
        return refused(
            admission.refusal,
            admission.text,
            f"The security policy is {policy.value} {policy.title}. Remove it first:",
            "  sec_policy -remove",
        )
    return executed(changes=[SetMediaEncryption(media, enabled=False)])


def print_(arguments: Arguments, node: Node, _now: float) -> Execution:
    """``media_encryption_print``."""
    chosen = arguments.get(MEDIA_TYPE)
    lines: list[str] = []
    for media in Media if chosen is None else (chosen,):
        state = media_state(media, node.state.encrypted_media)
        told = [("MEDIA ENCRYPTION", f"{media.value}, {TITLES[media]}"), ("SRTP", state), *AFFECTS[media]]
        lines += [*block(told), ""]
    return printed(lines)


def media_state(media: Media, encrypted: frozenset[Media]) -> str:
    """ENABLED or DISABLED."""
    return "ENABLED" if media in encrypted else "DISABLED"
