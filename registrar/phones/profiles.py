"""Profiles of terminals, from ``profiles.toml``: what each says it is, what it speaks, how it behaves."""

import difflib
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from registrar.model.policy import Protocol


class Profile(NamedTuple):
    """A kind of terminal. The fields are explained at the top of ``profiles.toml``."""

    name: str
    title: str
    protocol: Protocol
    says: str
    version: str = ""
    vendor: tuple[int, int, int] = (0, 0, 0)
    secure: bool = False
    tls: tuple[str, ...] = ("1.2", "1.3")
    configuration: str = ""
    """Empty when it reads none."""
    pin_as: str = "md5"
    algorithms: tuple[str, ...] = ("MD5",)
    """Digest algorithms it has."""
    instance: bool = False
    expires: int = 3600
    retry: float = 60.0


@cache
def profiles() -> dict[str, Profile]:
    """Return the shipped profiles by name."""
    data = tomllib.loads(files("registrar.phones").joinpath("profiles.toml").read_text("utf-8"))
    return {name: _profile(name, dict(entry)) for name, entry in data.items()}


def profile(name: str) -> Profile:
    """Return the profile. Raises ``KeyError`` whose text names the nearest right one."""
    known = profiles()
    if name not in known:
        raise KeyError(f"there is no profile {name}; {nearest(name, known)}")
    return known[name]


def nearest(name: str, known: dict[str, Profile]) -> str:
    """Return which of the known names was probably meant."""
    near = difflib.get_close_matches(name.lower(), known, 1)
    return f"did you mean {near[0]}?" if near else f"profiles are {', '.join(known)}"


def _profile(name: str, entry: dict[str, object]) -> Profile:
    entry["protocol"] = Protocol(entry["protocol"])
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return Profile(name, **values)  # type: ignore[arg-type]
