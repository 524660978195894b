"""The licence: which features the system may use."""

from typing import Final, NamedTuple

from registrar.model.certificate import WARNING_DAYS, day

VOIP_SECURITY: Final = "VOIP-SECURITY"
"""The feature that ``sec_policy -set`` and ``media_encryption_enable`` need (the requirement, section 3)."""
_DAY: Final = 86400


class Licence(NamedTuple):
    """What is licensed."""

    system: str
    """The system it is for."""
    features: tuple[str, ...]
    expires_at: float | None = None
    """POSIX seconds; ``None`` for a licence without end."""

    def grants(self, feature: str, now: float) -> bool:
        """Return whether the feature is licensed at POSIX time ``now``."""
        return feature in self.features and (self.expires_at is None or now < self.expires_at)

    def warning(self, now: float) -> str | None:
        """Return what to say when the end is near or past, ``None`` before that."""
        if self.expires_at is None or self.expires_at - now >= WARNING_DAYS * _DAY:
            return None
        if now >= self.expires_at:
            return f"the licence expired on {day(self.expires_at)}"
        left = int((self.expires_at - now) // _DAY)
        return f"the licence expires on {day(self.expires_at)}, in {left} day{'' if left == 1 else 's'}"
