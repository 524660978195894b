"""What a fleet is to be, and what this process needs for it."""

import resource
from typing import NamedTuple

from registrar.phones.configuration import Configuration
from registrar.phones.profiles import Profile


class Plan(NamedTuple):
    """What a fleet is to be."""

    numbers: tuple[str, ...]
    profiles: tuple[tuple[Profile, float], ...]
    """Each with its share."""
    configuration: Configuration
    """``security`` is as each profile has it."""
    pin: str = ""
    wrong_pins: float = 0.0
    """The share of phones whose users enter a wrong PIN."""
    loss: float = 0.0
    """The share of datagrams that are lost, in either direction."""
    rate: float = 0.0
    """Logons a second; 0 as many as the registrar takes."""
    at_once: int = 200
    """Logons under way at once."""
    verify: bool = True
    seed: int = 1
    """Of the chance that mixes profiles, wrong PINs and losses: the same fleet again."""


def open_files_needed(plan: Plan) -> int:
    """Return how many files this process may need to hold open."""
    return len(plan.numbers) + 100


def raise_file_limit(needed: int) -> bool:
    """Allow this process so many open files, if the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if needed > soft:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, hard), hard))
        except (OSError, ValueError):
            return False
    return needed <= hard
