"""The licence: which features the system may use."""

from typing import NamedTuple

VOIP_SECURITY = "VOIP-SECURITY"
"""The feature that ``sec_policy -set`` needs (the requirement, section 3)."""


class Licence(NamedTuple):
    """What is licensed."""

    system: str
    features: tuple[str, ...]
    expires_at: float | None = None
    """POSIX seconds; ``None`` for a licence without end."""

    def grants(self, feature: str, now: float) -> bool:
        """Return whether the feature is licensed at POSIX time ``now``."""
        return feature in self.features and (self.expires_at is None or now < self.expires_at)
