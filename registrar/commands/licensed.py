"""What needs the licence VOIP-SECURITY is refused without it (the requirement, sections 3 and 6.4.1.1)."""

from registrar.commands.node import Execution
from registrar.commands.printout import refused
from registrar.model.licence import VOIP_SECURITY, Licence


def licence_denial(licence: Licence | None, now: float) -> Execution | None:
    """Return the refusal of what needs the licence, ``None`` when it is valid at ``now``."""
    if licence is not None and licence.grants(VOIP_SECURITY, now):
        return None
    return refused(
        f"LICENCE {VOIP_SECURITY} {licence_state(licence, now).upper()}",
        "Install a licence file: license_status -i FILE. A lab makes its own: registrar license make.",
    )


def licence_state(licence: Licence | None, now: float) -> str:
    """Say whether the licence is valid, expired or missing."""
    if licence is None or VOIP_SECURITY not in licence.features:
        return "missing"
    return "valid" if licence.grants(VOIP_SECURITY, now) else "expired"
